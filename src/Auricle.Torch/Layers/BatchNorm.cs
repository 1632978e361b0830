namespace Auricle.Torch.Layers;

/// <summary>Normalises each channel by the statistics of the batch (training) or by running ones (prediction).</summary>
public sealed class BatchNorm
{
    private const double Epsilon = 1e-5;
    private const double Momentum = 0.1;

    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly Tensor _runningMean;
    private readonly Tensor _runningVariance;

    /// <summary>Loads <c>weight</c>, <c>bias</c>, <c>running_mean</c> and <c>running_var</c>, all [channels]. The count of batches that PyTorch stores beside them is not used.</summary>
    public BatchNorm(Weights weights, long channels)
    {
        _weight = weights.Get("weight", [channels], Initialisers.Ones);
        _bias = weights.Get("bias", [channels], Initialisers.Zeros);
        _runningMean = weights.GetBuffer("running_mean", [channels], Initialisers.Zeros);
        _runningVariance = weights.GetBuffer("running_var", [channels], Initialisers.Ones);
    }

    /// <summary>Normalises.</summary>
    /// <param name="input">[batch, channels, …], float32 or bfloat16; the statistics are float32 either way.</param>
    /// <param name="training">Whether to use, and learn from, the statistics of this batch.</param>
    public Tensor Forward(Tensor input, bool training) =>
        input.BatchNorm(_weight, _bias, _runningMean, _runningVariance, training, Momentum, Epsilon, cudnnEnabled: true);
}
