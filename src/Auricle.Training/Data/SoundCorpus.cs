using System.Globalization;
using System.Security.Cryptography;

namespace Auricle.Training;

/// <summary>
/// A folder of labelled sounds: <c>manifest.csv</c> (the clips), <c>captions.csv</c> (sentences for a label),
/// <c>clauses.csv</c> (clauses for a label) and <c>pair_templates.csv</c> (sentences for two clauses).
/// </summary>
public sealed class SoundCorpus
{
    /// <summary>The name of the table of clips.</summary>
    public const string ManifestName = "manifest.csv";

    private const int FewestTrainingClips = 5;

    private readonly Dictionary<string, int> _labelIndex;

    private SoundCorpus(
        string folder,
        string hash,
        IReadOnlyList<SoundClip> clips,
        IReadOnlyDictionary<string, IReadOnlyList<string>> captions,
        IReadOnlyDictionary<string, IReadOnlyList<string>> clauses,
        IReadOnlyList<PairTemplate> templates)
    {
        Folder = folder;
        ManifestHash = hash;
        Clips = clips;
        Captions = captions;
        Clauses = clauses;
        PairTemplates = templates;
        Labels = [.. clips.Select(clip => clip.Label).Distinct().Order(StringComparer.Ordinal)];
        _labelIndex = Labels.Select((label, index) => (label, index)).ToDictionary(pair => pair.label, pair => pair.index);
    }

    /// <summary>The folder that was read.</summary>
    public string Folder { get; }

    /// <summary>The SHA-256 of <c>manifest.csv</c>, in lower-case hexadecimal.</summary>
    public string ManifestHash { get; }

    /// <summary>All clips, in the manifest's order.</summary>
    public IReadOnlyList<SoundClip> Clips { get; }

    /// <summary>All labels in ordinal order; a label's index in this list is its class number.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The one-sentence captions of each label.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Captions { get; }

    /// <summary>The present-tense clauses of each label.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Clauses { get; }

    /// <summary>The sentences for two clauses.</summary>
    public IReadOnlyList<PairTemplate> PairTemplates { get; }

    /// <summary>Reads a corpus folder. The sounds themselves are not opened.</summary>
    /// <exception cref="CorpusException">A file or column is missing, a value does not fit, or a label has no caption.</exception>
    public static SoundCorpus Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var manifest = Path.Combine(folder, ManifestName);
        var clips = CorpusTable
            .Read(manifest, "file", "label", "category", "caption", "source_id", "split", "licence", "seconds", "fold", "segment", "origin")
            .ConvertAll(row => ReadClip(manifest, row.Line, row.Fields));
        if (clips.Count == 0)
            throw new CorpusException($"'{manifest}' lists no clips; add one row for each sound.") { File = manifest };

