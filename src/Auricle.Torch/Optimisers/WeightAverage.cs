namespace Auricle.Torch.Optimisers;

/// <summary>
/// A running average of a model's weights, which predicts better than the weights of any one step (Polyak and Juditsky
/// 1992). Early on it forgets faster, so that the random start does not linger.
/// </summary>
public sealed class WeightAverage : IDisposable
{
    private readonly List<(Weight Weight, Tensor Average)> _slots = [];
    private readonly double _decay;

    /// <summary>Starts at the weights as they are.</summary>
    /// <param name="weights">Parameters and buffers.</param>
    /// <param name="decay">The share of the old average that one update keeps, once warmed up.</param>
    public WeightAverage(IEnumerable<Weight> weights, double decay)
    {
        ArgumentNullException.ThrowIfNull(weights);
        _decay = decay;
        foreach (var weight in weights.Where(weight => weight.Tensor.DType.IsFloatingPoint()))
            _slots.Add((weight, Copy(weight.Tensor)));
    }

    /// <summary>The averages by the names of their weights, for checkpoints.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State => _slots.Select(slot => (slot.Weight.Name, slot.Average));

    /// <summary>Takes the weights of a step into the average.</summary>
    /// <param name="step">How many steps were taken.</param>
    public void Update(long step)
    {
        var kept = Math.Min(_decay, (1.0 + step) / (10 + step));
        using var noGrad = NoGrad.Begin();
        foreach (var (weight, average) in _slots)
            average.LerpInPlace(weight.Tensor, 1 - kept);
    }

    /// <summary>Exchanges the weights with their averages; called a second time, it changes them back.</summary>
    public void Swap()
    {
        using var noGrad = NoGrad.Begin();
        foreach (var (weight, average) in _slots)
        {
            using var scope = TensorScope.Begin();
            var current = weight.Tensor.Clone();
            weight.Tensor.CopyInPlace(average);
            average.CopyInPlace(current);
        }
    }

    /// <summary>Releases the averages.</summary>
    public void Dispose()
    {
        foreach (var (_, average) in _slots)
            average.Dispose();
        _slots.Clear();
    }

    private static Tensor Copy(Tensor tensor)
    {
        using var noGrad = NoGrad.Begin();
        return tensor.Clone().Own();
    }
}
