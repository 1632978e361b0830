namespace Auricle.Text;

/// <summary>The writing styles of a captioner, each named after the data set it was learned from and started by a token of its own.</summary>
public sealed class CaptionTasks
{
    /// <summary>Names the tasks in model order; the first is the default.</summary>
    /// <exception cref="ArgumentException">The list is empty although <paramref name="mode"/> uses tasks.</exception>
    public CaptionTasks(IEnumerable<string> names, CaptionTaskMode mode = CaptionTaskMode.DatasetAndSource)
    {
        Names = [.. names];
        Mode = mode;
        if (Names.Count == 0 && mode != CaptionTaskMode.None)
            throw new ArgumentException($"The task list is empty, but task mode {mode} needs at least one name.", nameof(names));
    }

    /// <summary>The seven tasks of the published model.</summary>
    public static CaptionTasks Published { get; } = new(
        ["clotho", "audiocaps", "macs", "wavcaps_audioset_sl", "wavcaps_bbc_sound_effects", "wavcaps_freesound", "wavcaps_soundbible"]);

    /// <summary>Task names in model order, the default first.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What the tasks tell apart.</summary>
    public CaptionTaskMode Mode { get; }

    /// <summary>The name under which the model knows a data set and source.</summary>
    /// <param name="dataset">Data set, for example <c>clotho</c>.</param>
    /// <param name="source">Source within the data set, for example <c>Freesound</c>, or <see langword="null"/>.</param>
    public string NameOf(string dataset, string? source)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return string.IsNullOrEmpty(source) || Mode != CaptionTaskMode.DatasetAndSource ? dataset : CaptionNormalizer.Lower($"{dataset}_{source}");
    }

    /// <summary>The place of a task in <see cref="Names"/>.</summary>
    /// <param name="task">Data set, or data set and source joined by <c>_</c>; <see langword="null"/> for the default.</param>
    /// <exception cref="UnknownTaskException">The model has no such task.</exception>
    public int IndexOf(string? task)
    {
        if (task is null || Mode == CaptionTaskMode.None)
            return 0;
        var parts = task.Split('_', 2);
        var name = NameOf(parts[0], parts.Length > 1 ? parts[1] : null);
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name)
                return i;
        }
        throw new UnknownTaskException(task, Names);
    }

    /// <summary>The token that starts a caption of each task; adds those <paramref name="tokenizer"/> lacks.</summary>
    /// <returns>Token ids in the order of <see cref="Names"/>; <see cref="SpecialTokens.BeginId"/> alone where the model has no tasks.</returns>
    public int[] AddTokensTo(CaptionTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return Mode == CaptionTaskMode.None ? [SpecialTokens.BeginId] : [.. Names.Select(name => tokenizer.AddToken(TokenOf(name)))];
    }

    /// <summary>The start token of a task, for example <c>&lt;bos_clotho&gt;</c>.</summary>
    public static string TokenOf(string name) => $"<bos_{name}>";
}

/// <summary>What a captioner's task tokens tell apart.</summary>
public enum CaptionTaskMode
{
    /// <summary>Data set and, where it has several, the source within it.</summary>
    DatasetAndSource,

    /// <summary>The data set alone.</summary>
    Dataset,

    /// <summary>Nothing: every caption starts with <see cref="SpecialTokens.Begin"/>.</summary>
    None,
}

/// <summary>A captioner was asked for a task it does not have.</summary>
public sealed class UnknownTaskException : ModelException
{
    /// <summary>Names the task and those that exist.</summary>
    /// <param name="task">The task asked for.</param>
    /// <param name="knownTasks">The tasks the model has.</param>
    public UnknownTaskException(string task, IReadOnlyList<string> knownTasks)
        : base($"The model has no task '{task}'; choose one of {string.Join(", ", knownTasks)}.")
    {
        Task = task;
        KnownTasks = knownTasks;
    }

    /// <inheritdoc/>
    public override bool IsRequest => true;

    /// <summary>The task asked for.</summary>
    public string Task { get; }

    /// <summary>The tasks the model has, the default first.</summary>
    public IReadOnlyList<string> KnownTasks { get; }
}
