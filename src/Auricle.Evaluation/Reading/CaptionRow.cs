namespace Auricle.Evaluation;

/// <summary>What one line or object of a file says of a clip.</summary>
/// <param name="Clip">The clip as the file names it.</param>
/// <param name="Captions">Its captions in order; empty ones are kept.</param>
/// <param name="Line">Line of the file, from 1.</param>
internal sealed record CaptionRow(string Clip, IReadOnlyList<string> Captions, int Line)
{
    /// <summary>Place of the only caption among several candidates of the clip, from 1, where the file says so.</summary>
    public int? Rank { get; init; }

    /// <summary>Other names by which sounds of the clip go.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The video it was cut from, where the file says so.</summary>
    public VideoClip? Video { get; init; }
}
