namespace Auricle.Training;

/// <summary>How training sounds are varied. Each change happens with its own probability; ranges are drawn from uniformly.</summary>
public sealed record AugmentationOptions
{
    /// <summary>No change at all.</summary>
    public static AugmentationOptions None { get; } = new()
    {
        GainProbability = 0,
        SpeedProbability = 0,
        RollProbability = 0,
        FlipProbability = 0,
        NoiseProbability = 0,
        EqualiserProbability = 0,
        BandLimitProbability = 0,
    };

    /// <summary>How often the whole example gets another level.</summary>
    public double GainProbability { get; init; } = 0.8;

    /// <summary>The lowest change of level, in dB.</summary>
    public double MinimumGain { get; init; } = -12;

    /// <summary>The highest change of level, in dB; peaks above full scale are brought back down.</summary>
    public double MaximumGain { get; init; } = 6;

    /// <summary>How often a clip is played faster or slower, pitch included.</summary>
    public double SpeedProbability { get; init; } = 0.5;

    /// <summary>The slowest speed.</summary>
    public double MinimumSpeed { get; init; } = 0.85;

    /// <summary>The fastest speed.</summary>
    public double MaximumSpeed { get; init; } = 1.2;

    /// <summary>How often the example is rotated in time; never done to a sequence, whose order the caption tells.</summary>
    public double RollProbability { get; init; } = 0.2;

    /// <summary>How often the polarity is reversed.</summary>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>How often white or pink noise is added.</summary>
    public double NoiseProbability { get; init; } = 0.3;

    /// <summary>The lowest ratio of signal to noise, in dB.</summary>
    public double MinimumSignalToNoise { get; init; } = 10;

    /// <summary>The highest ratio of signal to noise, in dB.</summary>
    public double MaximumSignalToNoise { get; init; } = 40;

    /// <summary>How often the spectrum is bent by a low shelf, a peak and a high shelf.</summary>
    public double EqualiserProbability { get; init; } = 0.3;

    /// <summary>The largest boost or cut of a band, in dB.</summary>
    public double EqualiserGain { get; init; } = 8;

    /// <summary>How often high frequencies are lost, as in recordings of a low rate: all from 3 to 12 kHz on.</summary>
    public double BandLimitProbability { get; init; }
}
