namespace Auricle.Torch.Checkpoints;

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
            stream.Write(tensor.To(Device.Cpu, dtype ?? tensor.DType).Contiguous().Bytes());
        });
    }
}
