using Microsoft.Win32.SafeHandles;

namespace Auricle.Audio.Content;

/// <summary>Bytes that a decoder is shown as one file: stretches of an opened file, and bytes made in memory. Safe for concurrent use.</summary>
internal sealed class ByteView
{
    private readonly SafeFileHandle _file;
    private readonly Stretch[] _stretches;

    /// <summary>The whole of a file.</summary>
    public ByteView(SafeFileHandle file, long length)
        : this(file, [new Stretch(null, 0, length)])
    {
    }

    private ByteView(SafeFileHandle file, Stretch[] stretches)
    {
        _file = file;
        _stretches = stretches;
        Length = stretches.Sum(stretch => stretch.Length);
    }

    public long Length { get; }

    /// <summary>A stretch of the file itself.</summary>
    public ByteView Slice(long offset, long length) => new(_file, [new Stretch(null, offset, length)]);

    /// <summary>Bytes of our own, then stretches of the file.</summary>
    public ByteView Join(byte[] header, IEnumerable<(long Offset, long Length)> stretches) =>
        new(_file, [new Stretch(header, 0, header.Length), .. stretches.Select(stretch => new Stretch(null, stretch.Offset, stretch.Length))]);

    /// <summary>Fills the buffer from a position on; returns how many bytes there were, less than asked for only at the end.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public int Read(long position, Span<byte> buffer)
    {
        var count = 0;
        foreach (var (memory, offset, length) in _stretches)
        {
            if (position >= length)
            {
                position -= length;
                continue;
            }
            while (count < buffer.Length && position < length)
            {
                var part = buffer[count..];
                part = part[..(int)Math.Min(part.Length, length - position)];
                var read = memory is null ? RandomAccess.Read(_file, part, offset + position) : Copy(memory.AsSpan((int)position, part.Length), part);
                if (read == 0)
                    return count;   // the file became shorter
                position += read;
                count += read;
            }
            if (count == buffer.Length)
                break;
            position = 0;
        }
        return count;
    }

    private static int Copy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        from.CopyTo(to);
        return from.Length;
    }

    private readonly record struct Stretch(byte[]? Memory, long Offset, long Length);
}

/// <summary>Small reads here and there in a file, through one block of it.</summary>
internal sealed class ByteWindow(ByteView file)
{
    private const int BlockLength = 1 << 16;
    private readonly byte[] _block = new byte[BlockLength];
    private long _start;
    private int _held;

    public ByteView File => file;

    public long Length => file.Length;

    /// <summary>Bytes from a position on, fewer at the end of the file; valid until the next call.</summary>
    /// <param name="position">Where, in bytes; nothing lies before the file or behind it.</param>
    /// <param name="count">How many, at most 65,536.</param>
    public ReadOnlySpan<byte> At(long position, int count)
    {
        if (position < 0 || position >= Length)
            return [];
        count = (int)Math.Min(count, Length - position);
        if (position < _start || position + count > _start + _held)
        {
            _held = file.Read(position, _block);
            _start = position;
            count = Math.Min(count, _held);
        }
        return _block.AsSpan((int)(position - _start), count);
    }

    /// <summary>Whether these bytes lie at a position.</summary>
    public bool Has(long position, ReadOnlySpan<byte> bytes) => At(position, bytes.Length).SequenceEqual(bytes);

    /// <summary>The first place at or behind a position where these bytes lie, or −1.</summary>
    public long Find(long position, ReadOnlySpan<byte> bytes)
    {
        for (; position + bytes.Length <= Length; position += BlockLength - bytes.Length + 1)
        {
            var block = At(position, BlockLength);
            if (block.IndexOf(bytes) is >= 0 and var index)
                return position + index;
            if (block.Length < BlockLength)
                break;
        }
        return -1;
    }
}