        var captions = ReadTexts(Path.Combine(folder, "captions.csv"), "caption");
        var clauses = ReadTexts(Path.Combine(folder, "clauses.csv"), "clause");
        var silent = clips.Find(clip => !captions.ContainsKey(clip.Label) || !clauses.ContainsKey(clip.Label));
        if (silent is not null)
        {
            var file = captions.ContainsKey(silent.Label) ? "clauses.csv" : "captions.csv";
            throw new CorpusException($"Label '{silent.Label}' of '{silent.File}' has no line in '{file}'; add at least one.")
            {
                File = Path.Combine(folder, file),
            };
        }
        var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(manifest)));
        return new SoundCorpus(folder, hash, clips, captions, clauses, ReadTemplates(Path.Combine(folder, "pair_templates.csv")));
    }

    /// <summary>The clips of one split, in the manifest's order.</summary>
    public IReadOnlyList<SoundClip> ClipsOf(DataSplit split) => [.. Clips.Where(clip => clip.Split == split)];

    /// <summary>The labels with five or more training clips, the ones that can be learned and are counted in scores.</summary>
    public IReadOnlySet<string> LearnableLabels => Clips.Where(clip => clip.Split == DataSplit.Train)
        .GroupBy(clip => clip.Label).Where(group => group.Count() >= FewestTrainingClips).Select(group => group.Key).ToHashSet();

    /// <summary>The class number of a label.</summary>
    /// <exception cref="CorpusException">No clip has the label.</exception>
    public int LabelIndex(string label) => _labelIndex.TryGetValue(label, out var index)
        ? index
        : throw new CorpusException($"Label '{label}' is not in the corpus '{Folder}'; it has {Labels.Count} labels, listed in 'Labels'.");

    /// <summary>The absolute path of a clip's sound.</summary>
    public string PathOf(SoundClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        return Path.GetFullPath(Path.Combine(Folder, clip.File));
    }

    private static SoundClip ReadClip(string path, int line, string[] fields)
    {
        if (!Enum.TryParse<DataSplit>(fields[5], ignoreCase: true, out var split))
            throw Wrong("split", fields[5], "train, validation or test");
        if (!double.TryParse(fields[7], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || !(seconds > 0))
            throw Wrong("seconds", fields[7], "a number above 0");
        int? fold = null;
        if (fields[8].Length > 0)
        {
            fold = int.TryParse(fields[8], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw Wrong("fold", fields[8], "a whole number or nothing");
        }
        if (fields[0].Length == 0 || fields[1].Length == 0)
            throw Wrong(fields[0].Length == 0 ? "file" : "label", "", "a text");
        return new SoundClip
        {
            File = fields[0],
            Label = fields[1],
            Category = fields[2],
            Caption = fields[3],
            SourceId = fields[4],
            Split = split,
            Licence = fields[6],
            Seconds = seconds,
            Fold = fold,
            Segment = fields[9],
            Origin = fields[10],
        };

        CorpusException Wrong(string column, string value, string expected) =>
            new($"Line {line} of '{path}' has '{value}' as {column}; expected {expected}.") { File = path, Line = line, Columns = [column] };
    }

    private static Dictionary<string, IReadOnlyList<string>> ReadTexts(string path, string column) =>
        CorpusTable.Read(path, "label", column)
            .GroupBy(row => row.Fields[0], row => row.Fields[1])
            .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group]);

    private static List<PairTemplate> ReadTemplates(string path)
    {
        var templates = new List<PairTemplate>();
        foreach (var (line, fields) in CorpusTable.Read(path, "relation", "template"))
        {
            if (!Enum.TryParse<PairRelation>(fields[0], ignoreCase: true, out var relation))
            {
                throw new CorpusException($"Line {line} of '{path}' has '{fields[0]}' as relation; expected simultaneous, sequential or either.")
                {
                    File = path,
                    Line = line,
                    Columns = ["relation"],
                };
            }
            if (!fields[1].Contains("{a}", StringComparison.Ordinal) || !fields[1].Contains("{b}", StringComparison.Ordinal))
            {
                throw new CorpusException($"Line {line} of '{path}' has the template '{fields[1]}'; expected both {{a}} and {{b}} in it.")
                {
                    File = path,
                    Line = line,
                    Columns = ["template"],
                };
            }
            templates.Add(new PairTemplate(relation, fields[1]));
        }
        return templates;
    }
}

/// <summary>A data folder lacks a file or a column, or holds a value that does not fit.</summary>
public sealed class CorpusException : DataException
{
    /// <summary>Creates the error with one sentence that names the values and the remedy.</summary>
    public CorpusException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <summary>The file the error is about.</summary>
    public string? File { get; init; }

    /// <summary>The line of the file, from 1, where one is known.</summary>
    public int? Line { get; init; }

    /// <summary>The columns the error is about.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];
}

/// <summary>What a clip of a corpus is for.</summary>
public enum DataSplit
{
    /// <summary>Learnt from.</summary>
    Train,

    /// <summary>Used to choose between models and moments.</summary>
    Validation,

    /// <summary>Used once, for the reported figures.</summary>
    Test,
}
