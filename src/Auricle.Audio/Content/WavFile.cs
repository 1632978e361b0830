using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Auricle.Audio.Content;

/// <summary>
/// The chunks of a wav file (RIFF, RIFX, RF64, BW64), and where its samples really lie: headers say zero or 4 GiB where the writer
/// could not go back, wrap at 4 GiB, stop at the size of an earlier crash, or are followed by more samples.
/// </summary>
internal sealed class WavFile
{
    private const int LongestFormat = 1024;
    private const int LongestTrailer = 1 << 18;

    // What writers leave behind the samples; other names could be samples by chance.
    private static readonly string[] TrailingChunks =
    [
        "LIST", "id3 ", "ID3 ", "bext", "cue ", "smpl", "fact", "PEAK", "_PMX", "iXML", "axml", "JUNK", "junk", "PAD ", "afsp", "inst", "acid", "levl",
        "DISP", "plst", "labl", "note", "chna", "umid", "link", "cart", "minf", "elm1", "regn", "FLLR", "slnt", "strc", "ltxt", "LGWV", "SAUR", "guan", "GUAN",
    ];

    private static readonly SearchValues<byte> FirstLetters = SearchValues.Create([.. TrailingChunks.Select(name => (byte)name[0])]);

    private readonly List<(long Offset, long Length)> _samples = [];
    private readonly List<string> _remarks = [];
    private byte[] _format = [];
    private bool _isBigEndian;
    private bool _isPlain = true;
    private int _files = 1;
    private int _pieces = 1;
    private bool _isCut;
    private long _stated;

    private int BytesPerSecond => _format.Length >= 12 ? Math.Max(0, Int32(_format.AsSpan(8))) : 0;

    private long Held => _samples.Sum(piece => piece.Length);

    /// <summary>Reads the chunks from a position on; <see langword="null"/> where no wav file with a format and samples begins there.</summary>
    public static WavFile? Read(ByteWindow file, long start)
    {
        var wav = new WavFile();
        return wav.ReadFrom(file, start) ? wav : null;
    }

    public SoundContent ToContent(ByteView file)
    {
        var held = Held;
        if (_files > 1)
            _remarks.Add(SoundContent.Joined(_files));
        else if (_pieces > 1)
            _remarks.Add($"has its samples in {_pieces} pieces; they are read as one");
        return new SoundContent
        {
            Views = [_isPlain ? file : file.Join(Header(held), _samples)],
            Format = "wav",
            HasTimes = false,
            IsCut = _isCut,
            CutSeconds = _isCut && BytesPerSecond > 0 ? ((double)_stated / BytesPerSecond, (double)held / BytesPerSecond) : null,
            Remarks = _remarks,
        };
    }

    private bool ReadFrom(ByteWindow file, long start)
    {
        if (!IsStart(file, start))
            return false;
        var name = file.At(start, 4);
        _isBigEndian = name[3] == 'X';
        var is64Bit = name[3] == '4';
        long? bytes64 = null;
        for (var position = start + 12; file.At(position, 8) is { Length: 8 } chunk;)
        {
            var size = Size(chunk);
            if (chunk[..4].SequenceEqual("data"u8))
            {
                if (_format.Length == 0)
                    return false;
                ReadSamples(file, position + 8, size, is64Bit && size == uint.MaxValue ? bytes64 ?? 0 : size, is64Bit);
                return true;
            }
            if (chunk[..4].SequenceEqual("fmt "u8) && size is >= 16 and <= LongestFormat)
            {
                _format = file.At(position + 8, (int)size).ToArray();
                if (_format.Length < size)
                    return false;
            }
            else if (chunk[..4].SequenceEqual("ds64"u8) && file.At(position + 16, 8) is { Length: 8 } body)
            {
                bytes64 = BinaryPrimitives.ReadInt64LittleEndian(body);
            }
            position += 8 + size + (size & 1);   // chunks begin at even offsets
        }
        return false;
    }

    private void ReadSamples(ByteWindow file, long offset, long size, long bytes, bool is64Bit)
    {
        var held = file.Length - offset;
        if (bytes <= 0 || (bytes > held && !is64Bit && IsPlaceholder(size)))
        {
            Add(offset, TrailerStart(file, offset));
            _isPlain = false;
            return;
        }
        _stated = bytes;
        if (bytes >= held)
        {
            _isCut = bytes > held;
            Add(offset, file.Length);
            return;
        }
        Add(offset, offset + bytes);
        var next = offset + bytes + (bytes & 1);
        if ((bytes & 1) == 1 && !IsChunk(file, next) && IsChunk(file, next - 1))
            next--;   // some writers forget the padding
        if (!ReadRest(file, next))
        {
            // No chunk follows the samples, so they go on.
            _samples.Clear();
            Add(offset, TrailerStart(file, offset));
            _isPlain = false;
            _remarks.Add(BytesPerSecond == 0
                ? $"holds more sound than its header states ({bytes} bytes); all of it is read"
                : $"holds more sound than its header states ({SecondsText.Of((double)bytes / BytesPerSecond)} s); all {SecondsText.Of((double)Held / BytesPerSecond)} s are read");
        }
    }

