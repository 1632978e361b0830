namespace Auricle.Evaluation;

/// <summary>There is no metric, or no set of metrics, of this name.</summary>
public sealed class UnknownMetricException : DataException
{
    internal UnknownMetricException(string name, string kind, IReadOnlyList<string> known)
        : base($"There is no {kind} '{name}'; choose {string.Join(", ", known)}.") => (Name, Known) = (name, known);

    /// <inheritdoc/>
    public override bool IsRequest => true;

    /// <summary>The name that was asked for.</summary>
    public string Name { get; }

    /// <summary>The names there are.</summary>
    public IReadOnlyList<string> Known { get; }
}
