using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Auricle.Reading;
using Parquet.Schema;

namespace Auricle.Data.Layouts;

/// <summary>Which columns of a parquet file hold the sound and what is said of it, by their names and types.</summary>
internal sealed partial record ParquetColumns
{
    private static readonly string[] SoundNames = ["audio", "sound", "wav", "flac", "mp3", "ogg", "opus", "bytes", "audio_bytes", "data"];
    private static readonly string[] CaptionNames = ["captions", .. PlainLayout.CaptionColumns];
    private static readonly string[] LabelNames = ["human_labels", .. PlainLayout.LabelColumns, "tags"];
    private static readonly string[] IdNames = ["id", "key", "__key__", "audiocap_id", "video_id"];
    private static readonly (string Name, string Keeper)[] RecordingNames = [("youtube_id", "youtube:"), ("ytid", "youtube:"), ("freesound_id", "freesound:"), ("fsid", "freesound:"), ("source_id", "")];

    /// <summary>The bytes of sound files.</summary>
    public DataField? Bytes { get; private init; }

    /// <summary>The names of sound files: beside the bytes, or where there are none, below the folder.</summary>
    public DataField? File { get; private init; }

    public IReadOnlyList<DataField> Captions { get; private init; } = [];

    public DataField? Labels { get; private init; }

    /// <summary>The names that stand for numbers in <see cref="Labels"/>; empty where there are none.</summary>
    public IReadOnlyList<string> LabelTexts { get; private init; } = [];

    /// <summary>Whether a text of labels has several, parted by semicolons.</summary>
    public bool PartsLabels { get; private init; }

    public DataField? Id { get; private init; }

    public DataField? Split { get; private init; }

    public DataField? Fold { get; private init; }

    public DataField? Source { get; private init; }

    public DataField? Seconds { get; private init; }

    public DataField? Recording { get; private init; }

    /// <summary>Who keeps the recordings, in front of their ids.</summary>
    public string Keeper { get; private init; } = "";

    /// <summary>Whether each row has one caption, so that a sound with several has several rows.</summary>
    public bool HasOneCaption => Captions is [{ MaxRepetitionLevel: 0 }];

    /// <summary>Finds them.</summary>
    /// <exception cref="DataSetException">There is no sound, or nothing is said of it.</exception>
    public static ParquetColumns Of(ParquetTable table)
    {
        var fields = table.Fields;
        var (bytes, file) = Sound(fields);
        file ??= First(fields, PlainLayout.FileColumns, ParquetTable.IsText);
        var captions = new List<DataField>();
        if (First(fields, CaptionNames, IsTexts) is { } caption)
            captions.Add(caption);
        captions.AddRange(fields.Where(field => Numbered().IsMatch(field.Name) && IsTexts(field)).Select(field => Leaf(field)!).Except(captions));
        var labels = First(fields, LabelNames, field => Leaf(field) is { } leaf && !ParquetTable.IsBytes(leaf));
        if ((bytes is null && file is null) || (captions.Count == 0 && labels is null))
        {
            throw new DataSetException(
                table.Path, $"'{table.Path}' needs a column of sounds (audio with bytes, or file_name) and one that describes them (caption, captions, caption_1 …, text; label, labels, category); it has {string.Join(", ", fields.Take(20).Select(field => $"'{field.Name}' ({ParquetTable.TypeOf(field)})"))}.");
        }
        DataField? One(params string[] names) => First(fields, names, field => Leaf(field) is { MaxRepetitionLevel: 0 } leaf && !ParquetTable.IsBytes(leaf));
        var recording = RecordingNames.FirstOrDefault(name => One(name.Name) is not null);
        return new ParquetColumns
        {
            Bytes = bytes, File = file, Captions = captions, Labels = labels, LabelTexts = labels is null ? [] : Names(table, labels.Path[0]),
            PartsLabels = labels is { MaxRepetitionLevel: 0 } && labels.Name.Equals("labels", StringComparison.OrdinalIgnoreCase),
            Id = One(IdNames), Split = One("split"), Fold = One("fold"), Source = One("source"), Seconds = One("duration", "seconds"),
            Recording = recording.Name is null ? null : One(recording.Name), Keeper = recording.Keeper ?? "",
        };
    }

    /// <summary>The labels of a row, by name.</summary>
    public IEnumerable<string> LabelsOf(IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            if (LabelTexts.Count > 0 && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                // The hub writes -1 where a test's labels are kept back.
                if (number >= 0)
                    yield return number < LabelTexts.Count ? LabelTexts[number] : text;
            }
            else
            {
                foreach (var part in PartsLabels ? text.Split(';') : [text])
                {
                    if (!string.IsNullOrWhiteSpace(part))
                        yield return part.Trim();
                }
            }
        }
    }

    // A struct of bytes and path, as the hub's, or bytes alone. Pictures are structs of the same kind.
    private static (DataField? Bytes, DataField? Path) Sound(IReadOnlyList<Field> fields)
    {
        static DataField? Child(StructField parent, string name) => parent.Fields.OfType<DataField>().FirstOrDefault(field => field.Name == name);
        var structs = fields.OfType<StructField>().Where(field => Child(field, "bytes") is { } bytes && ParquetTable.IsBytes(bytes) && field.Name != "image").ToList();
        var named = SoundNames.Select(name => structs.Find(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(field => field is not null);
        if ((named ?? (structs is [var only] ? only : null)) is { } sound)
            return (Child(sound, "bytes"), Child(sound, "path") is { } path && ParquetTable.IsText(path) ? path : null);
        return (First(fields, SoundNames, ParquetTable.IsBytes), null);
    }

    private static DataField? First(IReadOnlyList<Field> fields, IEnumerable<string> names, Func<Field, bool> suits) =>
        names.Select(name => fields.FirstOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && suits(field))).FirstOrDefault(field => field is not null) is { } found ? Leaf(found) : null;

    // The values of a plain column or of a list of plain values.
    private static DataField? Leaf(Field field) => field switch
    {
        DataField data => data,
        ListField { Item: DataField item } => item,
        _ => null,
    };

    private static bool IsTexts(Field field) => Leaf(field) is { } leaf && ParquetTable.IsText(leaf);

    // {"info": {"features": {"label": {"names": […]}}}}; for lists the names lie one level deeper.
    private static IReadOnlyList<string> Names(ParquetTable table, string column)
    {
        if (!table.Notes.TryGetValue("huggingface", out var note))
            return [];
        using var document = JsonText.Parse(System.Text.Encoding.UTF8.GetBytes(note), problem => new DataSetException(
            table.Path, $"The hub's description of the columns in '{table.Path}' {problem.What}; fetch the file anew."));
        var feature = document.RootElement.Member("info")?.Member("features")?.Member(column);
        for (var depth = 0; depth < 4 && feature is { } found; depth++)
        {
            if (found.ValueKind == JsonValueKind.Object && found.Member("names") is { ValueKind: JsonValueKind.Array } names)
                return [.. names.EnumerateArray().Select(name => name.ValueKind == JsonValueKind.String ? name.GetString()! : name.GetRawText())];
            feature = found.ValueKind switch
            {
                JsonValueKind.Array => found.EnumerateArray().Cast<JsonElement?>().FirstOrDefault(),
                JsonValueKind.Object => found.Member("feature"),
                _ => null,
            };
        }
        return [];
    }

    [GeneratedRegex(@"^(raw_)?captions?_?\d+$", RegexOptions.IgnoreCase)]
    private static partial Regex Numbered();
}
