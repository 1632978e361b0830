namespace Auricle.Models.FrontEnds;

/// <summary>The numbers of a log-mel front end.</summary>
public sealed record LogMelConfig
{
    /// <summary>Samples per second of the sound it takes.</summary>
    public int SampleRate { get; init; } = 32000;
    /// <summary>Samples in one analysis window, which is also the length of the transform.</summary>
    public int WindowLength { get; init; } = 1024;
    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 320;
    /// <summary>Mel bands.</summary>
    public int MelBands { get; init; } = 64;
    /// <summary>Lower edge of the first band, in Hz.</summary>
    public double MinimumFrequency { get; init; } = 50;
    /// <summary>Upper edge of the last band, in Hz.</summary>
    public double MaximumFrequency { get; init; } = 14000;

    /// <summary>The frames of a sound of so many samples.</summary>
    public long Frames(long samples) => samples / HopLength + 1;
}
