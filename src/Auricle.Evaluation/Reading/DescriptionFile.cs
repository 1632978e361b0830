using System.Text;
using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Evaluation;

/// <summary>Descriptions of labels: a table with the columns <c>label</c> and <c>description</c>, a row for each text, or JSON of labels and their texts.</summary>
public static class DescriptionFile
{
    /// <summary>Reads descriptions.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The texts of each label, at least one.</returns>
    /// <exception cref="CaptionFileException">It cannot be read, or a label or text is empty.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Read(string path)
    {
        var text = CaptionFile.ReadText(path);
        var found = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        if (text.AsSpan().TrimStart() is ['{', ..])
            ReadJson(path, text, Add);
        else
        {
            CaptionCsv.Read(path, text, (csv, header) =>
            {
                var (label, description) = (header.IndexOf("label"), header.IndexOf("description"));
                if (label < 0 || description < 0)
                    throw new CaptionFileException(path, $"'{path}' has the columns {CaptionCsv.Quoted(csv.Headers)}, but descriptions need label and description.", 1);
                while (csv.Read())
                    Add(CaptionCsv.Field(csv, label), CaptionCsv.Field(csv, description), (int)csv.LineNumber);
                return found;
            });
        }
        return found.Count > 0
            ? found.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)pair.Value, StringComparer.Ordinal)
            : throw new CaptionFileException(path, $"'{path}' describes no label; give at least one.");

        void Add(string label, string description, int? line)
        {
            (label, description) = (label.Trim(), description.Trim());
            if (label.Length == 0 || description.Length == 0)
                throw new CaptionFileException(path, $"'{path}' has {(label.Length == 0 ? "a description without label" : $"no description of '{label}'")}{(line is null ? "" : $" in line {line}")}; fill it in or leave it out.", line);
            (found.TryGetValue(label, out var list) ? list : found[label] = []).Add(description);
        }
    }

    private static void ReadJson(string path, string text, Action<string, string, int?> add)
    {
        using var document = JsonText.Parse(Encoding.UTF8.GetBytes(text), CaptionFile.Fault(path));
        foreach (var label in document.RootElement.EnumerateObject())
        {
            foreach (var item in label.Value.ValueKind == JsonValueKind.Array ? label.Value.EnumerateArray().ToArray() : [label.Value])
            {
                add(label.Name, item.ValueKind == JsonValueKind.String ? item.GetString()! : throw new CaptionFileException(
                    path, $"'{path}' has no text as description of '{label.Name}'; write a text or a list of texts."), null);
            }
        }
    }
}
