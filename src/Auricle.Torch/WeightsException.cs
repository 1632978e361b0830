namespace Auricle.Torch;

/// <summary>A checkpoint cannot be read, or does not hold the weights that a model expects.</summary>
public sealed class WeightsException : ModelException
{
    /// <summary>Creates the error with one sentence that names the values and the remedy.</summary>
    public WeightsException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <summary>The checkpoint file the error is about, where one is known.</summary>
    public string? File { get; init; }

    /// <summary>The names of the weights the error is about.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}
