using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Decoders.Rows;

/// <summary>
/// y = x Wᵀ + b, in two forms: through libtorch, and for the few rows of one generation step through <see cref="RowKernel"/>,
/// since matrix libraries repack the weights on every call.
/// </summary>
internal sealed class RowLinear
{
    private readonly ComputeWeight _weight;
    private readonly ComputeWeight? _bias;
    private readonly bool _inputsFirst;
    private readonly Lazy<(Tensor Weight, Tensor Bias)>? _panels;
    private readonly long _all;

    /// <summary>Wraps parameters of the store that <paramref name="weights"/> points into.</summary>
    /// <param name="weights">Where they were loaded from.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs], or none.</param>
    /// <param name="storage">The element type in which steps read the weights: float32, or bfloat16 to halve the memory they
    /// move; <see langword="null"/> where no steps are computed.</param>
    /// <param name="used">The leading outputs that are computed; all by default.</param>
    /// <param name="inputsFirst">Whether the weight is stored as [inputs, outputs], as GPT-2's are.</param>
    public RowLinear(Weights weights, Tensor weight, Tensor? bias, DType? storage, long? used = null, bool inputsFirst = false)
    {
        _weight = new ComputeWeight(weights, weight);
        _bias = bias is null ? null : new ComputeWeight(weights, bias);
        _inputsFirst = inputsFirst;
        _all = weight.Size(inputsFirst ? 1 : 0);
        Inputs = (int)weight.Size(inputsFirst ? 0 : 1);
        Outputs = (int)(used ?? _all);
        if (storage is not { } type || !CanPack(weights))
            return;
        // A captioner that only embeds never takes a step, and the packed weights are as large as the weights.
        var panels = new Lazy<(Tensor Weight, Tensor Bias)>(() => Pack(weight, bias, type));
        weights.OnRelease(() =>
        {
            if (panels.IsValueCreated)
            {
                panels.Value.Weight.Dispose();
                panels.Value.Bias.Dispose();
            }
        });
        _panels = panels;
    }

    public int Inputs { get; }

    /// <summary>The outputs that are computed.</summary>
    public int Outputs { get; }

    /// <summary>Loads <c>weight</c> and, unless there is none, <c>bias</c>.</summary>
    /// <param name="weights">Where they are.</param>
    /// <param name="inputs">Width of the input.</param>
    /// <param name="outputs">Width of the output.</param>
    /// <param name="storage">As for the constructor.</param>
    /// <param name="hasBias">Whether there is a bias.</param>
    /// <param name="initialiser">Fills a new weight; PyTorch's default where it is absent.</param>
    /// <param name="biasInitialiser">Fills a new bias; PyTorch's default where it is absent.</param>
    /// <param name="inputsFirst">As for the constructor.</param>
    public static RowLinear Load(
        Weights weights, long inputs, long outputs, DType? storage, bool hasBias = true, Initialiser? initialiser = null, Initialiser? biasInitialiser = null,
        bool inputsFirst = false) => new(
            weights,
            weights.Get("weight", inputsFirst ? [inputs, outputs] : [outputs, inputs], initialiser ?? Initialisers.FanIn(inputs)),
            hasBias ? weights.Get("bias", [outputs], biasInitialiser ?? Initialisers.FanIn(inputs)) : null,
            storage,
            inputsFirst: inputsFirst);

    /// <summary>Whether steps on this device and with these weights, which must not change, can use the kernel.</summary>
    public static bool CanPack(Weights weights) => !weights.IsTrainable && weights.Device.Type == DeviceType.Cpu && RowKernel.IsSupported;

    /// <summary>Through libtorch, in the element type of the input.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    public Tensor Forward(Tensor input)
    {
        using var scope = TensorScope.Begin();
        var (weight, bias) = (_weight.As(input.DType), _bias?.As(input.DType));
        if (_inputsFirst)
            weight = weight.T();
        if (Outputs != _all)
            (weight, bias) = (weight.Narrow(0, 0, Outputs), bias?.Narrow(0, 0, Outputs));
        return scope.Keep(MatrixProduct.Linear(input, weight, bias));
    }

    /// <summary>Through the kernel.</summary>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="output">[rows, outputs].</param>
    public void Step(ReadOnlySpan<float> input, Span<float> output)
    {
        var (weight, bias) = _panels!.Value;
        RowKernel.Multiply(input, weight, bias.Span<float>(), output, Inputs, Outputs);
    }

    private (Tensor Weight, Tensor Bias) Pack(Tensor weight, Tensor? bias, DType type)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return (RowKernel.Pack((_inputsFirst ? weight.T() : weight).Narrow(0, 0, Outputs).Contiguous(), type).Own(),
            RowKernel.Pad(bias?.Narrow(0, 0, Outputs) ?? Tensor.Zeros([Outputs], DType.Float32)).Own());
    }
}
