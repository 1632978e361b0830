using Auricle.Torch;

namespace Auricle.Models.Encoders.Text;

/// <summary>How the vectors of a text's tokens become one; several are put side by side in the order of the values.</summary>
[Flags]
public enum SentencePooling
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The vector of the first token.</summary>
    FirstToken = 1,

    /// <summary>The largest value of each component.</summary>
    Maximum = 2,

    /// <summary>The mean over all tokens, special ones included.</summary>
    Mean = 4,

    /// <summary>The sum over the square root of the number of tokens.</summary>
    MeanOfRoot = 8,
}

/// <summary>Pools token vectors as the sentence-transformers library does.</summary>
internal static class SentencePoolings
{
    private const double SmallestCount = 1e-9;
    private const double SmallestNorm = 1e-12;
    private const double Padding = -1e9;

    /// <summary>One vector for each text.</summary>
    /// <param name="pooling">How.</param>
    /// <param name="hidden">[batch, length, width].</param>
    /// <param name="mask">[batch, length], int64: 1 for a token, 0 for padding.</param>
    /// <returns>[batch, width times the kinds of pooling].</returns>
    public static Tensor Apply(this SentencePooling pooling, Tensor hidden, Tensor mask)
    {
        using var scope = TensorScope.Begin();
        var weights = mask.To(hidden.DType).Unsqueeze(-1);                        // [batch, length, 1]
        var count = weights.Sum([1]).Clamp(min: SmallestCount);                   // [batch, 1]
        var parts = new List<Tensor>();
        if (pooling.HasFlag(SentencePooling.FirstToken))
            parts.Add(hidden.Select(1, 0));
        if (pooling.HasFlag(SentencePooling.Maximum))
            parts.Add(hidden.MaskedFill(mask.Eq(0).Unsqueeze(-1), Padding).Amax([1]));
        if (pooling.HasFlag(SentencePooling.Mean))
            parts.Add(hidden.Mul(weights).Sum([1]).Div(count));
        if (pooling.HasFlag(SentencePooling.MeanOfRoot))
            parts.Add(hidden.Mul(weights).Sum([1]).Div(count.Sqrt()));
        return scope.Keep(parts.Count == 1 ? parts[0] : Tensor.Cat([.. parts], -1));
    }

    /// <summary>Vectors of length 1: [batch, width].</summary>
    public static Tensor Normalise(Tensor vectors)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(vectors.Div(vectors.Square().Sum([-1], keepdim: true).Sqrt().Clamp(min: SmallestNorm)));
    }
}
