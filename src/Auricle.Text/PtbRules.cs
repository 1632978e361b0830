using System.Text.RegularExpressions;

namespace Auricle.Text;

/// <summary>The lexer's rules in order of precedence: of matches that are equally long the earlier one wins.</summary>
internal static class PtbRules
{
    private const string Blank = @"[ \t\u00a0\u2000-\u200a\u3000]";
    private const string Gap = @"(?:[ \t\u00a0\u2000-\u200a\u3000\n\v\f\u2028\u2029\u0085]|\r\n?)";
    private const string Apostrophe = @"(?:['\u0092\u2019]|(?i:&apos;))";
    private const string AnyApostrophe = @"(?:['`\u0091\u0092\u2018\u2019\u201b]|(?i:&apos;))";
    private const string Letter = @"(?:[\p{L}\p{M}\u00ad]|&[aeiouAEIOU](?i:acute|grave|uml);)";
    private const string Digit = @"\p{Nd}";
    private const string LetterOrDigit = $"(?:{Letter}|{Digit})";
    private const string Word = $"{Letter}{LetterOrDigit}*(?:[.!?]{Letter}{LetterOrDigit}*)*";
    private const string Tail = $"{Apostrophe}(?:[msdMSD]|(?i:re|ve|ll))";
    private const string Negation = $"[nN]{AnyApostrophe}[tT]";
    private const string NoLetter = @"(?:[^A-Za-z]|\z)";
    private const string Acronym = @"[A-Za-z](?:\.[A-Za-z])*\.";

    private const string SentenceStart =
        "(?:A|About|According|Additionally|After|An|As|At|But|Earlier|He|Her|Here|However|If|In|It|Last|Many|More|Mr\\.|Ms\\.|Now|Once|One|Other|Our|She|Since|So|Some"
        + "|Such|That|The|Their|Then|There|These|They|This|We|When|While|What|Yet|You)";

    // Abbreviations that may end a sentence. A few states are real words in lower case.
    private const string EndingAbbreviation =
        "(?:(?i:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thu|thurs|fri|inc|cos?|corp|pp?t[ye]s?|ltd|plc|rt|bancorp|bhd|assn|univ|intl|sys|tel|est|ext|sq"
        + "|jr|sr|bros|(?:ed|ph)\\.d|blvd|rd|esq|etc|al|seq|bldg|ala|ariz|calif|colo|conn|ct|dak|fla|ga|ind|kans?|ky|md|mich|minn|mo|mont|neb|nev|okla|penn|tenn|va|vt"
        + "|wisc?|wyo)|A(?i:z|rk)|D(?i:el)|I(?i:ll)|L(?i:a)|M(?i:ass|iss)|O(?i:re)|P(?i:a)|T(?i:ex)|W(?i:ash))\\.";

    private const string Title =
        "(?:(?i:mr|mrs|ms|drs?|profs?|sens?|reps?|attys?|lt|col|gen|messrs|govs?|adm|rev|maj|sgt|cpl|pvt|capt|ste?|ave|pres|lieut|hon|brig|co?mdr|pfc|spc|supts?|det|mt|ft"
        + "|adj|adv|asst|assoc|ens|insp|mlle|mme|msgr|sfc|alex|vs|cf|ph|a\\.k\\.a|invt|elec|natl|m[ft]g|dept)|M(?i:iss))\\.";

    private const string FileExtension =
        "(?i:bat|bmp|c|class|cgi|cpp|dll|docx?|exe|gif|gz|h|html?|jar|java|jpe?g|mov|mp3|pdf|php|pl|png|ppt|ps|py|sql|tar|txt|wav|x|xml|zip)";

