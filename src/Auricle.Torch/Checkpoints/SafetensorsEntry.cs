namespace Auricle.Torch.Checkpoints;

/// <summary>A tensor to be written to a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DType">The element type.</param>
/// <param name="Shape">The size of each dimension.</param>
/// <param name="Write">Writes the elements in row-major order, little-endian: exactly as many bytes as type and shape say.</param>
public sealed record SafetensorsEntry(string Name, DType DType, IReadOnlyList<long> Shape, Action<Stream> Write)
{
    /// <summary>A tensor whose bytes are in memory.</summary>
    public SafetensorsEntry(string name, DType dtype, IReadOnlyList<long> shape, ReadOnlyMemory<byte> data)
        : this(name, dtype, shape, stream => stream.Write(data.Span)) { }
}
