namespace Auricle.Training;

/// <summary>A rise, a plateau and a fall of the learning rate, over fractions of epochs.</summary>
public sealed record RampOptions
{
    /// <summary>The rate of the plateau.</summary>
    public required double Rate { get; init; }

    /// <summary>The rate after the fall, and the least during it.</summary>
    public double Lowest { get; init; } = 1e-7;

    /// <summary>When the plateau begins.</summary>
    public double Warmup { get; init; } = 1;

    /// <summary>When the fall begins.</summary>
    public double Start { get; init; } = 1;

    /// <summary>When the fall ends.</summary>
    public required double Stop { get; init; }

    /// <summary>How it rises: <see cref="RampShape.Linear"/> or <see cref="RampShape.Exponential"/>.</summary>
    public RampShape Rise { get; init; } = RampShape.Linear;

    /// <summary>How it falls: <see cref="RampShape.Cosine"/>, <see cref="RampShape.Linear"/> or <see cref="RampShape.Steps"/>.</summary>
    public RampShape Fall { get; init; } = RampShape.Cosine;

    /// <summary>The distance of steps, counted from 0.</summary>
    public double StepLength { get; init; } = 1;

    /// <summary>The factor of each step.</summary>
    public double StepFactor { get; init; } = 0.5;
}

/// <summary>The shapes of a rise or fall of the learning rate.</summary>
public enum RampShape
{
    /// <summary>A straight line.</summary>
    Linear,

    /// <summary>Half a cosine wave; for a fall.</summary>
    Cosine,

    /// <summary>exp(−5(1 − x)²) of the share x, which is held at 0.5 / length before that; for a rise.</summary>
    Exponential,

    /// <summary>A constant factor at equal distances; for a fall.</summary>
    Steps,
}
