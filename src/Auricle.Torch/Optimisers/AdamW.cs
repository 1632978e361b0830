namespace Auricle.Torch.Optimisers;

/// <summary>The numbers of <see cref="AdamW"/>.</summary>
public sealed record AdamWOptions
{
    /// <summary>Weight of the old first moment.</summary>
    public double Beta1 { get; init; } = 0.9;
    /// <summary>Weight of the old second moment.</summary>
    public double Beta2 { get; init; } = 0.999;
    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;
    /// <summary>Weight decay of the parameters it applies to, times the learning rate per step.</summary>
    public double WeightDecay { get; init; } = 0.01;
    /// <summary>Which parameters decay; by default all.</summary>
    public Func<Weight, bool> Decays { get; init; } = _ => true;
    /// <summary>What the learning rate is multiplied by for a parameter; 1 by default.</summary>
    public Func<Weight, double> RateFactor { get; init; } = _ => 1;
}

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch computes it.</summary>
public sealed class AdamW : IDisposable
{
    private sealed record Slot(Weight Weight, Tensor First, Tensor Second, double Decay, double RateFactor);

    private readonly List<Slot> _slots = [];
    private readonly AdamWOptions _options;

    /// <summary>Prepares moments, all zero, for every parameter of the list.</summary>
    public AdamW(IEnumerable<Weight> parameters, AdamWOptions options)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _options = options;
        using var noGrad = NoGrad.Begin();
        foreach (var weight in parameters.Where(weight => !weight.IsBuffer))
        {
            _slots.Add(new Slot(weight, weight.Tensor.ZerosLike().Own(), weight.Tensor.ZerosLike().Own(),
                options.Decays(weight) ? options.WeightDecay : 0, options.RateFactor(weight)));
        }
    }

    /// <summary>How many steps were taken.</summary>
    public long Steps { get; set; }

    /// <summary>The moments by name (<c>NAME.first</c>, <c>NAME.second</c>), for checkpoints; the optimiser keeps them.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State =>
        _slots.SelectMany(slot => new[] { ($"{slot.Weight.Name}.first", slot.First), ($"{slot.Weight.Name}.second", slot.Second) });

    /// <summary>Moves every parameter that has a gradient.</summary>
    public void Step(double learningRate)
    {
        Steps++;
        var firstCorrection = 1 - Math.Pow(_options.Beta1, Steps);
        var secondCorrection = Math.Sqrt(1 - Math.Pow(_options.Beta2, Steps));
        using var noGrad = NoGrad.Begin();
        foreach (var slot in _slots)
        {
            using var scope = TensorScope.Begin();
            if (slot.Weight.Tensor.Grad is not { } gradient)
                continue;
            var rate = learningRate * slot.RateFactor;
            if (slot.Decay != 0)
                slot.Weight.Tensor.MulInPlace(1 - rate * slot.Decay);
            slot.First.LerpInPlace(gradient, 1 - _options.Beta1);
            slot.Second.MulInPlace(_options.Beta2);
            slot.Second.AddcmulInPlace(gradient, gradient, 1 - _options.Beta2);
            var denominator = slot.Second.Sqrt();
            denominator.DivInPlace(secondCorrection);
            denominator.AddInPlace(_options.Epsilon);
            slot.Weight.Tensor.AddcdivInPlace(slot.First, denominator, -rate / firstCorrection);
        }
    }

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGrad()
    {
        foreach (var slot in _slots)
            slot.Weight.Tensor.Grad = null;
    }

    /// <summary>Scales the gradients so that their common L2 norm is at most <paramref name="maximum"/>.</summary>
    /// <returns>The norm before.</returns>
    public double ClipGradients(double maximum)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var gradients = _slots.Select(slot => slot.Weight.Tensor.Grad).OfType<Tensor>().ToArray();
        if (gradients.Length == 0)
            return 0;
        var norm = Tensor.Stack(Array.ConvertAll(gradients, gradient => gradient.Norm())).Norm().ToDouble();
        // PyTorch's clip_grad_norm_ adds 1e-6 to the norm it divides by.
        var scale = maximum / (norm + 1e-6);
        if (scale < 1)
        {
            foreach (var gradient in gradients)
                gradient.MulInPlace(scale);
        }
        return norm;
    }

    /// <summary>Releases the moments.</summary>
    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            slot.First.Dispose();
            slot.Second.Dispose();
        }
        _slots.Clear();
    }
}
