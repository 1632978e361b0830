namespace Auricle.Models.Families;

/// <summary>A checkpoint holds a part of a model, and the file of another part was not named.</summary>
public sealed class MissingPartException : ModelException
{
    /// <summary>Says what is missing and how it is named.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="part">What it lacks, as the end of "is stored without".</param>
    /// <param name="remedy">What to name, and the option that does.</param>
    internal MissingPartException(string path, string part, string remedy) : base($"The checkpoint '{path}' is stored without {part}; {remedy}.") => Path = path;

    /// <inheritdoc/>
    public override bool IsRequest => true;

    /// <summary>The checkpoint.</summary>
    public string Path { get; }
}