    private const string Elision = $"(?:[dDoOlL]{AnyApostrophe}{LetterOrDigit})?";
    private const string Compound = $@"{Elision}{LetterOrDigit}+(?:[-_\u2010\u2011\u058a]{Elision}{LetterOrDigit}+)*";
    private const string SlashPart = $"{LetterOrDigit}+(?:-{Letter}+){{0,2}}";
    private const string Phone =
        @"(?:\([0-9]{2,3}\)[ \u00a0]?|(?:\+{1,2})?(?:[0-9]{2,4}[- \u00a0])?[0-9]{2,4}[- \u00a0])[0-9]{3,4}[- \u00a0]?[0-9]{3,5}"
        + @"|(?:(?:\+{1,2})?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}";

    private const string Symbols =
        @"[+%&~^|\\¦§¨©¬®¯-´¶-¹×÷\u2016\u2017\u2020-\u2023\u2030-\u2038\u203b\u203e-\u2042\u2044\u207a-\u207f\u208a-\u208e\u2100-\u214f\u2190-\u2bff\u3012\u30fb"
        + @"\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]";

    // Pairs of a sign and its written form.
    private static readonly Dictionary<string, string> WrittenForms = (
        "½ 1/2 ¼ 1/4 ¾ 3/4 ⅓ 1/3 ⅔ 2/3 ¢ cents £ # ¤ $ \u0080 $ \u20a0 $ € $ { -LCB- } -RCB- [ -LSB- ] -RSB- ( -LRB- ) -RRB- "
        + "“ `` « `` \u0093 `` \u201f `` ” '' » '' \u0094 '' ‘ ` ‹ ` \u0091 ` \u201b ` ’ ' › ' \u0092 '").Split(' ').Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>All rules; the last ones take anything, so that every position has a match.</summary>
    public static PtbRule[] All { get; } = [.. Words(), .. LinksAndNumbers(), .. Abbreviations(), .. Marks()];

    /// <summary>The rules that may match where <paramref name="character"/> stands, in order of precedence.</summary>
    public static PtbRule[] For(char character) =>
        char.IsAsciiLetter(character) ? LetterRules : char.IsAsciiDigit(character) ? DigitRules : char.IsAscii(character) ? MarkRules : All;

    private static PtbRule[] LetterRules { get; } = StartingWith(PtbStarts.Letter);

    private static PtbRule[] DigitRules { get; } = StartingWith(PtbStarts.Digit);

    private static PtbRule[] MarkRules { get; } = StartingWith(PtbStarts.Mark);

