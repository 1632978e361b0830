using System.Text;
using System.Text.RegularExpressions;

namespace Auricle.Text;

/// <summary>Brings captions of different data sets to one written form before they are split into words.</summary>
public static partial class CaptionNormalizer
{
    private const string Punctuation = ",.!?;:\"“”’`(){}[]*×-#/+_~ʘ\\";

    /// <summary>
    /// The caption without special tokens, with plain quotes, in lower case, with punctuation by <paramref name="mode"/>, single blanks and no blanks at the ends.
    /// </summary>
    /// <param name="caption">Any text.</param>
    /// <param name="mode">Which punctuation stays.</param>
    /// <param name="lowercase">Whether letters become lower case.</param>
    public static string Normalize(string caption, PunctuationMode mode = PunctuationMode.Remove, bool lowercase = true)
    {
        ArgumentNullException.ThrowIfNull(caption);
        var text = PlainCharacters(SpecialTokens.Delete(caption));
        if (lowercase)
            text = Lower(text);
        if (mode != PunctuationMode.Keep)
            text = BlankPunctuation(text, mode);
        if (mode is not (PunctuationMode.Remove or PunctuationMode.KeepHyphen))
            text = JoinPunctuation(text);
        return WhiteSpace.Trim(CollapseBlanks(text));
    }

    /// <summary>Lower case of every letter; unlike the framework's, with the full mapping of the dotted capital I.</summary>
    internal static string Lower(string text) => text.Replace("İ", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Deletes white space before closing punctuation.</summary>
    internal static string JoinPunctuation(string text) => SpaceBeforePunctuation().Replace(text, "");

    internal static string CollapseBlanks(string text) => Blanks().Replace(text, " ");

    private static string PlainCharacters(string text)
    {
        var plain = new StringBuilder(text.Length + 8);
        foreach (var character in text)
        {
            _ = character switch
            {
                '“' or '”' => plain.Append('"'),
                '`' or '’' => plain.Append('\''),
                ';' => plain.Append(','),
                '…' => plain.Append("..."),
                '&' => plain.Append(" & "),
                _ => plain.Append(character),
            };
        }
        return plain.ToString();
    }

    private static string BlankPunctuation(string text, PunctuationMode mode)
    {
        var kept = mode switch
        {
            PunctuationMode.KeepComma => ",",
            PunctuationMode.KeepCommaDot => ",.",
            PunctuationMode.KeepHyphen => "-",
            _ => "",
        };
        return string.Create(text.Length, (text, kept), static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
            {
                var character = source.text[i];
                target[i] = Punctuation.Contains(character) && !source.kept.Contains(character) ? ' ' : character;
            }
        });
    }

    [GeneratedRegex(@"[\s\x1c-\x1f]+(?=[,.!?;:""'])")]
    private static partial Regex SpaceBeforePunctuation();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Blanks();
}
