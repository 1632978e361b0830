namespace Auricle.Audio;

/// <summary>A stretch of a longer sound.</summary>
public sealed record AudioSegment
{
    /// <summary>The samples of the stretch.</summary>
    public required AudioClip Clip { get; init; }

    /// <summary>Where the stretch begins in the whole sound, in seconds.</summary>
    public required double Start { get; init; }

    /// <summary>Where the stretch ends in the whole sound, in seconds.</summary>
    public double End => Start + Clip.Seconds;
}
