using Auricle.Models.Decoding;

namespace Auricle;

/// <summary>How sound is described. Values left out are those of the model's configuration.</summary>
public sealed record CaptionOptions
{
    /// <summary>The style of the caption, one of <see cref="AudioCaptioner.Tasks"/>; <see langword="null"/> for the model's first.</summary>
    public string? Task { get; init; }

    /// <summary>
    /// The style of each sound in turn, where they differ: as many names as there are sounds. <see langword="null"/> gives all of them
    /// <see cref="Task"/>.
    /// </summary>
    public IReadOnlyList<string>? Tasks { get; init; }

    /// <summary>How many sentences the search keeps at a time; 1 is greedy. It is raised to <see cref="Candidates"/> where that is more.</summary>
    public int? BeamSize { get; init; }

    /// <summary>Draws sentences instead of searching for the most probable; the seed decides them.</summary>
    public Sampling? Sampling { get; init; }

    /// <summary>How many different sentences are wanted of each sound, best first.</summary>
    public int Candidates { get; init; } = 1;

    /// <summary>
    /// Whether the candidates are ranked by how close they lie to the sound, instead of by their probability; for models with a space that
    /// sound and text share.
    /// </summary>
    public bool Rerank { get; init; }

    /// <summary>Whether words are placed in time; for models whose decoder attends to stretches of the sound.</summary>
    public bool Timestamps { get; init; }

    /// <summary>The fewest words of a caption.</summary>
    public int? MinLength { get; init; }

    /// <summary>The most tokens of a caption; its end counts as one.</summary>
    public int? MaxLength { get; init; }

    /// <summary>
    /// The length in seconds of the stretches that are described one by one, in memory that does not grow with the file;
    /// <see langword="null"/> describes each file as a whole.
    /// </summary>
    public double? Seconds { get; init; }

    /// <summary>
    /// The sound track of a film: its number from 1 or its language code, such as <c>deu</c>; <see langword="null"/> for the first.
    /// </summary>
    public string? Track { get; init; }

    /// <summary>
    /// How many sounds go through the model at once. Only sounds of equal length share a batch, so that none hears the padding
    /// of another and every caption is the one that the sound gets alone.
    /// </summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>
    /// Told the share of the file at hand, from 0 to 1, that is described, after each stretch of <see cref="Seconds"/>; never
    /// where the file does not tell its length.
    /// </summary>
    public IProgress<double>? FileProgress { get; init; }
}
