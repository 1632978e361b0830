using System.IO.MemoryMappedFiles;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Auricle.Search.Embedded;

/// <summary>
/// The vectors of an index in two files: <c>.f16</c> with rows of float16, which are what counts, and <c>.i8</c> with the same as bytes, which a
/// search reads first and which can be made anew. Rows are only ever added; rows behind those that the catalogue counts are nobody's.
/// </summary>
internal sealed unsafe class VectorFiles : IDisposable
{
    /// <summary>How many rows of the byte file lie together: their bytes, then the factor of each, then the length that each loses.</summary>
    public const int BlockRows = 1024;

    private readonly string _exactPath;
    private readonly string _bytePath;
    private readonly SafeFileHandle _exact;
    private readonly SafeFileHandle _bytes;
    private readonly ReaderWriterLockSlim _mapping = new();
    private Mapped? _mappedBytes;
    private long _mappedRows = -1;

    /// <summary>Opens or makes the files.</summary>
    /// <param name="folder">The folder of the index.</param>
    /// <param name="generation">The number in their names.</param>
    /// <param name="width">The size of a vector.</param>
    /// <param name="forWriting">Whether rows are added; the files are made where they are absent.</param>
    public VectorFiles(string folder, long generation, int width, bool forWriting)
    {
        Width = width;
        Stride = (width + Int8Kernel.Alignment - 1) / Int8Kernel.Alignment * Int8Kernel.Alignment;
        (_exactPath, _bytePath) = (Path.Combine(folder, $"vectors-{generation}.f16"), Path.Combine(folder, $"vectors-{generation}.i8"));
        _exact = Open(_exactPath);
        try
        {
            _bytes = Open(_bytePath);
        }
        catch
        {
            _exact.Dispose();
            throw;
        }

        SafeFileHandle Open(string path) => File.OpenHandle(
            path, forWriting ? FileMode.OpenOrCreate : FileMode.Open, forWriting ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>The size of a vector.</summary>
    public int Width { get; }

    /// <summary>The bytes of a row in the byte file.</summary>
    public int Stride { get; }

    /// <summary>What both files take on disk.</summary>
    public long Bytes => RandomAccess.GetLength(_exact) + RandomAccess.GetLength(_bytes);

    private int ExactBytes => Width * sizeof(Half);

    private long BlockBytes => (long)BlockRows * (Stride + 2 * sizeof(float));

    /// <summary>Whether both files are long enough for so many rows.</summary>
    public bool Hold(long rows, out bool exactIsWhole)
    {
        exactIsWhole = RandomAccess.GetLength(_exact) >= rows * ExactBytes;
        return exactIsWhole && RandomAccess.GetLength(_bytes) >= ByteLength(rows);
    }

    /// <summary>Writes rows behind the first ones, and waits until the disk has them.</summary>
    /// <param name="first">How many rows stay.</param>
    /// <param name="vectors">The new ones.</param>
    /// <returns>The same rows as float16.</returns>
    public Half[] Append(long first, IReadOnlyList<float[]> vectors)
    {
        var exact = new Half[vectors.Count * Width];
        for (var i = 0; i < vectors.Count; i++)
            TensorPrimitives.ConvertToHalf(vectors[i], exact.AsSpan(i * Width, Width));
        Copy(first, exact);
        Flush();
        return exact;
    }

    /// <summary>Writes rows of float16 behind the first ones.</summary>
    public void Copy(long first, ReadOnlySpan<Half> exact)
    {
        RandomAccess.Write(_exact, MemoryMarshal.AsBytes(exact), first * ExactBytes);
        WriteBytes(first, exact);
    }

    /// <summary>Waits until the disk has what was written.</summary>
    public void Flush()
    {
        RandomAccess.FlushToDisk(_exact);
        RandomAccess.FlushToDisk(_bytes);
    }

    /// <summary>Makes the byte file anew.</summary>
    public void RestoreBytes(long rows)
    {
        var some = new Half[BlockRows * Width];
        for (long row = 0; row < rows; row += BlockRows)
        {
            var part = some.AsSpan(0, (int)Math.Min(BlockRows, rows - row) * Width);
            ReadExact(row, part);
            WriteBytes(row, part);
        }
        RandomAccess.FlushToDisk(_bytes);
    }

    /// <summary>Reads rows as they are stored.</summary>
    public void ReadExact(long first, Span<Half> rows)
    {
        var bytes = MemoryMarshal.AsBytes(rows);
        var offset = first * ExactBytes;
        while (bytes.Length > 0)
        {
            var count = RandomAccess.Read(_exact, bytes, offset);
            if (count == 0)
                throw new EndOfStreamException($"'{_exactPath}' ends before row {first + rows.Length / Width}");
            bytes = bytes[count..];
            offset += count;
        }
    }

    /// <summary>Whether the bytes of rows are those of their vectors.</summary>
    public bool BytesMatch(long first, ReadOnlySpan<Half> rows)
    {
        var values = new float[Width];
        var (expected, stored, numbers) = (new byte[Stride], new byte[Stride], new byte[sizeof(float)]);
        for (var i = 0; i < rows.Length / Width; i++)
        {
            var row = first + i;
            TensorPrimitives.ConvertToSingle(rows.Slice(i * Width, Width), values);
            var scale = ByteVector.Quantise(values, expected, out _);
            _ = RandomAccess.Read(_bytes, stored, RowOffset(row));
            _ = RandomAccess.Read(_bytes, numbers, FactorOffset(row, 0));
            if (!expected.AsSpan().SequenceEqual(stored) || MemoryMarshal.Read<float>(numbers) != scale)
                return false;
        }
        return true;
    }

    /// <summary>Lets a search look at the first rows in memory.</summary>
    public T Read<T>(long rows, Func<VectorMap, T> search)
    {
        while (true)
        {
            _mapping.EnterReadLock();
            try
            {
                // A file that somebody cut would end the process where it is looked at, so its length is asked first.
                if (_mappedRows >= rows)
                    return Hold(rows, out _) ? search(new VectorMap(this, _mappedBytes, rows)) : throw new EndOfStreamException($"'{_exactPath}' is shorter than {rows} rows");
            }
            finally
            {
                _mapping.ExitReadLock();
            }
            Map(rows);
        }
    }

    /// <summary>Waits for searches under way, and closes the files; those who search later get an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _mapping.EnterWriteLock();
        try
        {
            _mappedBytes?.Dispose();
            (_mappedBytes, _mappedRows) = (null, -1);
            _exact.Dispose();
            _bytes.Dispose();
        }
        finally
        {
            _mapping.ExitWriteLock();
        }
    }

    private void Map(long rows)
    {
        _mapping.EnterWriteLock();
        try
        {
            if (_mappedRows >= rows)
                return;
            if (!Hold(rows, out _))
                throw new EndOfStreamException($"'{_exactPath}' is shorter than {rows} rows");
            _mappedBytes?.Dispose();
            (_mappedBytes, _mappedRows) = (null, -1);
            if (rows > 0)
                _mappedBytes = new Mapped(_bytes, ByteLength(rows));
            _mappedRows = rows;
        }
        finally
        {
            _mapping.ExitWriteLock();
        }
    }

    private void WriteBytes(long first, ReadOnlySpan<Half> exact)
    {
        var count = exact.Length / Width;
        var values = new float[Width];
        for (var done = 0; done < count;)
        {
            // Rows of one block at a time, whose bytes and factors are written together.
            var row = first + done;
            var here = (int)Math.Min(count - done, BlockRows - row % BlockRows);
            var bytes = new byte[here * Stride];
            var (scales, residuals) = (new float[here], new float[here]);
            for (var i = 0; i < here; i++)
            {
                TensorPrimitives.ConvertToSingle(exact.Slice((done + i) * Width, Width), values);
                scales[i] = ByteVector.Quantise(values, bytes.AsSpan(i * Stride, Stride), out residuals[i]);
            }
            RandomAccess.Write(_bytes, bytes, RowOffset(row));
            RandomAccess.Write(_bytes, MemoryMarshal.AsBytes<float>(scales), FactorOffset(row, 0));
            RandomAccess.Write(_bytes, MemoryMarshal.AsBytes<float>(residuals), FactorOffset(row, 1));
            done += here;
        }
        // The last block is whole as well, so that it can be mapped.
        var length = ByteLength(first + count);
        if (RandomAccess.GetLength(_bytes) < length)
            RandomAccess.SetLength(_bytes, length);
    }

    private long RowOffset(long row) => row / BlockRows * BlockBytes + row % BlockRows * Stride;

    private long FactorOffset(long row, int which) =>
        row / BlockRows * BlockBytes + (long)BlockRows * Stride + which * BlockRows * sizeof(float) + row % BlockRows * sizeof(float);

    private long ByteLength(long rows) => (rows + BlockRows - 1) / BlockRows * BlockBytes;
}

/// <summary>A file in memory.</summary>
internal sealed unsafe class Mapped : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public Mapped(SafeFileHandle handle, long length)
    {
        _file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        Pointer = pointer + _view.PointerOffset;
    }

    public byte* Pointer { get; }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}

/// <summary>
/// Vectors, as long as a search looks at them: the bytes in memory, float16 read row by row, since few of those are wanted and memory shall not hold them.
/// </summary>
internal readonly unsafe struct VectorMap(VectorFiles files, Mapped? bytes, long rows)
{
    public long Rows => rows;

    public int Width => files.Width;

    public int Stride => files.Stride;

    /// <summary>Reads a row of float16.</summary>
    public void ReadExact(long row, Span<Half> values) => files.ReadExact(row, values);

    /// <summary>The bytes of a row; those of the rest of its block follow.</summary>
    public byte* Bytes(long row) => Block(row) + row % VectorFiles.BlockRows * Stride;

    /// <summary>The factor of a row; those of the rest of its block follow.</summary>
    public float* Scales(long row) => (float*)(Block(row) + (long)VectorFiles.BlockRows * Stride) + row % VectorFiles.BlockRows;

    /// <summary>What a row lost; those of the rest of its block follow.</summary>
    public float* Residuals(long row) => Scales(row) + VectorFiles.BlockRows;

    private byte* Block(long row) => bytes!.Pointer + row / VectorFiles.BlockRows * VectorFiles.BlockRows * (Stride + 2L * sizeof(float));
}
