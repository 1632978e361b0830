using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>
/// y = x Wᵀ + b, in two forms: through libtorch, and for the few rows of one generation step through <see cref="RowKernel"/>,
/// since matrix libraries repack the weights on every call.
/// </summary>
internal sealed class RowLinear
{
    private readonly Tensor _weight, _bias;
    private readonly Tensor? _panels, _panelBias;

    /// <summary>Wraps parameters of the store that <paramref name="weights"/> points into.</summary>
    /// <param name="weights">Where they were loaded from.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs].</param>
    /// <param name="storage">The element type in which steps read the weights: float32, or bfloat16 to halve the memory they move.</param>
    /// <param name="used">The leading outputs that steps use; all by default.</param>
    public RowLinear(Weights weights, Tensor weight, Tensor bias, DType storage, int? used = null)
    {
        _weight = weight;
        _bias = bias;
        Inputs = (int)weight.Size(1);
        Outputs = used ?? (int)weight.Size(0);
        if (!CanPack(weights, weight.Device))
            return;
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        _panels = RowKernel.Pack(weight.Narrow(0, 0, Outputs), storage).Own();
        _panelBias = RowKernel.Pad(bias.Narrow(0, 0, Outputs)).Own();
        weights.OnRelease(_panels.Dispose);
        weights.OnRelease(_panelBias.Dispose);
    }

    public int Inputs { get; }

    /// <summary>The outputs that steps use.</summary>
    public int Outputs { get; }

    /// <summary>Whether steps on this device and with these weights, which must not change, can use the kernel.</summary>
    public static bool CanPack(Weights weights, Device device) =>
        !weights.IsTrainable && device.Type == DeviceType.Cpu && RowKernel.IsSupported;

    /// <param name="input">[…, inputs], float32.</param>
    public Tensor Forward(Tensor input) => input.Linear(_weight, _bias);

    /// <summary>One step through libtorch, with the outputs that steps use.</summary>
    /// <param name="input">[rows, inputs], float32.</param>
    public Tensor Step(Tensor input) => input.Linear(_weight.Narrow(0, 0, Outputs), _bias.Narrow(0, 0, Outputs));

    /// <summary>One step through the kernel.</summary>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="output">[rows, outputs].</param>
    public void Step(ReadOnlySpan<float> input, Span<float> output) =>
        RowKernel.Multiply(input, _panels!, _panelBias!.Span<float>(), output, Inputs, Outputs);
}
