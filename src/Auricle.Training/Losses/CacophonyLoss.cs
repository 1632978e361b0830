using Auricle.Torch;

namespace Auricle.Training;

/// <summary>The two losses of Cacophony's second stage, which are added.</summary>
public static class CacophonyLoss
{
    /// <summary>The cross-entropy of both directions, added and not averaged: each sound among all captions of the batch and each caption among all sounds.</summary>
    /// <param name="logits">[sounds, captions], of pairs: sound i belongs to caption i.</param>
    /// <returns>A single value.</returns>
    public static Tensor Contrast(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = TensorScope.Begin();
        return scope.Keep(RetrievalLoss.Contrastive(logits, [.. Enumerable.Range(0, (int)logits.Size(0))]).Mul(2));
    }

    /// <summary>
    /// The cross-entropy of each token of captions but the first, given those before it. As its authors have it, the mean is over all positions of
    /// captions that are filled to one length, although those of filling add nothing: a longer filling weakens this loss.
    /// </summary>
    /// <param name="logits">[captions, length, tokens]: what follows each token.</param>
    /// <param name="ids">[captions, length], int64.</param>
    /// <param name="mask">[captions, length], int64: 1 for a token, 0 for filling.</param>
    /// <param name="filledLength">The length that captions count as filled to, at least that of the batch.</param>
    /// <param name="labelSmoothing">The share of the target that is spread over all tokens.</param>
    /// <returns>A single value.</returns>
    public static Tensor Captions(Tensor logits, Tensor ids, Tensor mask, int filledLength, double labelSmoothing = 0)
    {
        const long Ignored = -100, ReduceBySum = 2;
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(mask);
        using var scope = TensorScope.Begin();
        var (captions, length) = (ids.Size(0), ids.Size(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(filledLength, length);
        var targets = ids.MaskedFill(mask.Eq(0), Ignored).Narrow(1, 1, length - 1).Reshape(-1);
        var sum = logits.Narrow(1, 0, length - 1).Reshape(-1, logits.Size(2)).CrossEntropyLoss(targets, reduction: ReduceBySum, ignoreIndex: Ignored, labelSmoothing: labelSmoothing);
        return scope.Keep(sum.Div((double)captions * (filledLength - 1)));
    }
}
