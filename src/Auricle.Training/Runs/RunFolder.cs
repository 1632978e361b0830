namespace Auricle.Training;

/// <summary>
/// The files of a run: <c>recipe.yaml</c> (resolved), <c>log.jsonl</c>, <c>events.out.tfevents.*</c>, <c>curves.svg</c> and
/// <c>checkpoints/last</c> and <c>checkpoints/best</c>, each a folder with <c>state.json</c> and the caller's tensor files.
/// </summary>
public sealed class RunFolder
{
    private const string StateFile = "state.json";
    private const string Replaced = ".old";
    private const string Unfinished = ".part";

    private RunFolder(string path) => FolderPath = path;

    /// <summary>The run's folder.</summary>
    public string FolderPath { get; }

    /// <summary>The recipe as it was used.</summary>
    public string RecipePath => Path.Combine(FolderPath, "recipe.yaml");

    /// <summary>The metrics as JSON lines.</summary>
    public string LogPath => Path.Combine(FolderPath, "log.jsonl");

    /// <summary>The drawn metrics.</summary>
    public string CurvesPath => Path.Combine(FolderPath, "curves.svg");

    /// <summary>The checkpoint to continue from.</summary>
    public string LastCheckpoint => Path.Combine(FolderPath, "checkpoints", "last");

    /// <summary>The checkpoint with the best score.</summary>
    public string BestCheckpoint => Path.Combine(FolderPath, "checkpoints", "best");

    /// <summary>Whether there is a checkpoint to continue from.</summary>
    public bool CanResume => File.Exists(Path.Combine(LastCheckpoint, StateFile));

    /// <summary>Opens the folder of a run, new or begun; it is created where missing.</summary>
    /// <param name="root">Where runs are kept, for example <c>runs</c>.</param>
    /// <param name="name">The run's name.</param>
    /// <exception cref="ArgumentException">The name is no plain folder name.</exception>
    public static RunFolder Open(string root, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name is "." or ".." || name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0 || name.Contains('\\', StringComparison.Ordinal))
            throw new ArgumentException($"'{name}' is no name for a run's folder; use letters, digits, '-' and '_'.", nameof(name));
        var run = new RunFolder(Path.GetFullPath(Path.Combine(root, name)));
        Directory.CreateDirectory(Path.Combine(run.FolderPath, "checkpoints"));
        Recover(run.LastCheckpoint);
        Recover(run.BestCheckpoint);
        return run;
    }

    /// <summary>Keeps the resolved recipe.</summary>
    public void SaveRecipe(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        AtomicFile.WriteText(RecipePath, recipe.ToYaml());
    }

    /// <summary>Draws the log so far.</summary>
    public void DrawCurves(IReadOnlyList<CurvePanel>? panels = null) =>
        CurvePlot.Write(CurvesPath, Path.GetFileName(FolderPath), MetricsLog.Read(LogPath), panels);

    /// <summary>Replaces the checkpoint to continue from; a crash at any moment leaves the old one or the new one.</summary>
    /// <param name="state">Where the run stands.</param>
    /// <param name="writeTensors">Writes weights, optimiser and so on into the folder it is given.</param>
    /// <param name="isBest">Whether the checkpoint also becomes the best one.</param>
    public void SaveCheckpoint(TrainingState state, Action<string> writeTensors, bool isBest = false)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(writeTensors);
        Swap(LastCheckpoint, folder =>
        {
            writeTensors(folder);
            state.Save(Path.Combine(folder, StateFile));
        });
        if (isBest)
            Swap(BestCheckpoint, folder => CopyFiles(LastCheckpoint, folder));
    }

    /// <summary>Where the last checkpoint stands.</summary>
    /// <exception cref="InvalidDataException">There is no checkpoint, or its state is damaged.</exception>
    public TrainingState LoadLastState() => CanResume
        ? TrainingState.Load(Path.Combine(LastCheckpoint, StateFile))
        : throw new InvalidDataException($"'{FolderPath}' has no checkpoint to continue from; start the run without resuming.");

    // A folder cannot be renamed over another one: the old one steps aside first, and Recover puts it back after a crash in between.
    private static void Swap(string folder, Action<string> write)
    {
        var part = folder + Unfinished;
        Clear(part);
        Directory.CreateDirectory(part);
        write(part);
        foreach (var file in Directory.EnumerateFiles(part, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }
        Clear(folder + Replaced);
        if (Directory.Exists(folder))
            Directory.Move(folder, folder + Replaced);
        Directory.Move(part, folder);
        Clear(folder + Replaced);
    }

    private static void Recover(string folder)
    {
        Clear(folder + Unfinished);
        if (!Directory.Exists(folder) && Directory.Exists(folder + Replaced))
            Directory.Move(folder + Replaced, folder);
        Clear(folder + Replaced);
    }

    private static void CopyFiles(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static void Clear(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
