using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Auricle.Evaluation;

/// <summary>Writes text as METEOR's English normaliser does: punctuation stands alone, hyphens open, abbreviations lose or keep their dots.</summary>
internal sealed partial class MeteorNormalizer
{
    private const string Letter = @"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0400-\u052f";
    private const char ProtectedDot = '\ue000';

    private readonly FrozenSet<string> _prefixes;
    private readonly FrozenSet<string> _numericPrefixes;

    /// <summary>Takes the lines of a list of prefixes that keep their dot.</summary>
    public MeteorNormalizer(IEnumerable<string> prefixLines)
    {
        const string numericOnly = "#NUMERIC_ONLY#";
        var lines = prefixLines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToArray();
        _prefixes = lines.Where(line => !line.Contains('#')).ToFrozenSet(StringComparer.Ordinal);
        _numericPrefixes = lines.Where(line => line.EndsWith(numericOnly, StringComparison.Ordinal)).Select(line => line[..^numericOnly.Length].Trim()).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The text with single blanks between its words and marks; letters keep their case.</summary>
    public string Normalize(string text)
    {
        text = SeparateMark().Replace($" {text} ", " $1 ");
        text = DotRun().Replace(text, match => $" {new string(ProtectedDot, match.Length)} ");
        text = Comma().Replace(text, " , ");
        text = text.Replace('`', '\'').Replace('\u2018', '\'').Replace('\u2019', '\'');
        text = text.Replace("\u201c", " \" ", StringComparison.Ordinal).Replace("\u201d", " \" ", StringComparison.Ordinal).Replace("''", " \" ", StringComparison.Ordinal);
        text = text.Replace('\u2013', '-').Replace("--", "-", StringComparison.Ordinal);
        text = InnerHyphen().Replace(text, "$1 $2");
        text = QuoteBetweenMarks().Replace(text, "$1 ' $2");
        text = QuoteBeforeLetter().Replace(text, "$1 ' $2");
        text = QuoteAfterLetter().Replace(text, "$1 ' $2");
        text = QuoteInWord().Replace(text, "$1 '$2");
        text = QuoteBeforePlural().Replace(text, "$1 '$2");
        return string.Join(' ', SplitStops(Auricle.Text.WhiteSpace.Split(text))).Replace(ProtectedDot, '.');
    }

    private IEnumerable<string> SplitStops(string[] tokens)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            var token = tokens[i];
            if (token.Length < 2 || token[^1] != '.')
            {
                yield return token;
                continue;
            }
            var rest = token[..^1];
            var next = i + 1 < tokens.Length ? tokens[i + 1][0] : ' ';
            if (rest.Contains('.') && rest.Any(char.IsLetter))
            {
                yield return rest.Replace(".", "", StringComparison.Ordinal);
            }
            else if (_prefixes.Contains(rest) || char.IsAsciiLetterLower(next) || (_numericPrefixes.Contains(rest) && char.IsAsciiDigit(next)))
            {
                yield return token;
            }
            else
            {
                yield return rest;
                yield return ".";
            }
        }
    }

    [GeneratedRegex($@"([\ud800-\udbff][\udc00-\udfff]|[^{Letter}0-9\s.'`,\-\u2018\u2019])")]
    private static partial Regex SeparateMark();

    [GeneratedRegex(@"\.{2,}")]
    private static partial Regex DotRun();

    [GeneratedRegex("(?<![0-9]),|,(?![0-9])")]
    private static partial Regex Comma();

    [GeneratedRegex($@"([{Letter}0-9.])-([{Letter}0-9])")]
    private static partial Regex InnerHyphen();

    [GeneratedRegex($"([^{Letter}])'([^{Letter}])")]
    private static partial Regex QuoteBetweenMarks();

    [GeneratedRegex($"([^{Letter}0-9])'([{Letter}])")]
    private static partial Regex QuoteBeforeLetter();

    [GeneratedRegex($"([{Letter}])'([^{Letter}])")]
    private static partial Regex QuoteAfterLetter();

    [GeneratedRegex($"([{Letter}])'([{Letter}])")]
    private static partial Regex QuoteInWord();

    [GeneratedRegex("([0-9])'(s)")]
    private static partial Regex QuoteBeforePlural();
}
