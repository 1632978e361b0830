namespace Auricle.Evaluation.Neural;

/// <summary>FENSE's numbers; the defaults are the published ones.</summary>
public sealed record FenseOptions
{
    /// <summary>The fluency error detector and its threshold.</summary>
    public FluencyDetectorOptions Fluency { get; init; } = new();

    /// <summary>The share of its score that a clip with a fluency error loses.</summary>
    public double Penalty { get; init; } = 0.9;
}
