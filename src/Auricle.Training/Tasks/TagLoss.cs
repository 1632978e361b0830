using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// The loss of an encoder's tags: cross-entropy against the labels' shares, for which comes first, plus binary
/// cross-entropy over all labels, for how many there are.
/// </summary>
/// <param name="labels">The number of labels.</param>
/// <param name="binaryShare">The weight of the binary part.</param>
internal sealed class TagLoss(int labels, double binaryShare)
{
    /// <summary>The mean over a batch, a single value.</summary>
    /// <param name="logits">[batch, labels].</param>
    /// <param name="contents">What is heard in each example.</param>
    public Tensor Of(Tensor logits, IReadOnlyList<MixtureContent> contents)
    {
        using var scope = TensorScope.Begin();
        var count = contents.Count;
        var present = new float[count * labels];
        var shares = new float[count * labels];
        for (var i = 0; i < count; i++)
        {
            foreach (var label in contents[i].Labels)
            {
                present[i * labels + label] = 1;
                shares[i * labels + label] = 1f / contents[i].Labels.Length;
            }
        }
        var binary = logits.BinaryCrossEntropyWithLogits(Tensor.From<float>(present, count, labels).On(logits.Device), reduction: 2).Div(count);
        var softmax = logits.LogSoftmax(1).Mul(Tensor.From<float>(shares, count, labels).On(logits.Device)).Sum().Div(-count);
        return scope.Keep(binary.Mul(binaryShare).Add(softmax));
    }
}
