using System.Buffers;
using System.Collections.Frozen;

namespace Auricle.Text;

/// <summary>
/// The Penn Treebank tokenizer of the caption metrics: splits and lower-cases raw captions as Stanford's PTBTokenizer 3.4.1 does, without Java.
/// </summary>
public static class PtbTokenizer
{
    private static readonly FrozenSet<string> Punctuation = new[]
    {
        "''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";",
    }.ToFrozenSet(StringComparer.Ordinal);

    // Plain words these rules split although they hold letters only.
    private static readonly FrozenSet<string> SplitWords =
        new[] { "cannot", "gonna", "gotta", "lemme", "gimme", "wanna" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\r\n\v\f\u2028\u2029");

    /// <summary>The words the metrics count: tokens without the 17 punctuation marks.</summary>
    /// <param name="sentence">One caption; line breaks count as blanks.</param>
    /// <remarks>Names of brackets stay, as in the reference: its filter spells them in upper case and sees them in lower case.</remarks>
    public static IReadOnlyList<string> Tokenize(string sentence) => [.. TokenizeRaw(sentence).Where(token => !Punctuation.Contains(token))];

    /// <summary>All tokens, punctuation included.</summary>
    /// <param name="sentence">One caption; line breaks count as blanks.</param>
    public static IReadOnlyList<string> TokenizeRaw(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        return TokenizeText(OneLine(sentence), 1)[0];
    }

    /// <summary>
    /// The words of several captions as the original program gives them when they are the lines of one file: there a line's last token may depend on how the next line begins.
    /// </summary>
    /// <returns>Tokens without punctuation, one list a caption.</returns>
    public static IReadOnlyList<IReadOnlyList<string>> TokenizeLines(IReadOnlyList<string> sentences) =>
        [.. TokenizeLinesRaw(sentences).Select(line => (IReadOnlyList<string>)[.. line.Where(token => !Punctuation.Contains(token))])];

    /// <summary>As <see cref="TokenizeLines"/>, punctuation included.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> TokenizeLinesRaw(IReadOnlyList<string> sentences)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        return TokenizeText(string.Join('\n', sentences.Select(OneLine)), sentences.Count);
    }

    private static List<string>[] TokenizeText(string text, int lineCount)
    {
        var lines = new List<string>[lineCount];
        for (var i = 0; i < lineCount; i++)
            lines[i] = [];
        var line = 0;
        for (var position = 0; position < text.Length;)
        {
            var wordLength = IsPlainMark(text, position) ? 1 : PlainWordLength(text, position);
            if (wordLength > 0)
            {
                lines[line].Add(CaptionNormalizer.Lower(text.Substring(position, wordLength)));
                position += wordLength;
            }
            else if (text[position] == ' ')
            {
                position++;
            }
            else if (text[position] == '\n')
            {
                line++;
                position++;
            }
            else
            {
                position += AddToken(text, position, lines, ref line);
            }
        }
        return lines;
    }

    /// <summary>Length of a run of ASCII letters that no rule can split or lengthen, or 0: most words of a caption, found without the rules.</summary>
    private static int PlainWordLength(string text, int start)
    {
        var end = start;
        while (end < text.Length && char.IsAsciiLetter(text[end]))
            end++;
        var isAlone = end == text.Length || text[end] is ' ' or '\n' || (text[end] == ',' && end + 1 < text.Length && text[end + 1] == ' ');
        return end > start && isAlone && !SplitWords.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text.AsSpan(start, end - start)) ? end - start : 0;
    }

    /// <summary>Whether a comma or full stop stands where no rule can make it part of something longer.</summary>
    private static bool IsPlainMark(string text, int position)
    {
        if (text[position] is not ('.' or ','))
            return false;
        var rest = text.AsSpan(position + 1);
        return rest.IsEmpty || rest[0] == '\n' || (rest[0] == ' ' && rest.Length > 1 && char.IsAsciiLetter(rest[1]));
    }

    private static int AddToken(string text, int position, List<string>[] lines, ref int line)
    {
        var longest = -1;
        var length = 0;
        PtbRule? winner = null;
        foreach (var rule in PtbRules.For(text[position]))
        {
            var match = rule.Pattern.Match(text, position);
            if (match.Length <= longest || !match.Success)
                continue;
            (longest, length, winner) = (match.Length, match.Groups[1].Length, rule);
        }
        var source = text.Substring(position, length);
        foreach (var token in winner!.Emit is { } emit ? emit(source) : [source])
        {
            // Only a tag can hold a line break; the original prints it as it is.
            var parts = token.Split('\n');
            for (var i = 0; i < parts.Length; i++)
            {
                if (i > 0)
                    line++;
                lines[line].Add(CaptionNormalizer.Lower(parts[i]));
            }
        }
        return length;
    }

    private static string OneLine(string sentence) => sentence.AsSpan().IndexOfAny(LineBreaks) < 0
        ? sentence
        : string.Create(sentence.Length, sentence, static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
                target[i] = LineBreaks.Contains(source[i]) ? ' ' : source[i];
        });
}
