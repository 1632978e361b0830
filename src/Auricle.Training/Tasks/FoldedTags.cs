using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// A linear tagger over standardised means of a map, and beside it one for each fold that never hears the fold's sources, and one for each
/// group of labels that never hears those labels. What the latter say of their own fold is what a tagger says of sounds it does not know,
/// which is what a decoder has to learn from.
/// </summary>
internal sealed class FoldedTags
{
    private readonly int _labels;
    private readonly Tensor _weight, _bias;

    public FoldedTags(Weights weights, int inputs, int labels, int folds, int labelFolds)
    {
        (_labels, Folds, LabelFolds) = (labels, folds, labelFolds);
        _weight = weights.Get("weight", [Heads * labels, inputs], Initialisers.Zeros);
        _bias = weights.Get("bias", [Heads * labels], Initialisers.Zeros);
    }

    public int Folds { get; }

    public int LabelFolds { get; }

    /// <summary>The first hears everything.</summary>
    public int Heads => 1 + Folds + LabelFolds;

    public Tensor Weight => _weight;

    public Tensor Bias => _bias;

    /// <param name="means">[batch, inputs], or [batch, windows, inputs].</param>
    /// <returns>[batch, heads, labels], or [batch, windows, heads, labels].</returns>
    public Tensor Forward(Tensor means)
    {
        var logits = means.Linear(_weight, _bias);
        return means.Dimensions == 2 ? logits.View(means.Size(0), Heads, _labels) : logits.View(means.Size(0), means.Size(1), Heads, _labels);
    }

    /// <summary>Half the squared weights of all taggers, biases apart.</summary>
    public Tensor Penalty() => _weight.Square().Sum().Mul(0.5);

    /// <summary>The logits of the tagger that is asked about each example.</summary>
    /// <param name="logits">From <see cref="Forward"/>.</param>
    /// <param name="heads">For each example its number.</param>
    /// <returns>[batch, labels], or [batch, windows, labels].</returns>
    public Tensor Choose(Tensor logits, IReadOnlyList<int> heads)
    {
        using var scope = TensorScope.Begin();
        var flat = logits.Dimensions == 3 ? logits : logits.Transpose(1, 2);                 // [batch, heads, …]
        var rows = Tensor.From<long>([.. heads.Select((head, i) => (long)i * Heads + head)], heads.Count);
        return scope.Keep(flat.Dimensions == 3
            ? flat.Reshape(-1, _labels).IndexSelect(0, rows)
            : flat.Reshape(-1, flat.Size(2), _labels).IndexSelect(0, rows));
    }
}
