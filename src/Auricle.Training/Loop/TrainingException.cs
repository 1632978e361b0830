namespace Auricle.Training;

/// <summary>A run cannot go on.</summary>
public sealed class TrainingException(string message, long step = 0) : DataException(message)
{
    /// <summary>The optimiser step at which it stopped.</summary>
    public long Step { get; } = step;
}
