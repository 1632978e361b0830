namespace Auricle.Torch.Layers;

/// <summary>Normalises each channel by the statistics of the batch (training) or by running ones (prediction).</summary>
public sealed class BatchNorm
{
    private readonly double _epsilon;
    private readonly double _momentum;
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly Tensor _runningMean;
    private readonly Tensor _runningVariance;

    /// <summary>Loads <c>weight</c>, <c>bias</c>, <c>running_mean</c> and <c>running_var</c>, all [channels]. The count of batches that PyTorch stores beside them is not used.</summary>
    /// <param name="weights">Where they are.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="epsilon">What is added to variances.</param>
    /// <param name="momentum">The share of a new batch in the running statistics.</param>
    public BatchNorm(Weights weights, long channels, double epsilon = 1e-5, double momentum = 0.1)
    {
        (_epsilon, _momentum) = (epsilon, momentum);
        _weight = weights.Get("weight", [channels], Initialisers.Ones);
        _bias = weights.Get("bias", [channels], Initialisers.Zeros);
        _runningMean = weights.GetBuffer("running_mean", [channels], Initialisers.Zeros);
        _runningVariance = weights.GetBuffer("running_var", [channels], Initialisers.Ones);
    }

    /// <summary>Normalises.</summary>
    /// <param name="input">[batch, channels, …], float32 or bfloat16; the statistics are float32 either way.</param>
    /// <param name="training">Whether to use, and learn from, the statistics of this batch.</param>
    public Tensor Forward(Tensor input, bool training)
    {
        // A block that is computed a second time has learned from this batch already; training reads no running statistics.
        var learned = training && Checkpointing.IsRepeating;
        return input.BatchNorm(_weight, _bias, learned ? null : _runningMean, learned ? null : _runningVariance, training, _momentum, _epsilon, cudnnEnabled: true);
    }

    /// <summary>What prediction multiplies each channel by and then adds to it, for whoever folds the norm into the layer before it.</summary>
    /// <returns>Both [channels].</returns>
    public (Tensor Scale, Tensor Shift) AsAffine()
    {
        using var scope = TensorScope.Begin();
        var factor = _weight.Div(_runningVariance.Add(_epsilon).Sqrt());
        return (scope.Keep(factor), scope.Keep(_bias.Sub(_runningMean.Mul(factor))));
    }
}