    private static IEnumerable<PtbRule> Words()
    {
        yield return Rule(PtbStarts.Letter, @"((?i:c\+\+|c#|f#))");
        yield return Rule(PtbStarts.Letter, "((?i:cannot))", text => [text[..3], text[3..]]);
        yield return Rule(PtbStarts.Mark, $"({Apostrophe}(?i:twas|tis))", text => [string.Concat("'", PlainApostrophe(text).AsSpan(1, 1)), PlainApostrophe(text)[2..]]);
        yield return Rule(PtbStarts.Letter, "((?i:gonna|gotta|lemme|gimme|wanna))", text => [text[..3], text[3..]]);
        yield return Rule(
            PtbStarts.Mark,
            $@"(<(?:[!?][A-Za-z-][^>\r\n]{{0,1000}}|/[A-Za-z][A-Za-z0-9:.-]*{Gap}*|[A-Za-z][A-Za-z0-9:.-]*(?:{Gap}+[A-Za-z][\w:.-]*(?:{Gap}*={Gap}*(?:'[^']*'|""[^""]*""|[\w%#.-]+))?)*{Gap}*(?:/{Gap}*)?)>)",
            text => [text.Replace(' ', '\u00a0')]);
        yield return Rule(PtbStarts.Mark, @"([\u2013-\u2015\u0096\u0097]|(?i:&mdash;|&ndash;|&md;))", _ => ["--"]);
        yield return Rule(PtbStarts.Mark, "((?i:&amp;))", _ => ["&"]);
        yield return Rule(PtbStarts.Mark, "(&(?:#[0-9]+|(?i:ht|tl|ur|lr|qc|ql|qr|odq|cdq));)");
        yield return Rule(PtbStarts.Letter | PtbStarts.Mark, $"({Word}){Tail}", WithoutSoftHyphens);
        yield return Rule(PtbStarts.Letter | PtbStarts.Mark, $@"({Letter}*(?![nN]){Letter}){Negation}", WithoutSoftHyphens);
        yield return Rule(PtbStarts.Letter | PtbStarts.Mark, $"({Word})", WithoutSoftHyphens);
        yield return Rule(
            PtbStarts.Letter | PtbStarts.Mark,
            $"({Apostrophe}[nN]{Apostrophe}?|[lLdDjJ]{Apostrophe}|(?i:dunkin|somethin|ol){Apostrophe}|{Apostrophe}(?i:em|till?|cause)|[A-HJ-XZn]{AnyApostrophe}{Letter}{{2,}}"
            + $"|{Apostrophe}[2-9]0(?i:s)|{Letter}+[aeiouyA-Z]{AnyApostrophe}[aeiouA-Z]{Letter}*|(?i:cont{Apostrophe}d\\.?|nor{Apostrophe}easter|c{Apostrophe}mon|e{Apostrophe}er"
            + $"|s{Apostrophe}mores|ev{Apostrophe}ry|li{Apostrophe}l|nat{Apostrophe}l|o{AnyApostrophe}o))",
            text => [PlainApostrophe(text)]);
        yield return Rule(PtbStarts.Letter, $"([yY]{Apostrophe}){Letter}", text => [PlainApostrophe(text)]);
    }

    private static IEnumerable<PtbRule> LinksAndNumbers()
    {
        yield return Rule(PtbStarts.Letter, @"((?i:https?://)[^\s""<>|()]+[^\s""<>|.!?(){},-])");
        yield return Rule(
            PtbStarts.Letter | PtbStarts.Digit,
            @"((?:(?i:www)\.(?:[^\s""<>|.!?(){},]+\.)+[A-Za-z]{2,4}|(?:[\p{L}0-9]+\.)+(?i:com|net|org|edu))(?:/[^\s""<>|()]+[^\s""<>|.!?(){},-])?)");
        yield return Rule(PtbStarts.Letter | PtbStarts.Digit, @"([A-Za-z0-9][^\s""<>|(){}]{0,250}@(?:[^\s""<>|(){}.@]+\.)*[^\s""<>|(){}\[\].,;:@]+)");
        yield return Rule(PtbStarts.Mark, $"(@[A-Za-z_][A-Za-z0-9_]*|#{Letter}+)");
        yield return Rule(PtbStarts.Mark, $"({Tail}){NoLetter}", text => [PlainApostrophe(text)]);
        yield return Rule(PtbStarts.Letter, $"({Negation}){NoLetter}", text => [PlainApostrophe(text)]);
        yield return Rule(PtbStarts.Digit, $"({Digit}{{1,2}}[-/]{Digit}{{1,2}}[-/]{Digit}{{2,4}})");
        yield return Rule(PtbStarts.Digit | PtbStarts.Mark, $"([-+]?(?:{Digit}*(?:[.:,]{Digit}+)+|{Digit}+))");
        yield return Rule(PtbStarts.Mark, @"([\u207a\u207b\u208a\u208b]?(?:[\u00b2\u00b3\u00b9\u2070\u2074-\u2079]+|[\u2080-\u2089]+))");
        yield return Rule(PtbStarts.Digit, $@"((?:{Digit}{{1,4}}[- \u00a0])?{Digit}{{1,4}}[/\u2044]{Digit}{{1,4}})", text => [text.Replace(' ', '\u00a0')]);
        yield return Rule(PtbStarts.Mark, @"([\u00bc-\u00be\u2153-\u215e])", Written);
        yield return Rule(PtbStarts.Letter | PtbStarts.Mark, $@"((?i:-[lr][rcs]b-|c\.d\.s|pro-|anti-|s&(?:amp;)?p-500|s&(?:amp;)?ls|cap{Apostrophe}n|c{Apostrophe}est))", text => [PlainApostrophe(text)]);
        yield return Rule(PtbStarts.Any, $"({SlashPart}(?:/{SlashPart}){{1,2}})");
        yield return Rule(PtbStarts.Letter | PtbStarts.Mark, @"([A-Z]*\$|#)");
        yield return Rule(PtbStarts.Mark, @"([\p{Sc}\u0080])", Written);
    }

