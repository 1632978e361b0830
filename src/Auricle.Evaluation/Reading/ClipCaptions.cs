namespace Auricle.Evaluation;

/// <summary>The captions of one clip.</summary>
/// <param name="Clip">The clip as the file names it.</param>
/// <param name="Captions">Reference captions, or candidates from the best down.</param>
/// <param name="Line">Line of the file on which the clip begins, from 1.</param>
public sealed record ClipCaptions(string Clip, IReadOnlyList<string> Captions, int Line)
{
    /// <summary>Other names by which sounds of the clip go, for example a YouTube id with the start of the clip.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The video it was cut from, where the file says so.</summary>
    internal VideoClip? Video { get; init; }
}
