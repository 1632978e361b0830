using System.Buffers.Binary;
using System.Text;

namespace Auricle.Torch.Checkpoints;

/// <summary>The entries of a zip file, with or without 64-bit fields; stored entries are read where they lie.</summary>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054b50, Locator64Signature = 0x07064b50, End64Signature = 0x06064b50;
    private const uint EntrySignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const int EndLength = 22, EntryLength = 46, LocalLength = 30;

    private readonly MappedFile _file;
    private readonly Dictionary<string, Entry> _entries = [];

    private ZipDirectory(MappedFile file) => _file = file;

    public IEnumerable<string> Names => _entries.Keys;

    public static ZipDirectory Read(MappedFile file)
    {
        var directory = new ZipDirectory(file);
        directory.ReadEntries();
        return directory;
    }

    /// <summary>Position and length of a stored entry's data, or <see langword="null"/> if there is no such entry.</summary>
    public (long Offset, long Length)? Find(string name)
    {
        if (!_entries.TryGetValue(name, out var entry))
            return null;
        var shown = CheckpointError.Shorten(name);
        if (entry.Method != 0 || entry.Encrypted || entry.CompressedLength != entry.Length)
            throw Error($"its entry '{shown}' is compressed or encrypted; save the checkpoint with torch.save again.");
        var local = _file.Span(entry.LocalOffset, LocalLength);
        if (U32(local, 0) != LocalSignature)
            throw Error($"its entry '{shown}' has no header at byte {entry.LocalOffset}; the file is damaged.");
        var start = entry.LocalOffset + LocalLength + U16(local, 26) + U16(local, 28);
        if (entry.Length > _file.Length - start)
            throw Error($"its entry '{shown}' of {entry.Length} bytes runs past the file's end; the file is damaged.");
        return (start, entry.Length);
    }

    private void ReadEntries()
    {
        var end = FindEnd();
        var record = _file.Span(end, EndLength);
        long count = U16(record, 10), length = U32(record, 12), offset = U32(record, 16);
        if (end >= 20 && _file.Span(end - 20, 20) is var locator && U32(locator, 0) == Locator64Signature)
        {
            record = _file.Span(I64(locator, 8), 56);
            if (U32(record, 0) != End64Signature)
                throw Error("its 64-bit zip directory is missing; the file is damaged.");
            count = I64(record, 32);
            length = I64(record, 40);
            offset = I64(record, 48);
        }
        if (offset > end || length > end - offset)
            throw Error($"its zip directory of {length} bytes at byte {offset} runs past its end; the file is damaged.");
        var position = offset;
        for (long i = 0; i < count; i++)
        {
            if (position + EntryLength > offset + length)
                throw Error($"its zip directory has {i} entries but promises {count}; the file is damaged.");
            position += ReadEntry(_file.Span(position, offset + length - position));
        }
    }

    private long FindEnd()
    {
        var start = Math.Max(0, _file.Length - EndLength - ushort.MaxValue);
        var tail = _file.Span(start, _file.Length - start);
        for (var i = tail.Length - EndLength; i >= 0; i--)
        {
            if (U32(tail, i) == EndSignature && U16(tail, i + 20) == tail.Length - i - EndLength)
                return start + i;
        }
        throw Error("it begins like a zip file but its directory is missing at the end; it was cut short, so fetch it again.");
    }

    private int ReadEntry(ReadOnlySpan<byte> record)
    {
        int nameLength = U16(record, 28), extraLength = U16(record, 30);
        var total = EntryLength + nameLength + extraLength + U16(record, 32);
        if (U32(record, 0) != EntrySignature || total > record.Length)
            throw Error("an entry of its zip directory is damaged; fetch the file again.");
        long length = U32(record, 24), compressed = U32(record, 20), offset = U32(record, 42);
        ReadExtra(record.Slice(EntryLength + nameLength, extraLength), ref length, ref compressed, ref offset);
        var name = Encoding.UTF8.GetString(record.Slice(EntryLength, nameLength));
        var entry = new Entry(offset, length, compressed, U16(record, 10), (U16(record, 8) & 1) != 0);
        if (!_entries.TryAdd(name, entry))
            throw Error($"its zip directory lists '{CheckpointError.Shorten(name)}' twice; the file is damaged.");
        return total;
    }

    // The 64-bit field (id 1) holds only those numbers that are saturated in the record, in this order.
    private void ReadExtra(ReadOnlySpan<byte> extra, ref long length, ref long compressed, ref long offset)
    {
        while (extra.Length >= 4)
        {
            int id = U16(extra, 0), size = U16(extra, 2);
            if (size > extra.Length - 4)
                return;
            var field = extra.Slice(4, size);
            extra = extra[(4 + size)..];
            if (id != 1)
                continue;
            Take(ref field, ref length);
            Take(ref field, ref compressed);
            Take(ref field, ref offset);
        }
    }

    private void Take(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != uint.MaxValue)
            return;
        if (field.Length < 8)
            throw Error("a 64-bit number of its zip directory is missing; the file is damaged.");
        value = I64(field, 0);
        field = field[8..];
    }

    private WeightsException Error(string sentence) => CheckpointError.Create(_file.Path, sentence);

    private static ushort U16(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);

    private static uint U32(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    private long I64(ReadOnlySpan<byte> data, int at)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(data[at..]);
        return value >= 0 ? value : throw Error("its zip directory has an impossible number; the file is damaged.");
    }

    private sealed record Entry(long LocalOffset, long Length, long CompressedLength, int Method, bool Encrypted);
}
