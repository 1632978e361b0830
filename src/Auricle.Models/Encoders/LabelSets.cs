using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Reading;
using Microsoft.VisualBasic.FileIO;

namespace Auricle.Models.Encoders;

/// <summary>The display names of AudioSet's 527 classes in the order of its class list.</summary>
public static class AudioSetLabels
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = Read();

    private static IReadOnlyList<string> Read()
    {
        using var stream = typeof(AudioSetLabels).Assembly.GetManifestResourceStream("Auricle.Models.audioset_labels.json")!;
        return JsonSerializer.Deserialize(stream, LabelJson.Default.LabelFile)!.Labels;
    }
}

/// <summary>Finds the names of a model's tags.</summary>
internal static class LabelSets
{
    private const string DisplayName = "display_name";
    private const int LargestFile = 64 << 20;

    /// <summary>The names of a model's tags: those of a file, else the model's own, else AudioSet's where their number fits, else numbers.</summary>
    /// <param name="count">The model's tags.</param>
    /// <param name="file">A file of names, if one is given.</param>
    /// <param name="own">The names that belong to the model, if any do.</param>
    /// <exception cref="ModelException">The file cannot be read, or holds another number of names.</exception>
    public static IReadOnlyList<string> For(int count, string? file, IReadOnlyList<string>? own)
    {
        if (file is not null)
        {
            var names = Read(file);
            if (names.Any(string.IsNullOrEmpty))
                throw new ModelException($"The file '{file}' has a label without a name; fill it in.");
            return names.Count == count ? names : throw new ModelException($"The file '{file}' holds {names.Count} labels, but the model has {count} tags; give as many.");
        }
        return own ?? (count == AudioSetLabels.All.Count ? AudioSetLabels.All : [.. Enumerable.Range(0, count).Select(i => $"tag {i}")]);
    }

    /// <summary>The names in a file: a JSON list, a CSV with the column <c>display_name</c> as AudioSet's, or one in each line.</summary>
    private static IReadOnlyList<string> Read(string file)
    {
        try
        {
            if (Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase))
                return JsonSerializer.Deserialize(WholeFile.Read(file, LargestFile, Fault).Span, LabelJson.Default.StringArray) ?? [];
            var text = WholeFile.ReadText(file, LargestFile, Fault);
            var lines = text.ReplaceLineEndings("\n").Split('\n');
            return lines.Length > 0 && lines[0].Split(',').Contains(DisplayName, StringComparer.Ordinal)
                ? ReadCsv(text)
                : [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0)];
        }
        catch (Exception error) when (error is JsonException or MalformedLineException)
        {
            throw new ModelException($"The labels '{file}' cannot be read ({error.Message.TrimEnd('.')}); give one label in each line, a JSON list, or a CSV with the column {DisplayName}.", error);
        }

        Exception Fault(FileProblem problem) => new ModelException($"The labels '{file}' {problem.What}; {problem.Remedy ?? "give another file"}.", problem.Inner);
    }

    private static List<string> ReadCsv(string text)
    {
        using var parser = new TextFieldParser(new StringReader(text)) { Delimiters = [","], HasFieldsEnclosedInQuotes = true };
        var column = Array.IndexOf(parser.ReadFields()!, DisplayName);
        var names = new List<string>();
        while (parser.ReadFields() is { } fields)
        {
            if (column < fields.Length)
                names.Add(fields[column]);
        }
        return names;
    }
}

/// <summary>The layout of the embedded file.</summary>
internal sealed record LabelFile(IReadOnlyList<string> Labels);

/// <summary>Reads labels without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LabelFile))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class LabelJson : JsonSerializerContext;
