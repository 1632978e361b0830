using System.Text.RegularExpressions;

namespace Auricle.Text;

/// <summary>
/// Splits normalised English captions into words by rules alone: an exception table, prefixes, suffixes, web addresses and infixes, as spaCy's English tokenizer does.
/// </summary>
public static partial class WordTokenizer
{
    private const string Quotes = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉〈〉⟦⟧";
    private const string Marks = @",:;!?¿؟¡()\[\]{}<>_#*&。？！，、；：～·।،۔؛٪";
    private const string Currency = @"US\$|C\$|A\$|[$£¥฿﷼\u20a0-\u20bf]";
    private const string Symbol = @"[\p{So}-[°]]|[\ud83c-\ud83e][\udc00-\udfff]";
    private const string Letter = @"\p{L}";
    private const string LowerLetter = @"[\p{Ll}\p{Lo}]";

    private const string Units =
        "k?m[²³]?|[dc]m[²³]?|mm[²³]?|ha|µm|nm|yd|in|ft|[km]?g|µg|t|lb|oz|m/s|km/h|kmh|mph|h?Pa|mbar|mb|MB|[kK][bB]|gb|GB|tb|TB|[TGMK%]|"
        + "к?м[²³]?|[дс]м[²³]?|мм[²³]?|нм|[км]?г|м/с|км/ч|к?Па|мбар|Кб|КБ|кб|Мб|МБ|мб|Гб|ГБ|гб|Тб|ТБ|тб|"
        + "ك?م[²³]?|سم[²³]?|مم[²³]?|غرام|جرام|جم|كغ|ملغ|كوب|اكواب";

    /// <summary>The words and marks of <paramref name="text"/>; white space other than single blanks stays as tokens of its own.</summary>
    public static IReadOnlyList<string> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new List<string>();
        var start = 0;
        var inSpace = text.Length > 0 && WhiteSpace.Contains(text[0]);
        for (var i = 0; i < text.Length; i++)
        {
            if (WhiteSpace.Contains(text[i]) == inSpace)
                continue;
            if (start < i)
                AddChunk(text[start..i], tokens);
            // One blank between words is the separator; anything else is content.
            start = text[i] == ' ' ? i + 1 : i;
            inSpace = !inSpace;
        }
        if (start < text.Length)
            AddChunk(text[start..], tokens);
        return tokens;
    }

    private static void AddChunk(string chunk, List<string> tokens)
    {
        if (WordExceptions.Table.TryGetValue(chunk, out var parts))
        {
            tokens.AddRange(parts);
            return;
        }
        var suffixes = new Stack<string>();
        var rest = PeelAffixes(chunk, tokens, suffixes);
        if (WordExceptions.Table.TryGetValue(rest, out parts))
            tokens.AddRange(parts);
        else if (rest.Contains('.') && WebAddress().IsMatch(rest))
            tokens.Add(rest);
        else if (rest.Length > 0)
            AddInfixed(rest, tokens);
        tokens.AddRange(suffixes);
    }

    private static string PeelAffixes(string rest, List<string> prefixes, Stack<string> suffixes)
    {
        while (rest.Length > 0 && !WordExceptions.Table.ContainsKey(rest))
        {
            var prefixLength = Prefix().Match(rest).Length;
            var afterPrefix = rest[prefixLength..];
            if (prefixLength > 0 && WordExceptions.Table.ContainsKey(afterPrefix))
            {
                prefixes.Add(rest[..prefixLength]);
                return afterPrefix;
            }
            var suffixLength = Suffix().Match(afterPrefix).Length;
            if (suffixLength > 0 && WordExceptions.Table.ContainsKey(rest[..^suffixLength]))
            {
                suffixes.Push(rest[^suffixLength..]);
                return rest[..^suffixLength];
            }
            if (prefixLength == 0 && suffixLength == 0)
                return rest;
            if (prefixLength > 0)
                prefixes.Add(rest[..prefixLength]);
            if (suffixLength > 0)
                suffixes.Push(rest[^suffixLength..]);
            rest = afterPrefix[..^suffixLength];
        }
        return rest;
    }

    private static void AddInfixed(string rest, List<string> tokens)
    {
        var start = 0;
        foreach (var infix in Infix().EnumerateMatches(rest))
        {
            // A match at the very beginning would leave an empty word before it.
            if (infix.Index == start)
                continue;
            tokens.Add(rest[start..infix.Index]);
            start = infix.Index + infix.Length;
            tokens.Add(rest[infix.Index..start]);
        }
        if (start < rest.Length)
            tokens.Add(rest[start..]);
    }

    [GeneratedRegex($@"\A(?:[§%=—–]|\+(?![0-9])|……|[…{Marks}]|\.\.+|[{Quotes}]|{Currency}|{Symbol})", RegexOptions.CultureInvariant)]
    private static partial Regex Prefix();

    [GeneratedRegex(
        $@"(?:……|[…{Marks}]|\.\.+|[{Quotes}]|{Symbol}|['’][sS]|[—–]|(?<=[0-9])(?:\+|{Currency}|{Units})|(?<=°[FfCcKk])\."
        + $@"|(?<=[0-9%²\-+|…{Marks}{Quotes}]|{LowerLetter})\.|(?<=\p{{Lu}}\p{{Lu}})\.)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();

    [GeneratedRegex(
        $@"\.\.+|…|{Symbol}|(?<=[0-9])[+\-*^](?=[0-9-])|(?<={LowerLetter}|[{Quotes}])\.(?=\p{{Lu}}|[{Quotes}])|(?<={Letter}),(?={Letter})"
        + $@"|(?<=[{Letter}0-9])(?:---?|——|[-–—~])(?={Letter})|(?<=[{Letter}0-9])[:<>=/](?={Letter})",
        RegexOptions.CultureInvariant)]
    private static partial Regex Infix();

    [GeneratedRegex(
        @"\A(?:[\w+.-]{2,}://)?(?:\S+@)?(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?:(?:[A-Za-z0-9\u00a1-\uffff][A-Za-z0-9\u00a1-\uffff_-]{0,62})?[A-Za-z0-9\u00a1-\uffff]\.)+"
        + @"[\p{Ll}\p{Lo}]{2,63})(?::[0-9]{2,5})?(?:[/?#]\S*)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex WebAddress();
}