    /// <summary>Walks the chunks behind the samples; false where there are samples instead.</summary>
    private bool ReadRest(ByteWindow file, long start)
    {
        var known = false;
        for (var position = start; ;)
        {
            if (IsStart(file, position) && Read(file, position) is { } other)
            {
                if (!other._format.AsSpan().SequenceEqual(_format) || other._isBigEndian != _isBigEndian)
                {
                    _remarks.Add("is followed by another sound of another sample rate or number type, which is not read; split the file");
                    return true;
                }
                // What follows the other file was its own to read.
                _samples.AddRange(other._samples);
                _files += other._files;
                _pieces += other._pieces;
                _stated += other._stated;
                _isCut |= other._isCut;
                _isPlain = false;
                return true;
            }
            if (!IsChunk(file, position))
                return known || IsTrailing(file.At(position, 4)) || !SoundContent.HoldsMore(file, position, BytesPerSecond / 50);
            var size = Size(file.At(position, 8));
            var isSamples = file.Has(position, "data"u8);
            known |= isSamples || IsTrailing(file.At(position, 4));
            if (isSamples && size > 0)
            {
                _stated += size;
                _pieces++;
                _isPlain = false;
                Add(position + 8, Math.Min(file.Length, position + 8 + size));
            }
            position += 8 + size + (size & 1);
            if (position >= file.Length)
                return true;
        }
    }

    /// <summary>Where the chunks at the end of the file begin, which is where samples of unknown size end.</summary>
    private long TrailerStart(ByteWindow file, long samples)
    {
        var start = Math.Max(samples, file.Length - LongestTrailer);
        Span<byte> tail = new byte[file.Length - start];
        tail = tail[..file.File.Read(start, tail)];
        for (var position = 0; tail[position..].IndexOfAny(FirstLetters) is >= 0 and var index; position++)
        {
            position += index;
            if (!IsTrailing(tail[position..]))
                continue;
            long end = position;
            while (end + 8 <= tail.Length && IsName(tail[(int)end..]))
                end += 8 + Size(tail[(int)end..]) + (Size(tail[(int)end..]) & 1);
            if (end == tail.Length || end == tail.Length + 1)
                return start + position;
        }
        return file.Length;
    }

    private void Add(long start, long end)
    {
        if (end > start)
            _samples.Add((start, end - start));
    }

    /// <summary>A header that promises what the file holds.</summary>
    private byte[] Header(long bytes)
    {
        // 4 bytes of "WAVE" and three chunks; beyond 4 GiB the sizes go into a chunk of their own.
        var is64Bit = bytes > uint.MaxValue - LongestFormat - 100;
        using var memory = new MemoryStream();
        memory.Write(is64Bit ? "RF64"u8 : _isBigEndian ? "RIFX"u8 : "RIFF"u8);
        Write32(is64Bit ? uint.MaxValue : (uint)(4 + 8 + _format.Length + 8 + bytes));
        memory.Write("WAVE"u8);
        if (is64Bit)
        {
            memory.Write("ds64"u8);
            Write32(28);
            Write64(4 + 36 + 8 + _format.Length + 8 + bytes);
            Write64(bytes);
            Write64(0);
            Write32(0);
        }
        memory.Write("fmt "u8);
        Write32((uint)_format.Length);
        memory.Write(_format);
        memory.Write("data"u8);
        Write32(is64Bit ? uint.MaxValue : (uint)bytes);
        return memory.ToArray();

        void Write32(uint value)
        {
            Span<byte> buffer = stackalloc byte[4];
            if (_isBigEndian)
                BinaryPrimitives.WriteUInt32BigEndian(buffer, value);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(buffer, value);
            memory.Write(buffer);
        }

        void Write64(long value)
        {
            Span<byte> buffer = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(buffer, value);
            memory.Write(buffer);
        }
    }

    private static bool IsStart(ByteWindow file, long position) => file.Has(position + 8, "WAVE"u8)
        && (file.Has(position, "RIFF"u8) || file.Has(position, "RIFX"u8) || file.Has(position, "RF64"u8) || file.Has(position, "BW64"u8));

    private bool IsChunk(ByteWindow file, long position) =>
        file.At(position, 8) is { Length: 8 } chunk && IsName(chunk) && position + 8 + Size(chunk) <= file.Length;

    private static bool IsName(ReadOnlySpan<byte> chunk) => !chunk[..4].ContainsAnyExceptInRange((byte)' ', (byte)'~');

    private static bool IsTrailing(ReadOnlySpan<byte> chunk)
    {
        foreach (var known in TrailingChunks)
        {
            if (chunk.Length >= 4 && Ascii.Equals(chunk[..4], known))
                return true;
        }
        return false;
    }

    // Programs that write to a pipe leave some number near 2 or 4 GiB.
    private static bool IsPlaceholder(long size) => size is >= 0x7FFF0000 and <= 0x80001000 or >= 0xFFFF0000;

    private long Size(ReadOnlySpan<byte> chunk) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);

    private int Int32(ReadOnlySpan<byte> bytes) => _isBigEndian ? BinaryPrimitives.ReadInt32BigEndian(bytes) : BinaryPrimitives.ReadInt32LittleEndian(bytes);
}
