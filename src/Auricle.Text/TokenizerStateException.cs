namespace Auricle.Text;

/// <summary>A tokenizer's state record cannot be read.</summary>
public sealed class TokenizerStateException : ModelException
{
    /// <summary>Names the field and what is wrong with it.</summary>
    /// <param name="field">Path of the field, for example <c>tokenizer.itos</c>.</param>
    /// <param name="message">One sentence with the value and the remedy.</param>
    /// <param name="innerException">What the reader met, if anything.</param>
    public TokenizerStateException(string field, string message, Exception? innerException = null)
        : base(message, innerException) => Field = field;

    /// <summary>Path of the field.</summary>
    public string Field { get; }
}
