namespace Auricle.Text;

/// <summary>A caption holds a word outside the vocabulary.</summary>
public sealed class UnknownTokenException : DataException
{
    /// <summary>Names the word and its caption.</summary>
    /// <param name="token">The unknown word.</param>
    /// <param name="caption">The caption it stands in.</param>
    public UnknownTokenException(string token, string caption)
        : base($"The word '{token}' of the caption '{caption}' is not in the vocabulary; fit the tokenizer on this caption or encode it with {nameof(UnknownTokenPolicy)}.{nameof(UnknownTokenPolicy.UseUnknown)}.")
    {
        Token = token;
        Caption = caption;
    }

    /// <summary>The unknown word.</summary>
    public string Token { get; }

    /// <summary>The caption as it was given.</summary>
    public string Caption { get; }
}
