namespace Auricle.Evaluation;

/// <summary>The original SPICE cannot be run, or failed.</summary>
public sealed class SpiceProgramException(string message, Exception? innerException = null) : DataException(message, innerException);
