using Auricle.Torch;

namespace Auricle.Models;

/// <summary>Moves tensors between devices.</summary>
internal static class TensorPlacement
{
    /// <summary>The tensor itself where it already lies on the device, else a copy there.</summary>
    public static Tensor On(this Tensor tensor, Device device) =>
        tensor.Device.Type == device.Type ? tensor : tensor.To(device, tensor.DType);
}
