namespace Auricle.Models.Systems.Conette;

/// <summary>The configuration of a model cannot be used.</summary>
public sealed class ConetteConfigException : ModelException
{
    /// <summary>Names the file and what is wrong with it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong and what to do, as the rest of a sentence.</param>
    /// <param name="innerException">What a reader reported.</param>
    public ConetteConfigException(string path, string problem, Exception? innerException = null)
        : base($"The configuration '{path}' cannot be used: {problem}", innerException) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}
