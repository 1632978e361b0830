namespace Auricle;

/// <summary>
/// Something went wrong that a user can cause or mend. The message is whole sentences: what failed, with which values, and what
/// to do. Under this stand the headings <c>AudioException</c> (a sound), <see cref="ModelException"/> (a model's files),
/// <see cref="DataException"/> (captions, labels, recipes), <c>FetchException</c> (what the network brings) and <c>TorchException</c> (the engine).
/// </summary>
public abstract class AuricleException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">Whole sentences.</param>
    /// <param name="innerException">What was thrown below.</param>
    protected AuricleException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <summary>Whether the request was wrong, such as a name that does not exist, and not what it met on the way.</summary>
    public virtual bool IsRequest => false;
}

/// <summary>A model cannot be found or read: its weights, its configuration, its tokenizer.</summary>
public class ModelException : AuricleException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">Whole sentences with the file and the remedy.</param>
    /// <param name="innerException">What was thrown below.</param>
    public ModelException(string message, Exception? innerException = null) : base(message, innerException) { }
}

/// <summary>Captions, labels, scores, a corpus or a recipe cannot be used as they are.</summary>
public class DataException : AuricleException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">Whole sentences with the file, the place and the remedy.</param>
    /// <param name="innerException">What was thrown below.</param>
    public DataException(string message, Exception? innerException = null) : base(message, innerException) { }
}
