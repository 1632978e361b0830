namespace Auricle.Evaluation;

/// <summary>What to score, and how.</summary>
public sealed record CaptionEvaluationOptions
{
    /// <summary>File of the system's captions.</summary>
    public required string Candidates { get; init; }

    /// <summary>File of the references.</summary>
    public required string References { get; init; }

    /// <summary>File of a second system's captions of the same clips, to be compared with the first.</summary>
    public string? Compare { get; init; }

    /// <summary>
    /// Names of metrics or scores, each of which must be able to run; <see langword="null"/> takes those of <see cref="Preset"/> that can.
    /// </summary>
    public IReadOnlyList<string>? Metrics { get; init; }

    /// <summary>A set of metrics (<see cref="MetricRegistry.Presets"/>).</summary>
    public string Preset { get; init; } = "default";

    /// <summary>What is done to captions before they are scored.</summary>
    public MetricTokenizer Tokenizer { get; init; }

    /// <summary>Whether to leave out clips that some file lacks, instead of refusing them.</summary>
    public bool CommonOnly { get; init; }

    /// <summary>How confidence intervals are drawn; <see langword="null"/> draws none.</summary>
    public ResamplingOptions? Resampling { get; init; } = new();

    /// <summary>Table of scores of the first system's clips that were computed elsewhere, under the metrics' names.</summary>
    public string? GivenScores { get; init; }

    /// <summary>METEOR's paraphrase table, or <see langword="null"/> to do without, as published figures do not.</summary>
    public string? MeteorParaphrases { get; init; }

    /// <summary>Registers further metrics, for example those that are models and live in rooms above; it may be called more than once.</summary>
    public Action<MetricRegistry>? Extend { get; init; }

    /// <summary>The folder of the original SPICE program, for exact scores through Java; Auricle's own parser without it.</summary>
    public string? SpiceProgram { get; init; }
}

/// <summary>What is done to captions before they are scored.</summary>
public enum MetricTokenizer
{
    /// <summary>Penn Treebank words in lower case without punctuation, each caption for itself: what the reference package does.</summary>
    Ptb,

    /// <summary>Nothing: texts are split at white space as they are. CoNeTTE's published figures were computed so.</summary>
    None,
}
