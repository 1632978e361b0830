namespace Auricle.Text.Subwords;

/// <summary>The tokens of one or two texts.</summary>
/// <param name="Ids">Their ids, special tokens included.</param>
/// <param name="Types">0 for the first text, the template's type for a second one; as long as <paramref name="Ids"/>.</param>
public sealed record TokenizedText(int[] Ids, int[] Types);

/// <summary>Tokenised texts filled to one length, as models take them. All lists are row-major: <c>[rows, length]</c>.</summary>
public sealed class TokenBatch
{
    /// <summary>Fills texts with the padding token.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="paddingId">The id to fill with, on the right.</param>
    /// <param name="length">The tokens of each row; the longest text's where it is less.</param>
    public TokenBatch(IReadOnlyList<TokenizedText> texts, int paddingId, int length = 0)
    {
        ArgumentNullException.ThrowIfNull(texts);
        Rows = texts.Count;
        Length = Rows == 0 ? length : Math.Max(length, texts.Max(text => text.Ids.Length));
        Ids = new long[Rows * Length];
        Mask = new long[Rows * Length];
        Types = new long[Rows * Length];
        Array.Fill(Ids, paddingId);
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < texts[row].Ids.Length; i++)
            {
                Ids[row * Length + i] = texts[row].Ids[i];
                Types[row * Length + i] = texts[row].Types[i];
                Mask[row * Length + i] = 1;
            }
        }
    }

    /// <summary>Number of texts.</summary>
    public int Rows { get; }

    /// <summary>Tokens of each row, padding included.</summary>
    public int Length { get; }

    /// <summary>Token ids: <c>[rows, length]</c>.</summary>
    public long[] Ids { get; }

    /// <summary>1 for a token, 0 for padding: <c>[rows, length]</c>.</summary>
    public long[] Mask { get; }

    /// <summary>Token types: <c>[rows, length]</c>.</summary>
    public long[] Types { get; }
}
