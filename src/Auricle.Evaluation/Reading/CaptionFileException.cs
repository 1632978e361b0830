namespace Auricle.Evaluation;

/// <summary>A file of captions cannot be used as it is.</summary>
public sealed class CaptionFileException : DataException
{
    /// <summary>States the fault and where it is.</summary>
    /// <param name="file">The file.</param>
    /// <param name="message">One sentence with the value and the remedy.</param>
    /// <param name="line">Line of the file, from 1, or <see langword="null"/> where the whole file is at fault.</param>
    /// <param name="innerException">What was thrown below.</param>
    public CaptionFileException(string file, string message, int? line = null, Exception? innerException = null)
        : base(message, innerException) => (File, Line) = (file, line);

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>Line of the file, from 1, or <see langword="null"/> where the whole file is at fault.</summary>
    public int? Line { get; }
}
