namespace Auricle.Audio;

/// <summary>What is read of a file.</summary>
public sealed record AudioReadOptions
{
    /// <summary>
    /// The sound track of a film: its number from 1, or its language code as the file states it, such as <c>deu</c>. <see langword="null"/>
    /// takes the first, and warns where there are several.
    /// </summary>
    public string? Track { get; init; }
}
