using Auricle.Torch.Native;

namespace Auricle.Torch;

public sealed unsafe partial class Tensor
{
    /// <summary>Whether operations on this tensor are recorded for <see cref="Backward"/>.</summary>
    public bool RequiresGrad
    {
        get
        {
            int scalarType, deviceType, deviceIndex, dimensions, requiresGrad;
            NativeMethods.Check(NativeMethods.aur_tensor_describe(
                Handle, &scalarType, &deviceType, &deviceIndex, &dimensions, null, null, 0, &requiresGrad));
            return requiresGrad != 0;
        }
        set => NativeMethods.Check(NativeMethods.aur_tensor_set_requires_grad(Handle, value ? 1 : 0));
    }

    /// <summary>The accumulated gradient, as a tensor of the current scope, or <see langword="null"/> where there is none yet.</summary>
    public Tensor? Grad
    {
        get
        {
            nint result = 0;
            NativeMethods.Check(NativeMethods.aur_tensor_grad(Handle, &result));
            return result == 0 ? null : Take(result);
        }
        set => NativeMethods.Check(NativeMethods.aur_tensor_set_grad(Handle, value?.Handle ?? 0));
    }

    /// <summary>Adds the derivatives of this single value to the gradients of all tensors that require them.</summary>
    /// <param name="gradient">The derivative of the final result by this tensor; needed where it has more than one element.</param>
    public void Backward(Tensor? gradient = null) =>
        NativeMethods.Check(NativeMethods.aur_backward(Handle, gradient?.Handle ?? 0, 0));
}
