using System.Globalization;
using System.Text;
using YamlDotNet.RepresentationModel;

namespace Auricle.Training;

/// <summary>Writes settings as YAML that reads back to the same values.</summary>
internal static class RecipeYaml
{
    private const int LongestShown = 100;

    /// <summary>Stands for a setting that was left out.</summary>
    public static object Null { get; } = new();

    public static string Write(List<KeyValuePair<string, object>> settings)
    {
        var text = new StringBuilder();
        Write(text, settings, indent: 0);
        return text.ToString();
    }

    /// <summary>A value on one line, as a message or a file shows it.</summary>
    public static string Inline(object value) => value switch
    {
        YamlScalarNode scalar => RecipeSource.IsNull(scalar) ? "empty" : $"'{Shorten(scalar.Value ?? "")}'",
        YamlSequenceNode sequence => "[" + Shorten(string.Join(", ", sequence.Children.Select(child => (child as YamlScalarNode)?.Value ?? "…"))) + "]",
        YamlMappingNode => "a section",
        List<object> items => "[" + string.Join(", ", items.Select(Inline)) + "]",
        bool flag => flag ? "true" : "false",
        string text => Quote(text),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => "null",
    };

    private static string Shorten(string text) => text.Length <= LongestShown ? text : text[..LongestShown] + "…";

    private static void Write(StringBuilder text, List<KeyValuePair<string, object>> settings, int indent)
    {
        foreach (var (key, value) in settings)
        {
            text.Append(' ', indent).Append(key).Append(':');
            if (value is List<KeyValuePair<string, object>> { Count: > 0 } section)
            {
                text.Append('\n');
                Write(text, section, indent + 2);
            }
            else
            {
                text.Append(' ').Append(value is List<KeyValuePair<string, object>> ? "{}" : Inline(value)).Append('\n');
            }
        }
    }

    // Letters, digits and a few harmless signs stay bare; whatever YAML could read as something else is quoted.
    private static string Quote(string text)
    {
        var plain = text.Length > 0 && char.IsLetter(text[0])
            && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or '/' or '+')
            && text.ToUpperInvariant() is not ("NULL" or "TRUE" or "FALSE" or "YES" or "NO" or "ON" or "OFF" or "Y" or "N");
        if (plain)
            return text;
        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            quoted.Append(letter switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(letter) => $"\\x{(int)letter:x2}",
                _ => letter.ToString(),
            });
        }
        return quoted.Append('"').ToString();
    }
}
