using System.Text;

namespace Auricle.Training;

/// <summary>A sentence for two sounds, with <c>{a}</c> and <c>{b}</c> where their clauses go.</summary>
/// <param name="Relation">Which mixtures the sentence is true of.</param>
/// <param name="Text">The sentence; of a sequence, the sound of <c>{a}</c> comes first.</param>
public sealed record PairTemplate(PairRelation Relation, string Text)
{
    private static readonly string[] DepthWords = ["background", "close by", "foreground", "distance"];

    /// <summary>Whether the sentence puts <c>{a}</c> further away than <c>{b}</c>, so that the two cannot change places.</summary>
    public bool NamesDepth { get; } = DepthWords.Any(word => Text.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>The sentence for two clauses, its first letter capitalised.</summary>
    public string Fill(string a, string b)
    {
        var filled = new StringBuilder(Text.Length + a.Length + b.Length);
        for (var rest = Text.AsSpan(); rest.Length > 0;)
        {
            var isPlace = rest.StartsWith("{a}") || rest.StartsWith("{b}");
            if (isPlace)
                filled.Append(rest[1] == 'a' ? a : b);
            else
                filled.Append(rest[0]);
            rest = rest[(isPlace ? 3 : 1)..];
        }
        if (filled.Length > 0)
            filled[0] = char.ToUpperInvariant(filled[0]);
        return filled.ToString();
    }
}
