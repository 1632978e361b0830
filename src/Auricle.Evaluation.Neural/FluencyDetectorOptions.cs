using Auricle.Models;
using Auricle.Models.Encoders.Text;

namespace Auricle.Evaluation.Neural;

/// <summary>Which fluency error detector is used and when it counts as having found an error.</summary>
public sealed record FluencyDetectorOptions
{
    /// <summary>The larger of the two published detectors, which the reference package uses.</summary>
    public const string BaseDetector = "echecker_clotho_audiocaps_base";

    /// <summary>The smaller one: 25 times smaller and quicker.</summary>
    public const string TinyDetector = "echecker_clotho_audiocaps_tiny";

    /// <summary>The detector's checkpoint, without <c>.ckpt</c>.</summary>
    public string Detector { get; init; } = BaseDetector;

    /// <summary>The probability of an error above which (not at which) a caption counts as not fluent.</summary>
    public double Threshold { get; init; } = 0.9;

    /// <summary>Whether the detector's probabilities are reported as well (<c>fluency_error.…_prob</c>).</summary>
    public bool ReportsProbabilities { get; init; }

    /// <summary>How models are loaded.</summary>
    public ModelLoadOptions Loading { get; init; } = new();
}
