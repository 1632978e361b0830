namespace Auricle.Training;

/// <summary>
/// The files of a run: <c>recipe.yaml</c> (resolved), <c>log.jsonl</c>, <c>events.out.tfevents.*</c>, <c>curves.svg</c>, <c>skipped.tsv</c> and
/// <c>checkpoints/last</c> and <c>checkpoints/best</c>, each a folder with <c>state.json</c> and the caller's tensor files.
/// </summary>
public sealed class RunFolder
{
    /// <summary>The name of the metrics within a run's folder.</summary>
    public const string LogName = "log.jsonl";

    private const string StateFile = "state.json";
    private const string Replaced = ".old";
    private const string Unfinished = ".part";

    private readonly Action<string>? _beforeStep;

    private RunFolder(string path, Action<string>? beforeStep) => (FolderPath, _beforeStep) = (path, beforeStep);

    /// <summary>The run's folder.</summary>
    public string FolderPath { get; }

    /// <summary>The recipe as it was used.</summary>
    public string RecipePath => Path.Combine(FolderPath, "recipe.yaml");

    /// <summary>The metrics as JSON lines.</summary>
    public string LogPath => Path.Combine(FolderPath, LogName);

    /// <summary>The drawn metrics.</summary>
    public string CurvesPath => Path.Combine(FolderPath, "curves.svg");

    /// <summary>The sounds that were left out or could not be read, one a line with the reason; absent where there are none.</summary>
    public string SkippedPath => Path.Combine(FolderPath, "skipped.tsv");

    /// <summary>The correspondences that a recipe of that task estimated.</summary>
    public string EstimatesPath => Path.Combine(FolderPath, "estimates");

    /// <summary>The checkpoint to continue from.</summary>
    public string LastCheckpoint => Path.Combine(FolderPath, "checkpoints", "last");

    /// <summary>The checkpoint with the best score.</summary>
    public string BestCheckpoint => Path.Combine(FolderPath, "checkpoints", "best");

    /// <summary>Whether there is a checkpoint to continue from.</summary>
    public bool CanResume => File.Exists(Path.Combine(LastCheckpoint, StateFile));

    // A checkpoint that is whole but not yet in its place, or its places.
    private string NextLast => Path.Combine(FolderPath, "checkpoints", "next");

    private string NextBest => Path.Combine(FolderPath, "checkpoints", "next-best");

    /// <summary>Opens the folder of a run, new or begun; it is created where missing, and what a crash left half done is done.</summary>
    /// <param name="root">Where runs are kept, for example <c>runs</c>.</param>
    /// <param name="name">The run's name.</param>
    /// <exception cref="ArgumentException">The name is no plain folder name.</exception>
    public static RunFolder Open(string root, string name) => Open(root, name, beforeStep: null);

    /// <param name="root">Where runs are kept.</param>
    /// <param name="name">The run's name.</param>
    /// <param name="beforeStep">Told before every change of a file or folder of a checkpoint, so that tests can end the work there.</param>
    internal static RunFolder Open(string root, string name, Action<string>? beforeStep)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name is "." or ".." || name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0 || name.Contains('\\', StringComparison.Ordinal))
            throw new ArgumentException($"'{name}' is no name for a run's folder; use letters, digits, '-' and '_'.", nameof(name));
        var run = new RunFolder(Path.GetFullPath(Path.Combine(root, name)), beforeStep);
        Directory.CreateDirectory(Path.Combine(run.FolderPath, "checkpoints"));
        run.Recover();
        return run;
    }

    /// <summary>Keeps the resolved recipe.</summary>
    public void SaveRecipe(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        AtomicFile.WriteText(RecipePath, recipe.ToYaml());
    }

    /// <summary>Lists the sounds that were left out or could not be read.</summary>
    public void SaveSkipped(SkippedClips skipped)
    {
        ArgumentNullException.ThrowIfNull(skipped);
        var all = skipped.All();
        if (all.Count > 0)
            AtomicFile.WriteText(SkippedPath, string.Concat(all.Select(pair => $"{pair.Key}\t{pair.Value.ReplaceLineEndings(" ")}\n")));
    }

    /// <summary>Draws the log so far.</summary>
    public void DrawCurves(IReadOnlyList<CurvePanel>? panels = null) =>
        CurvePlot.Write(CurvesPath, Path.GetFileName(FolderPath), MetricsLog.Read(LogPath), panels);

    /// <summary>
    /// Replaces the checkpoint to continue from, and the best one with it. A crash at any moment leaves both old, or both new when the run is
    /// opened again.
    /// </summary>
    /// <param name="state">Where the run stands.</param>
    /// <param name="writeTensors">Writes weights, optimiser and so on into the folder it is given.</param>
    /// <param name="isBest">Whether the checkpoint also becomes the best one.</param>
    public void SaveCheckpoint(TrainingState state, Action<string> writeTensors, bool isBest = false)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(writeTensors);
        var part = NextLast + Unfinished;
        Clear(part);
        Step("create", part);
        Directory.CreateDirectory(part);
        Step("write", part);
        writeTensors(part);
        Step("write", StateFile);
        state.Save(Path.Combine(part, StateFile));
        Flush(part);
        // Renaming is what makes it count: before it nothing has happened, after it the rest can be done again from what lies there.
        Move(part, isBest ? NextBest : NextLast);
        Finish();
    }

    /// <summary>Where the last checkpoint stands.</summary>
    /// <exception cref="TrainingException">There is no checkpoint, or its state is damaged.</exception>
    public TrainingState LoadLastState() => CanResume
        ? TrainingState.Load(Path.Combine(LastCheckpoint, StateFile))
        : throw new TrainingException($"'{FolderPath}' has no checkpoint to continue from; start the run without resuming.");

    private void Recover()
    {
        Clear(NextLast + Unfinished);
        Finish();
        foreach (var folder in new[] { LastCheckpoint, BestCheckpoint })
        {
            Clear(folder + Unfinished);
            if (!Directory.Exists(folder) && Directory.Exists(folder + Replaced))
                Move(folder + Replaced, folder);
            Clear(folder + Replaced);
        }
    }

    /// <summary>Puts a checkpoint that is whole where it belongs. Every step can be repeated.</summary>
    private void Finish()
    {
        if (Directory.Exists(NextBest))
        {
            var part = BestCheckpoint + Unfinished;
            Clear(part);
            CopyFiles(NextBest, part);
            Flush(part);
            Replace(BestCheckpoint, part);
            Move(NextBest, NextLast);
        }
        if (Directory.Exists(NextLast))
            Replace(LastCheckpoint, NextLast);
    }

    // A folder cannot be renamed over another one: the old one steps aside first.
    private void Replace(string folder, string replacement)
    {
        Clear(folder + Replaced);
        if (Directory.Exists(folder))
            Move(folder, folder + Replaced);
        Move(replacement, folder);
        Clear(folder + Replaced);
    }

    private void CopyFiles(string from, string to)
    {
        Step("create", to);
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            Step("copy", target);
            File.Copy(file, target);
        }
    }

    private void Flush(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            Step("flush", file);
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }
    }

    private void Move(string from, string to)
    {
        Step("move", to);
        Directory.Move(from, to);
    }

    private void Clear(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            Step("delete", file);
            File.Delete(file);
        }
        Step("delete", folder);
        Directory.Delete(folder, recursive: true);
    }

    private void Step(string what, string path) => _beforeStep?.Invoke($"{what} {path}");
}
