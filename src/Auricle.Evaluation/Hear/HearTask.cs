using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Evaluation;

/// <summary>A clip of a task.</summary>
/// <param name="Split">The split it lies in.</param>
/// <param name="File">Its name there.</param>
/// <param name="Labels">The places of its labels in the vocabulary; empty in tasks of events.</param>
/// <param name="Events">What is heard in it, in seconds; empty in tasks of whole clips.</param>
public sealed record HearClip(string Split, string File, IReadOnlyList<int> Labels, IReadOnlyList<SoundEvent> Events);

/// <summary>Which splits teach, which choose and which judge.</summary>
/// <param name="Train">The splits that teach.</param>
/// <param name="Validation">The split by which the best network is chosen.</param>
/// <param name="Test">The split that judges it.</param>
public sealed record HearFold(IReadOnlyList<string> Train, string Validation, string Test);

/// <summary>
/// A task of the HEAR benchmark as its preprocessing leaves it on the disk: <c>task_metadata.json</c>, <c>labelvocabulary.csv</c>, a JSON file of labels for
/// each split, and the clips as <c>RATE/SPLIT/NAME.wav</c>.
/// </summary>
public sealed class HearTask
{
    /// <summary>The file that tells a task's folder from others.</summary>
    public const string MetadataName = "task_metadata.json";

    /// <summary>The file of a task's labels.</summary>
    public const string VocabularyName = "labelvocabulary.csv";

    private const int LargestFile = 1 << 29;

