using Auricle.Models.Decoding;
using Auricle.Text;

namespace Auricle.Models.Systems.Conette;

/// <summary>How clips are captioned. What is <see langword="null"/> comes from the model's configuration.</summary>
public sealed record ConetteOptions
{
    /// <summary>The task (caption style) of every clip: one for all, or one for each; <see langword="null"/> for the default task.</summary>
    public IReadOnlyList<string>? Tasks { get; init; }

    /// <summary>Captions followed at a time; 1 is greedy search.</summary>
    public int? BeamSize { get; init; }

    /// <summary>How texts are searched or drawn, in place of a beam of <see cref="BeamSize"/>.</summary>
    public Search? Search { get; init; }

    /// <summary>The fewest words.</summary>
    public int? MinLength { get; init; }

    /// <summary>The most tokens, the end mark included.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Which words may occur only once; <see langword="null"/> for the list stored with the model.</summary>
    public RepetitionMode? ForbidRepetition { get; init; }

    /// <summary>The lowest probability of a reported tag.</summary>
    public double TagThreshold { get; init; } = 0.3;

    /// <summary>Whether the words of every candidate are placed in time.</summary>
    public bool Timestamps { get; init; }

    /// <summary>
    /// Whether every clip is encoded by itself, so that its result does not depend on the others. Without it, clips are filled
    /// with silence to the longest as the reference does, which changes the shorter ones' results, and a clip too short for
    /// the encoder is an error.
    /// </summary>
    public bool Independent { get; init; } = true;
}