    private static IEnumerable<PtbRule> Abbreviations()
    {
        yield return Rule(PtbStarts.Letter, $@"([A-Za-z])\.{Gap}+{SentenceStart}{Gap}");
        yield return Rule(PtbStarts.Letter, $@"([A-Za-z](?:\.[A-Za-z])+\.){Gap}+{SentenceStart}{Gap}", WithExtraStop);
        yield return Rule(PtbStarts.Letter, $@"((?i:ca|figs?|prop|nos?|art|bldg|pp|op)\.){Gap}*{Digit}");
        yield return Rule(PtbStarts.Letter, $@"((?i:pty|co)\.){Blank}(?i:ltd|lim)");
        yield return Rule(PtbStarts.Letter, $"({EndingAbbreviation}){Gap}(?:{Gap}|\\p{{Lu}}|<[A-Za-z/!?][^>\r\n]{{0,1000}}>)", WithExtraStop);
        yield return Rule(PtbStarts.Letter, $@"({EndingAbbreviation})[\s\S]{{2}}");
        yield return Rule(PtbStarts.Letter, $"({EndingAbbreviation})", WithExtraStop);
        yield return Rule(PtbStarts.Letter, $"({Title}|{Acronym})");
        yield return Rule(PtbStarts.Mark, $"({Apostrophe}{Digit}{{2}}){Gap}", text => [PlainApostrophe(text)]);
        yield return Rule(PtbStarts.Any, $@"({LetterOrDigit}+(?:[-._]{LetterOrDigit}+)*\.{FileExtension})(?:{Gap}|[.?!,])");
        yield return Rule(PtbStarts.Letter | PtbStarts.Mark, $@"({Word}\.)[,;:\u3001]", WithoutSoftHyphens);
        yield return Rule(PtbStarts.Digit | PtbStarts.Mark, $"({Phone})", text => [Brackets(text.Replace(' ', '\u00a0'))]);
    }

