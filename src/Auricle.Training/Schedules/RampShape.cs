namespace Auricle.Training;

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
