namespace Auricle.Models.FrontEnds;

/// <summary>The numbers of a log-mel front end.</summary>
public sealed record LogMelConfig
{
    /// <summary>Samples per second of the sound it takes.</summary>
    public int SampleRate { get; init; } = 32000;
    /// <summary>Samples in one analysis window.</summary>
    public int WindowLength { get; init; } = 1024;
    /// <summary>Samples of one transform, in whose middle the window lies; 0 takes as many as the window has.</summary>
    public int TransformLength { get; init; }
    /// <summary>Samples from one frame to the next.</summary>
    public int HopLength { get; init; } = 320;
    /// <summary>Mel bands.</summary>
    public int MelBands { get; init; } = 64;
    /// <summary>Lower edge of the first band, in Hz.</summary>
    public double MinimumFrequency { get; init; } = 50;
    /// <summary>Upper edge of the last band, in Hz.</summary>
    public double MaximumFrequency { get; init; } = 14000;
    /// <summary>Whether silence lies beyond the edges of a sound, as in librosa since 0.9, instead of the sound reflected.</summary>
    public bool PadsWithSilence { get; init; }
    /// <summary>Whether values are natural logarithms above the smallest offset, instead of decibels above a floor.</summary>
    public bool IsNatural { get; init; }

    /// <summary>Samples of one transform.</summary>
    internal int Transform => TransformLength > 0 ? TransformLength : WindowLength;

    /// <summary>Bins of a spectrum.</summary>
    internal int Bins => Transform / 2 + 1;

    /// <summary>The frames of a sound of so many samples.</summary>
    public long Frames(long samples) => samples / HopLength + 1;

    /// <summary>Checks the numbers of a configuration file.</summary>
    internal void Check(ConfigRules rules)
    {
        rules.Within("sample_rate", SampleRate, 1000, 384_000);
        rules.Within("window_length", WindowLength, 16, 16_384);
        rules.Within("transform_length", TransformLength, 0, 16_384);
        rules.Require(TransformLength == 0 || TransformLength >= WindowLength, $"transform_length is {TransformLength}, shorter than the window of {WindowLength}");
        rules.Within("hop_length", HopLength, 1, 16_384);
        rules.Within("mel_bands", MelBands, 1, 1024);
        rules.Within("maximum_frequency", MaximumFrequency, 1, SampleRate);
        rules.Within("minimum_frequency", MinimumFrequency, 0, MaximumFrequency);
    }
}