    private static IEnumerable<PtbRule> Marks()
    {
        yield return Rule(PtbStarts.Mark, $"(\"|(?i:&quot;))(?:{LetterOrDigit}|\\$)", _ => ["``"]);
        yield return Rule(PtbStarts.Mark, "(\"|(?i:&quot;))", _ => ["''"]);
        yield return Rule(PtbStarts.Mark, "(<|(?i:&lt;))", _ => ["<"]);
        yield return Rule(PtbStarts.Mark, "(>|(?i:&gt;))", _ => [">"]);
        yield return Rule(PtbStarts.Mark, @"([<>]?[:;=][-o*']?[()DPdpO\\{@|\[\]])(?:[^A-Za-z0-9]|\z)", text => [Brackets(text)]);
        yield return Rule(PtbStarts.Letter | PtbStarts.Mark, @"([-^x=~<>']_[-^x=~<>']|\([-^x=~<>'][_.]?[-^x=~<>']\))(?:[^A-Za-z0-9]|\z)", text => [Brackets(text)]);
        yield return Rule(PtbStarts.Mark, @"([{}\[\]()])", Written);
        yield return Rule(PtbStarts.Mark, "(-+)", text => [text.Length is 3 or 4 ? "--" : text]);
        yield return Rule(PtbStarts.Mark, @"(\.{3,5}|\.[ \u00a0]\.[ \u00a0]\.|[\u2026\u0085])", _ => ["..."]);
        yield return Rule(PtbStarts.Mark, @"(@+|#+|_+|\*+)");
        yield return Rule(PtbStarts.Mark, @"([,;:\u3001]|[?!]+|[.¡¿\u037e\u0589\u061f\u06d4\u0700-\u0702\u07fa\u3002]|[=/])");
        yield return Rule(PtbStarts.Letter | PtbStarts.Digit, @"([A-Za-z0-9][A-Za-z0-9.,\u00ad]{0,250}(?:-(?:[A-Za-z](?:\.[A-Za-z])+\.|[A-Za-z0-9\u00ad]+))+)", WithoutSoftHyphens);
        yield return Rule(PtbStarts.Any, $@"({Compound}\.)[,;:\u3001]", text => [PlainApostrophe(text)]);
        yield return Rule(PtbStarts.Any, $"({Compound})", text => [PlainApostrophe(text)]);
        yield return Rule(PtbStarts.Letter, "([A-Z]+(?:(?:[+&]|(?i:&amp;))[A-Z]+)+)", text => [text.Replace("&amp;", "&", StringComparison.OrdinalIgnoreCase)]);
        yield return Rule(PtbStarts.Mark, $@"('){Letter}[^\s\u00a0]", _ => ["`"]);
        yield return Rule(PtbStarts.Mark, "(`{1,2}|'{1,2})");
        yield return Rule(PtbStarts.Mark, @"([\u2018-\u201f\u0082\u0084\u0091-\u0094«»‹›]|(?i:&apos;))", text => [PlainApostrophe(WrittenForms.GetValueOrDefault(text, text))]);
        yield return Rule(PtbStarts.Mark, "(<<|>>)");
        yield return Rule(PtbStarts.Mark, $"({Symbols})");
        yield return Rule(PtbStarts.Mark, @"((?i:&nbsp;))", _ => []);
        yield return Rule(PtbStarts.Any, @"([\ud800-\udbff][\udc00-\udfff]|[\s\S])", _ => []);
    }

    private static PtbRule[] StartingWith(PtbStarts kind) => Array.FindAll(All, rule => (rule.Starts & kind) != 0);

    private static PtbRule Rule(PtbStarts starts, string pattern, Func<string, string[]>? emit = null) =>
        new(new Regex(@"\G" + pattern, RegexOptions.CultureInvariant), emit, starts);

    private static string[] Written(string text) => [WrittenForms.GetValueOrDefault(text, text)];

    private static string[] WithExtraStop(string text) => [text, "."];

    private static string[] WithoutSoftHyphens(string text) => [text.Replace("\u00ad", "", StringComparison.Ordinal)];

    private static string PlainApostrophe(string text) =>
        text.Replace("&apos;", "'", StringComparison.OrdinalIgnoreCase).Replace('\u2019', '\'').Replace('\u0092', '\'').Replace("\u00ad", "", StringComparison.Ordinal);

    private static string Brackets(string text) =>
        text.Replace("(", "-LRB-", StringComparison.Ordinal).Replace(")", "-RRB-", StringComparison.Ordinal);
}

/// <summary>One rule of the treebank lexer.</summary>
/// <param name="Pattern">Matches the token as group 1, then the text ahead that the rule needs to see.</param>
/// <param name="Emit">Gives the written tokens, or <see langword="null"/> where the text itself is the token.</param>
/// <param name="Starts">Which ASCII characters a match may begin with; any other character may begin any match.</param>
internal sealed record PtbRule(Regex Pattern, Func<string, string[]>? Emit, PtbStarts Starts);

/// <summary>Kinds of ASCII characters a match may begin with.</summary>
[Flags]
internal enum PtbStarts
{
    Letter = 1,
    Digit = 2,
    Mark = 4,
    Any = Letter | Digit | Mark,
}
