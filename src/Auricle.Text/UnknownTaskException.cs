namespace Auricle.Text;

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
