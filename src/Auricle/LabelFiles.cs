using System.Text.Json;
using Auricle.Reading;
using Microsoft.VisualBasic.FileIO;

namespace Auricle;

/// <summary>Reads files of labels, and of sentences that describe them, for <see cref="SoundClassifier"/>.</summary>
public static class LabelFiles
{
    private const int LargestFile = 64 << 20;

    /// <summary>The labels in a file: one in each line, blank lines passed over, or a JSON list.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="LabelException">It cannot be read, or holds no label.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        IReadOnlyList<string> labels;
        if (IsJson(path))
        {
            using var document = ReadJson(path, JsonValueKind.Array, "a JSON list of labels");
            labels = [.. document.RootElement.EnumerateArray().Select(label => TextOf(path, label))];
        }
        else
        {
            labels = [.. Lines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
        }
        return labels.Count > 0 ? labels : throw new LabelException($"'{path}' holds no label; give one in each line, or a JSON list.");
    }

    /// <summary>
    /// The sentences that describe labels: a table with the label and a sentence in its first two columns (CSV with a header, or tab-separated without), in
    /// which a label may have several rows, or a JSON object from labels to sentences or lists of them.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="LabelException">It cannot be read, or a line has no sentence.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ReadDescriptions(string path)
    {
        var pairs = new List<(string Label, string Text)>();
        if (IsJson(path))
        {
            using var document = ReadJson(path, JsonValueKind.Object, "a JSON object from labels to sentences");
            foreach (var label in document.RootElement.EnumerateObject())
            {
                var texts = label.Value.ValueKind == JsonValueKind.Array ? label.Value.EnumerateArray().Select(text => TextOf(path, text)) : [TextOf(path, label.Value)];
                pairs.AddRange(texts.Select(text => (label.Name.Trim(), text.Trim())));
            }
        }
        else
        {
            pairs.AddRange(Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase) ? Rows(path) : Tabbed(path));
        }
        if (pairs.Count == 0)
            throw new LabelException($"'{path}' describes no label; give a label and a sentence in each line, with a tab between them.");
        if (pairs.FindIndex(pair => pair.Label.Length == 0 || pair.Text.Length == 0) is >= 0 and var bad)
            throw new LabelException($"Description {bad + 1} in '{path}' lacks {(pairs[bad].Label.Length == 0 ? "its label" : $"the sentence about '{pairs[bad].Label}'")}; give both.");
        return pairs.GroupBy(pair => pair.Label, StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => (IReadOnlyList<string>)[.. same.Select(pair => pair.Text)], StringComparer.Ordinal);
    }

    private static IEnumerable<(string, string)> Tabbed(string path) => Lines(path).Where(line => !string.IsNullOrWhiteSpace(line)).Select(line =>
        line.Split('\t', 2) is [var label, var text] ? (label.Trim(), text.Trim()) : (line.Trim(), ""));

    private static List<(string, string)> Rows(string path)
    {
        var rows = new List<(string, string)>();
        try
        {
            using var parser = new TextFieldParser(new StringReader(WholeFile.ReadText(path, LargestFile, problem => Fault(path, problem)))) { Delimiters = [","], HasFieldsEnclosedInQuotes = true };
            _ = parser.ReadFields();
            while (parser.ReadFields() is { } fields)
                rows.Add((fields[0].Trim(), fields.Length > 1 ? fields[1].Trim() : ""));
        }
        catch (MalformedLineException error)
        {
            throw new LabelException($"'{path}' is no CSV ({error.Message.TrimEnd('.')}); check its quotes.", error);
        }
        return rows;
    }

    private static bool IsJson(string path) => Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase);

    private static string[] Lines(string path) => WholeFile.ReadText(path, LargestFile, problem => Fault(path, problem)).ReplaceLineEndings("\n").Split('\n');

    private static JsonDocument ReadJson(string path, JsonValueKind kind, string what)
    {
        var document = JsonText.Parse(WholeFile.Read(path, LargestFile, problem => Fault(path, problem)), problem => Fault(path, problem));
        if (document.RootElement.ValueKind == kind)
            return document;
        document.Dispose();
        throw new LabelException($"'{path}' is not {what}; change it, or give text with a line for each.");
    }

    private static string TextOf(string path, JsonElement element) => element.ValueKind == JsonValueKind.String
        ? element.GetString()!
        : throw new LabelException($"'{path}' has {element.GetRawText()[..Math.Min(40, element.GetRawText().Length)]} where a text belongs; put it in quotes.");

    private static LabelException Fault(string path, FileProblem problem) => new($"'{path}' {problem.What}; {problem.Remedy ?? "give another file"}.", problem.Inner);
}
