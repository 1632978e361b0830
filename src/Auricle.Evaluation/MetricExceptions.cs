namespace Auricle.Evaluation;

/// <summary>Captions cannot be scored as they were given.</summary>
public sealed class MetricInputException : DataException
{
    /// <summary>States the fault and where it is.</summary>
    /// <param name="message">One sentence with the value and the remedy.</param>
    /// <param name="clip">Index of the clip at fault, or <see langword="null"/> where the whole set is.</param>
    public MetricInputException(string message, int? clip = null)
        : base(message) => Clip = clip;

    /// <summary>Index of the clip at fault, from 0, or <see langword="null"/> where the whole set is.</summary>
    public int? Clip { get; }
}

/// <summary>Data that a metric rests on (WordNet, METEOR's files, a caption parser, parsed captions) cannot be used.</summary>
public sealed class MetricDataException(string message, Exception? innerException = null) : DataException(message, innerException);

/// <summary>The original SPICE cannot be run, or failed.</summary>
public sealed class SpiceProgramException(string message, Exception? innerException = null) : DataException(message, innerException);
