using System.Text.RegularExpressions;
using Auricle.Text.Subwords;

namespace Auricle.Models.Systems.MiniAudioCaption;

/// <summary>How captions become tokens of mini audio caption, and tokens captions. Safe for concurrent use.</summary>
/// <param name="tokenizer">That of <c>bert-base-uncased</c>.</param>
public sealed partial class MiniAudioCaptionText(SubwordTokenizer tokenizer)
{
    /// <summary>The tokens of an encoded caption, its marks and its filling included.</summary>
    public const int Length = 30;

    /// <summary>The tokenizer.</summary>
    public SubwordTokenizer Tokenizer { get; } = tokenizer;

    /// <summary>The token that captions begin with.</summary>
    public int StartToken { get; } = tokenizer.Encode("").Ids[0];

    /// <summary>The token that captions end with.</summary>
    public int EndToken { get; } = tokenizer.Encode("").Ids[^1];

    /// <summary>A caption as the model was taught it: in lower case, with blanks in place of punctuation. Of several blanks in a row some stay, as in the
    /// reference, where they mean nothing.</summary>
    public static string Normalise(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        var text = BlankBeforeMark().Replace(caption.ToLowerInvariant(), "$1").Replace("  ", " ", StringComparison.Ordinal);
        return Mark().Replace(text, " ").Replace("  ", " ", StringComparison.Ordinal);
    }

    /// <summary>The tokens of captions, each cut or filled to <see cref="Length"/>.</summary>
    public TokenBatch Encode(IReadOnlyList<string> captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        return Tokenizer.EncodeBatch([.. captions.Select(Normalise)], Length, padToMaximum: true);
    }

    /// <summary>The text of tokens, without marks.</summary>
    public string Decode(IEnumerable<int> tokens) => Tokenizer.Decode(tokens);

    [GeneratedRegex("""\s([,.!?;:"](?:\s|$))""")]
    private static partial Regex BlankBeforeMark();

    [GeneratedRegex("""[(,.!?;:|*")]""")]
    private static partial Regex Mark();
}
