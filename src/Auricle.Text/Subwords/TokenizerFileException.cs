namespace Auricle.Text.Subwords;

/// <summary>The files of a subword tokenizer are missing, damaged, or of a kind that is not supported.</summary>
public sealed class TokenizerFileException : ModelException
{
    /// <summary>Names the file and what is wrong with it.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="problem">What is wrong and what to do, as the rest of a sentence.</param>
    /// <param name="innerException">What a reader reported.</param>
    public TokenizerFileException(string path, string problem, Exception? innerException = null)
        : base($"The tokenizer in '{path}' cannot be used: {problem}", innerException) => Path = path;

    /// <summary>The file or folder.</summary>
    public string Path { get; }
}
