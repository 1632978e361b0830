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

/// <summary>Tensors as entries of a safetensors file.</summary>
public static class SafetensorsExport
{
    /// <summary>An entry that writes a tensor's values when its turn comes; the tensor must live until then.</summary>
    /// <param name="name">The entry's name.</param>
    /// <param name="tensor">Any layout and device.</param>
    /// <param name="dtype">The type to store; the tensor's own by default.</param>
    public static SafetensorsEntry Entry(string name, Tensor tensor, DType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return new SafetensorsEntry(name, dtype ?? tensor.DType, tensor.Shape.ToArray(), stream =>
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            tensor.To(Device.Cpu, dtype ?? tensor.DType).WriteTo(stream);
        });
    }
}
