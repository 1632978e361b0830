namespace Auricle.Training;

/// <summary>A data folder lacks a file or a column, or holds a value that does not fit.</summary>
public sealed class CorpusException : DataException
{
    /// <summary>Creates the error with one sentence that names the values and the remedy.</summary>
    public CorpusException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <summary>The file the error is about.</summary>
    public string? File { get; init; }

    /// <summary>The line of the file, from 1, where one is known.</summary>
    public int? Line { get; init; }

    /// <summary>The columns the error is about.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];
}