    private HearTask(string folder, JsonElement metadata)
    {
        Folder = folder;
        MetadataPath = Path.Combine(folder, MetadataName);
        TaskName = Text(metadata, "task_name") ?? Path.GetFileName(folder);
        IsOfEvents = Text(metadata, "embedding_type") switch
        {
            "scene" => false,
            "event" => true,
            var other => throw Bad($"the embedding_type '{other}', but HEAR has scene and event"),
        };
        IsMultilabel = Text(metadata, "prediction_type") switch
        {
            "multiclass" => false,
            "multilabel" => true,
            var other => throw Bad($"the prediction_type '{other}', but HEAR has multiclass and multilabel"),
        };
        var isFolded = Text(metadata, "split_mode") switch
        {
            "trainvaltest" => false,
            "presplit_kfold" or "new_split_kfold" => true,
            var other => throw Bad($"the split_mode '{other}', but HEAR has trainvaltest, presplit_kfold and new_split_kfold"),
        };
        Splits = metadata.Member("splits") is { ValueKind: JsonValueKind.Array } splits ? [.. splits.EnumerateArray().Select(split => split.ToString()).Order(StringComparer.Ordinal)]
            : isFolded ? [.. Enumerable.Range(0, Number(metadata, "nfolds") is { } count and > 0 ? (int)count : throw Bad("no splits and no nfolds")).Select(fold => $"fold{fold:00}")]
            : ["test", "train", "valid"];
        Folds = isFolded ? FoldsOf(Splits) : Splits.SequenceEqual(["test", "train", "valid"])
            ? [new HearFold(["train"], "valid", "test")]
            : throw Bad($"the splits {string.Join(", ", Splits)}, but trainvaltest needs train, valid and test");
        Measures = metadata.Member("evaluation") is { ValueKind: JsonValueKind.Array } scores && scores.GetArrayLength() > 0
            ? [.. scores.EnumerateArray().Select(score => Measure(score.ToString()))]
            : throw Bad("no scores in evaluation");
        StopsByScore = metadata.Member("use_scoring_for_early_stopping") is not { ValueKind: JsonValueKind.False };
        var parameters = metadata.Member("evaluation_params");
        Postprocessing = parameters?.Member("event_postprocessing_grid") is { } grid
            ? [.. from median in Numbers(grid, "median_filter_ms") from shortest in Numbers(grid, "min_duration") select new EventPostprocessing(median, shortest)]
            : [new EventPostprocessing(250, 125), new EventPostprocessing(250, 250)];
        if (IsOfEvents && !StopsByScore && Postprocessing.Count != 1)
            throw Bad($"{Postprocessing.Count} ways of making events, but without scores to choose by (use_scoring_for_early_stopping) there must be one");
        GridOverrides = parameters?.Member("task_specific_param_grid") is { ValueKind: JsonValueKind.Object } own
            ? own.EnumerateObject().Where(item => item.Value.ValueKind == JsonValueKind.Array && item.Value.EnumerateArray().All(value => value.ValueKind == JsonValueKind.Number))
                .ToDictionary(item => item.Name, item => (IReadOnlyList<double>)[.. item.Value.EnumerateArray().Select(value => value.GetDouble())], StringComparer.Ordinal)
            : new Dictionary<string, IReadOnlyList<double>>();
        Rates = [.. Directory.EnumerateDirectories(folder).Select(Path.GetFileName)
            .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var rate) ? rate : 0).Where(rate => rate > 0).Order()];
        if (Rates.Count == 0)
            throw new HearTaskException($"The task '{Name}' has no clips: '{folder}' has no folder that is named after a sample rate, such as 16000; unpack its archive whole.");
    }

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>The folder's name, which tells versions of a task apart.</summary>
    public string Name => Path.GetFileName(Folder);

    /// <summary>The task's own name, without version and size.</summary>
    public string TaskName { get; }

    /// <summary>Whether it is about events along recordings, not about whole clips.</summary>
    public bool IsOfEvents { get; }

    /// <summary>Whether a clip, or a moment, may have any number of labels, not exactly one.</summary>
    public bool IsMultilabel { get; }

    /// <summary>The names of the splits, in ordinal order.</summary>
    public IReadOnlyList<string> Splits { get; }

    /// <summary>Which splits teach, choose and judge, in the order in which they are run.</summary>
    public IReadOnlyList<HearFold> Folds { get; }

    /// <summary>What is scored, the score that counts first.</summary>
    public IReadOnlyList<HearMeasure> Measures { get; }

    /// <summary>Whether training ends, and the best network is chosen, by the first score; otherwise by the loss.</summary>
    public bool StopsByScore { get; }

    /// <summary>The ways of making events that are tried.</summary>
    public IReadOnlyList<EventPostprocessing> Postprocessing { get; }

    /// <summary>Values of the predictor's grid that this task sets, by their names there.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> GridOverrides { get; }

    /// <summary>The labels; a label's place is its number.</summary>
    public IReadOnlyList<string> Labels { get; private set; } = [];

    /// <summary>The clips of each split, in the order in which the reference's cache has them: shuffled once, always the same way.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<HearClip>> Clips { get; private set; } = new Dictionary<string, IReadOnlyList<HearClip>>();

    /// <summary>The sample rates in hertz at which the clips are there, ascending.</summary>
    public IReadOnlyList<int> Rates { get; }

    /// <summary>A SHA-256 over metadata, vocabulary and labels.</summary>
    public string Hash { get; private set; } = "";

    private string MetadataPath { get; }

    /// <summary>The folders of tasks in a folder: itself, those in it, or those in its folder <c>tasks</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="HearTaskException">There is no such folder, or no task in it.</exception>
    public static IReadOnlyList<string> Find(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new HearTaskException($"There is no folder '{folder}'; name the one into which HEAR's archives were unpacked.");
        foreach (var place in (string[])[folder, Path.Combine(folder, "tasks")])
        {
            if (IsTask(place))
                return [Path.GetFullPath(place)];
            string[] found = Directory.Exists(place) ? [.. Directory.EnumerateDirectories(place).Where(IsTask).Order(StringComparer.Ordinal).Select(Path.GetFullPath)] : [];
            if (found.Length > 0)
                return found;
        }
        throw new HearTaskException($"'{folder}' has no task of HEAR: neither it nor a folder in it holds a {MetadataName}; name the folder tasks of an unpacked archive.");

        static bool IsTask(string place) => File.Exists(Path.Combine(place, MetadataName));
    }

    /// <summary>Reads a task. The clips themselves are not opened.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="HearTaskException">A file is missing or damaged, or says what HEAR does not know.</exception>
    public static HearTask Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar);
        var path = Path.Combine(folder, MetadataName);
        if (!File.Exists(path))
            throw new HearTaskException($"'{folder}' is no task of HEAR: it has no {MetadataName}; name a folder that has.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var metadata = ReadJson(path, hash);
        var task = new HearTask(folder, metadata.RootElement);
        task.ReadLabels(hash);
        var clips = new Dictionary<string, IReadOnlyList<HearClip>>(StringComparer.Ordinal);
        var order = MersenneTwister.OfPython(0);
        foreach (var split in task.Splits)
        {
            var file = Path.Combine(folder, $"{split}.json");
            using var labels = ReadJson(file, hash);
            if (labels.RootElement.ValueKind != JsonValueKind.Object)
                throw new HearTaskException($"'{file}' is no object of file names and labels; unpack the task anew.");
            var own = labels.RootElement.EnumerateObject().Select(item => task.Clip(file, split, item)).ToArray();
            if (own.Length == 0)
                throw new HearTaskException($"The split '{split}' of the task '{task.Name}' has no clips; unpack the task anew.");
            order.Shuffle(own);
            clips[split] = own;
        }
        task.Clips = clips;
        task.Hash = Convert.ToHexStringLower(hash.GetHashAndReset());
        return task;
    }

    /// <summary>The rate at which clips are best read for a model: its own, the next above, or the highest there is.</summary>
    /// <param name="wanted">The model's rate in hertz.</param>
    public int RateFor(int wanted) => Rates.Where(rate => rate >= wanted).DefaultIfEmpty(Rates[^1]).First();

    /// <summary>The file of a clip.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="rate">One of <see cref="Rates"/>.</param>
    public string PathOf(HearClip clip, int rate)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var path = Path.Combine(Folder, rate.ToString(CultureInfo.InvariantCulture), clip.Split, clip.File);
        return path.EndsWith(".wav", StringComparison.OrdinalIgnoreCase) || File.Exists(path) ? path : $"{path}.wav";
    }

    /// <summary>Splits of a task with folds: each is judged once, the next one chooses, the others teach.</summary>
    private static HearFold[] FoldsOf(IReadOnlyList<string> splits) => splits.Count < 3
        ? throw new HearTaskException($"A task with folds has at least three; this one has {string.Join(", ", splits)}.")
        : [.. Enumerable.Range(0, splits.Count).Select(fold =>
        {
            var (test, validation) = (splits[fold], splits[(fold + 1) % splits.Count]);
            return new HearFold([.. splits.Where(split => split != test && split != validation)], validation, test);
        })];

    private HearMeasure Measure(string name)
    {
        var measure = HearMeasure.All.FirstOrDefault(item => item.Name == name) ?? throw Bad($"the score '{name}', which is unknown; known are {string.Join(", ", HearMeasure.All.Select(item => item.Name))}");
        return measure.IsOfEvents == IsOfEvents ? measure
            : throw Bad($"the score '{name}' of {(measure.IsOfEvents ? "events" : "whole clips")}, but is a task of {(IsOfEvents ? "events" : "whole clips")}");
    }

    private void ReadLabels(IncrementalHash hash)
    {
        var path = Path.Combine(Folder, VocabularyName);
        Exception Fault(FileProblem problem) => new HearTaskException($"'{path}' {problem.What}; {problem.Remedy ?? "unpack the task anew"}.", problem.Inner);
        var text = WholeFile.ReadText(path, LargestFile, Fault);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(text));
        Labels = CaptionCsv.Read(path, text, (csv, header) =>
        {
            var (place, label) = (header.IndexOf("idx"), header.IndexOf("label"));
            if (place < 0 || label < 0)
                throw new HearTaskException($"'{path}' has the columns {CaptionCsv.Quoted(csv.Headers)}, but a vocabulary has idx and label; unpack the task anew.");
            var rows = new SortedDictionary<int, string>();
            while (csv.Read())
            {
                var index = CaptionCsv.Field(csv, place);
                if (!int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || !rows.TryAdd(number, CaptionCsv.Field(csv, label)))
                    throw new HearTaskException($"'{path}' has the idx '{index}' in line {csv.LineNumber}; they are whole numbers from 0, each once.");
            }
            return rows.Count > 0 && rows.Keys.Last() == rows.Count - 1 ? (IReadOnlyList<string>)[.. rows.Values]
                : throw new HearTaskException($"'{path}' has {rows.Count} labels, which are not numbered from 0 on without gaps; unpack the task anew.");
        });
        _places = Labels.Index().ToLookup(item => item.Item, item => item.Index);
    }

    private ILookup<string, int> _places = Array.Empty<int>().ToLookup(_ => "");

    private HearClip Clip(string file, string split, JsonProperty item)
    {
        if (item.Value.ValueKind != JsonValueKind.Array)
            throw new HearTaskException($"'{file}' has no list of labels for the clip '{item.Name}'; unpack the task anew.");
        // A name that leaves the split's folder would read what is none of the task's business.
        if (item.Name.Length == 0 || Path.IsPathRooted(item.Name) || item.Name.Split('/', '\\').Contains(".."))
            throw new HearTaskException($"'{file}' has a clip named '{item.Name}'; names stay within the split's folder.");
        var entries = item.Value.EnumerateArray();
        if (IsOfEvents)
            return new HearClip(split, item.Name, [], [.. entries.Select(entry => Event(file, item.Name, entry))]);
        int[] labels = [.. entries.Select(entry => Place(file, item.Name, entry)).Distinct()];
        return IsMultilabel || labels.Length == 1 ? new HearClip(split, item.Name, labels, [])
            : throw new HearTaskException($"'{file}' has {labels.Length} labels for the clip '{item.Name}', but in the task '{Name}' each has exactly one; correct the file.");
    }

    private SoundEvent Event(string file, string clip, JsonElement entry)
    {
        if (entry.Member("label") is not { } label || Number(entry, "start") is not { } start || Number(entry, "end") is not { } end || end < start)
            throw new HearTaskException($"'{file}' has an event of the clip '{clip}' without label, start or end (milliseconds, in this order); correct the file.");
        return new SoundEvent(Place(file, clip, label), start / 1000, end / 1000);
    }

    /// <summary>The place of a label, which may be a number in one file and a text in another.</summary>
    private int Place(string file, string clip, JsonElement label)
    {
        foreach (var place in _places[label.ToString()])
            return place;
        throw new HearTaskException($"'{file}' has the label '{label}' for the clip '{clip}', which {VocabularyName} lacks; the files belong to different versions of the task.");
    }

    private static JsonDocument ReadJson(string path, IncrementalHash hash)
    {
        Exception Fault(FileProblem problem) => new HearTaskException($"'{path}' {problem.What}; {problem.Remedy ?? "unpack the task anew"}.", problem.Inner);
        var bytes = WholeFile.Read(path, LargestFile, Fault);
        hash.AppendData(bytes.Span);
        return JsonText.Parse(bytes, Fault);
    }

    private static string? Text(JsonElement element, string name) => element.Member(name)?.ToString();

    private static double? Number(JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;

    private double[] Numbers(JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Array } values && values.GetArrayLength() > 0 && values.EnumerateArray().All(value => value.ValueKind == JsonValueKind.Number)
            ? [.. values.EnumerateArray().Select(value => value.GetDouble())]
            : throw Bad($"no numbers {name} in event_postprocessing_grid");

    private HearTaskException Bad(string what) => new($"'{MetadataPath}' has {what}; correct it or unpack the task anew.");
}

/// <summary>A task of HEAR cannot be run as it is.</summary>
public sealed class HearTaskException(string message, Exception? innerException = null) : DataException(message, innerException);
