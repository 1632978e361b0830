namespace Auricle.Torch;

/// <summary>libtorch refused an operation; the message is its own sentence, without the C++ backtrace.</summary>
public class TorchException : AuricleException
{
    /// <summary>Creates the error.</summary>
    public TorchException(string message, Exception? innerException = null) : base(message, innerException) { }
}

/// <summary>There was no memory left for an operation.</summary>
public sealed class TorchOutOfMemoryException(string message) : TorchException(message + " Use a smaller batch or shorter segments.");

/// <summary>The libtorch at hand has no operator of that name.</summary>
public sealed class OperatorMissingException(string message) : TorchException(message);

/// <summary>libtorch, or the library that binds it, cannot be loaded.</summary>
public sealed class TorchNotFoundException(string message, IReadOnlyList<string> tried) : TorchException(message)
{
    /// <summary>Every place that was looked at, with the reason it was refused.</summary>
    public IReadOnlyList<string> Tried { get; } = tried;
}
