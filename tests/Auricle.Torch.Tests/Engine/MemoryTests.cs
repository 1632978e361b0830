using System.Text;
using Auricle.Testing;
using Auricle.Torch.Checkpoints;

namespace Auricle.Torch.Tests.Engine;

[NoLeaks]
[Collection("tensors")]
public sealed class MemoryTests : IDisposable
{
    private const long Large = int.MaxValue + 70_000_000L;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"auricle-{Guid.NewGuid():N}.safetensors");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Allocation_BeyondTheMachine_IsOutOfMemory()
    {
        using var scope = TensorScope.Begin();
        var error = Assert.Throws<TorchOutOfMemoryException>(() => Tensor.Empty([1L << 46]));
        Assert.Contains("smaller batch", error.Message, StringComparison.Ordinal);
        Assert.Throws<TorchOutOfMemoryException>(() => Tensor.Ones([1]).Expand([1L << 46]).Contiguous());
        Assert.Equal([2], Tensor.Ones([1]).Add(1).ToArray<float>());
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Entry_BeyondTwoGibibytes_LoadsAndIsTakenInParts()
    {
        WriteSparse();
        using var scope = TensorScope.Begin();
        var tensor = Tensor.From(SafetensorsFile.Read(_path, out _)["large"]);
        Assert.Equal(Large, tensor.ElementCount);
        Assert.Equal([0, 7, 8, 9], tensor.Narrow(0, Large - 4, 4).ToArray<byte>());
        Assert.Contains("Narrow", Assert.Throws<TorchException>(() => tensor.ToArray<byte>()).Message, StringComparison.Ordinal);
        Assert.Throws<TorchException>(() => tensor.Span<byte>().Length);
        Assert.Throws<TorchException>(() => tensor.CopyTo(new byte[4].AsSpan()));
        using var written = new EndOfStream();
        SafetensorsExport.Entry("large", tensor).Write(written);
        Assert.Equal(Large, written.Length);
        Assert.Equal([7, 8, 9], written.End);
    }

    /// <summary>A safetensors file of one entry of zeros, a hole that takes no room on the disk, and 7, 8, 9 at its end.</summary>
    private void WriteSparse()
    {
        var header = Encoding.UTF8.GetBytes($$$"""{"large":{"dtype":"U8","shape":[{{{Large}}}],"data_offsets":[0,{{{Large}}}]}}""");
        using var file = File.Create(_path);
        file.Write(BitConverter.GetBytes((long)header.Length));
        file.Write(header);
        file.Seek(Large - 3, SeekOrigin.Current);
        file.Write([7, 8, 9]);
    }

    /// <summary>Counts what is written and keeps the last three bytes.</summary>
    private sealed class EndOfStream : Stream
    {
        private long _length;

        public byte[] End { get; private set; } = [];

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => _length;
        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _length += buffer.Length;
            End = buffer[^3..].ToArray();
        }
    }
}
