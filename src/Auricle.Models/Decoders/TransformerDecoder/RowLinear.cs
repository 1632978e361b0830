using System.Runtime.Intrinsics;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>
/// y = x Wᵀ + b, in two forms: whole sequences through libtorch, and the few rows of one generation step through
/// <see cref="RowKernel"/>, for which matrix libraries repack the weights on every call.
/// </summary>
internal sealed class RowLinear
{
    private readonly Tensor weight, bias;
    private readonly Tensor? panels, panelBias;
    private readonly int inputs, outputs;

    /// <summary>Wraps parameters of the store that <paramref name="weights"/> points into.</summary>
    /// <param name="weights">Where they were loaded from.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs].</param>
    /// <param name="storage">The element type in which steps read the weights: float32, or bfloat16 to halve the memory they move.</param>
    /// <param name="used">The leading outputs that steps use; all by default.</param>
    public RowLinear(Weights weights, Tensor weight, Tensor bias, DType storage, int? used = null)
    {
        this.weight = weight;
        this.bias = bias;
        inputs = (int)weight.Size(1);
        outputs = used ?? (int)weight.Size(0);
        if (weights.IsTrainable || weight.Device.Type != DeviceType.Cpu || !Vector512.IsHardwareAccelerated)
            return;
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        panels = RowKernel.Pack(weight.Narrow(0, 0, outputs), storage).Own();
        panelBias = RowKernel.Pad(bias.Narrow(0, 0, outputs)).Own();
        weights.OnRelease(panels.Dispose);
        weights.OnRelease(panelBias.Dispose);
    }

    /// <param name="input">[…, inputs], float32.</param>
    public Tensor Forward(Tensor input) => input.Linear(weight, bias);

    /// <param name="input">[rows, inputs], float32, contiguous.</param>
    /// <returns>[rows, outputs], only those used.</returns>
    public Tensor Step(Tensor input)
    {
        if (panels is null || panelBias is null)
            return input.Linear(weight.Narrow(0, 0, outputs), bias.Narrow(0, 0, outputs));
        var result = Tensor.Empty([input.Size(0), outputs], DType.Float32);
        RowKernel.Multiply(input.Span<float>(), panels, panelBias.Span<float>(), result.Span<float>(), inputs, outputs);
        return result;
    }
}
