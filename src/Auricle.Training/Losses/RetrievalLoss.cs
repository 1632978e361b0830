using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// The losses of models that bring sounds and captions into one space. All take likenesses as logits, [sounds, captions]: those of a
/// batch of pairs, in which sound i belongs to caption i, divided by the temperature.
/// </summary>
public static class RetrievalLoss
{
    /// <summary>The cosine of each sound with each caption.</summary>
    /// <param name="audio">[sounds, width].</param>
    /// <param name="text">[captions, width].</param>
    /// <returns>[sounds, captions].</returns>
    public static Tensor Cosines(Tensor audio, Tensor text)
    {
        ArgumentNullException.ThrowIfNull(audio);
        ArgumentNullException.ThrowIfNull(text);
        using var scope = TensorScope.Begin();
        return scope.Keep(Normalise(audio).Matmul(Normalise(text).T()));
    }

    /// <summary>
    /// InfoNCE as the baseline of DCASE 2023, task 6B, has it: both directions added, other captions of the same sound left out of the
    /// denominators.
    /// </summary>
    /// <param name="logits">[pairs, pairs].</param>
    /// <param name="clips">The sound of each pair; equal numbers are one sound.</param>
    /// <returns>A single value.</returns>
    public static Tensor InfoNce(Tensor logits, IReadOnlyList<int> clips)
    {
        using var scope = TensorScope.Begin();
        var others = SameSound(logits, clips);
        var own = new bool[others.Length];
        for (var i = 0; i < clips.Count; i++)
        {
            others[i * clips.Count + i] = false;
            own[i * clips.Count + i] = true;
        }
        var candidates = logits.MaskedFill(OfPairs(others, logits), double.NegativeInfinity);
        var matches = logits.Mul(OfPairs(own, logits).To(DType.Float32)).Sum();
        return scope.Keep(candidates.Logsumexp([0]).Sum().Add(candidates.Logsumexp([1]).Sum()).Sub(matches, 2).Div(clips.Count));
    }

    /// <summary>
    /// The mean of both directions' cross-entropy, each over all pairs of one sound (the supervised loss of Primus et al. 2024); with
    /// different sounds it is the usual symmetric cross-entropy of CLAP.
    /// </summary>
    /// <param name="logits">[pairs, pairs].</param>
    /// <param name="clips">The sound of each pair; equal numbers are one sound.</param>
    /// <returns>A single value.</returns>
    public static Tensor Contrastive(Tensor logits, IReadOnlyList<int> clips)
    {
        using var scope = TensorScope.Begin();
        var same = SameSound(logits, clips);
        var share = OfPairs(same, logits).To(DType.Float32).Div(-2.0 * same.Count(isSame => isSame));
        return scope.Keep(logits.LogSoftmax(0).Add(logits.LogSoftmax(1)).Mul(share).Sum());
    }

    /// <summary>The cross-entropy of both directions against estimated correspondences (Primus et al. 2024), half of their sum.</summary>
    /// <param name="logits">[sounds, captions], of the model that learns.</param>
    /// <param name="estimates">[sounds, captions], of the models that teach, divided by the same temperature.</param>
    /// <returns>A single value.</returns>
    public static Tensor Distillation(Tensor logits, Tensor estimates)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(estimates);
        using var scope = TensorScope.Begin();
        var overTexts = estimates.Softmax(1).Mul(logits.LogSoftmax(1)).Sum([1]).Mean();
        var overSounds = estimates.Softmax(0).Mul(logits.LogSoftmax(0)).Sum([0]).Mean();
        return scope.Keep(overTexts.Add(overSounds).Div(-2));
    }

    /// <summary>
    /// The loss of estimated correspondences as it was published: with a share of distillation, the weight of the supervised loss counts
    /// squared.
    /// </summary>
    /// <param name="supervised">From <see cref="Contrastive"/>.</param>
    /// <param name="distilled">From <see cref="Distillation"/>; <see langword="null"/> in the first stage.</param>
    /// <param name="supervisedWeight">The weight of the supervised loss.</param>
    /// <param name="distilledWeight">The weight of the distilled loss.</param>
    /// <returns>A single value.</returns>
    public static Tensor Combine(Tensor supervised, Tensor? distilled, double supervisedWeight, double distilledWeight)
    {
        ArgumentNullException.ThrowIfNull(supervised);
        using var scope = TensorScope.Begin();
        return scope.Keep(distilled is null || distilledWeight == 0
            ? supervised.Mul(supervisedWeight)
            : distilled.Mul(distilledWeight).Add(supervised.Mul(supervisedWeight * supervisedWeight)));
    }

    /// <summary>Vectors of length 1: [rows, width].</summary>
    internal static Tensor Normalise(Tensor vectors)
    {
        const double SmallestNorm = 1e-12;
        using var scope = TensorScope.Begin();
        return scope.Keep(vectors.Div(vectors.Square().Sum([1], keepdim: true).Sqrt().Clamp(min: SmallestNorm)));
    }

    private static bool[] SameSound(Tensor logits, IReadOnlyList<int> clips)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(clips);
        var count = clips.Count;
        if (logits.Dimensions != 2 || logits.Size(0) != count || logits.Size(1) != count)
            throw new ArgumentException($"There are {count} pairs, but logits of shape [{string.Join(", ", logits.Shape.ToArray())}]; give one for each two pairs.", nameof(logits));
        var same = new bool[count * count];
        for (var i = 0; i < same.Length; i++)
            same[i] = clips[i / count] == clips[i % count];
        return same;
    }

    private static Tensor OfPairs(bool[] values, Tensor logits) => Tensor.From<bool>(values, logits.Size(0), logits.Size(1)).On(logits.Device);
}
