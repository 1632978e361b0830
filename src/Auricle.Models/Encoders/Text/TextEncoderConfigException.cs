namespace Auricle.Models.Encoders.Text;

/// <summary>The configuration of a text encoder, or of what stands behind one, cannot be used.</summary>
public sealed class TextEncoderConfigException : ModelException
{
    /// <summary>Names the file and what is wrong with it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong and what to do, as the rest of a sentence.</param>
    /// <param name="innerException">What a reader reported.</param>
    public TextEncoderConfigException(string path, string problem, Exception? innerException = null)
        : base($"The configuration '{path}' cannot be used: {problem}", innerException) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}
