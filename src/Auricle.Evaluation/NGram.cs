using System.Runtime.InteropServices;

namespace Auricle.Evaluation;

/// <summary>One to four word ids in a row; places beyond its order hold 0, which is no word's id.</summary>
internal readonly record struct NGram(int First, int Second, int Third, int Fourth)
{
    /// <summary>Longest order.</summary>
    public const int MaxOrder = 4;

    public static NGram At(ReadOnlySpan<int> words, int start, int order) => new(
        words[start],
        order > 1 ? words[start + 1] : 0,
        order > 2 ? words[start + 2] : 0,
        order > 3 ? words[start + 3] : 0);

    /// <summary>How often each n-gram of one order occurs, in order of first appearance.</summary>
    public static Dictionary<NGram, int> Count(ReadOnlySpan<int> words, int order)
    {
        var counts = new Dictionary<NGram, int>(Math.Max(0, words.Length - order + 1));
        for (var start = 0; start + order <= words.Length; start++)
            CollectionsMarshal.GetValueRefOrAddDefault(counts, At(words, start, order), out _)++;
        return counts;
    }

    /// <summary>Number of words less one.</summary>
    public int OrderIndex => Fourth != 0 ? 3 : Third != 0 ? 2 : Second != 0 ? 1 : 0;
}
