namespace Auricle.Training;

/// <summary>A run cannot begin or go on.</summary>
public sealed class TrainingException(string message, long step = 0, Exception? innerException = null) : DataException(message, innerException)
{
    /// <summary>The optimiser step at which it stopped.</summary>
    public long Step { get; } = step;
}
