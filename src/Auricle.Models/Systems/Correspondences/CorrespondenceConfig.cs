using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Text;

namespace Auricle.Models.Systems.Correspondences;

/// <summary>
/// The sizes and habits of a <see cref="CorrespondenceModel"/>. Sizes are those of a file's tensors; habits are the options that a
/// Lightning file stores, or the published ones, which are the defaults.
/// </summary>
public sealed record CorrespondenceConfig
{
    /// <summary>The audio encoder.</summary>
    public required EncoderConfig Audio { get; init; }
    /// <summary>The text encoder.</summary>
    public required TextEncoderConfig Text { get; init; }
    /// <summary>The size of a vector.</summary>
    public int Width { get; init; } = 1024;
    /// <summary>Widths of the layers between the audio encoder and the vector.</summary>
    public IReadOnlyList<int> AudioLayers { get; init; } = [];
    /// <summary>Widths of the layers between the text encoder and the vector.</summary>
    public IReadOnlyList<int> TextLayers { get; init; } = [];
    /// <summary>The transformer over the encoder's vectors; <see langword="null"/> where they are averaged.</summary>
    public SequenceConfig? Sequence { get; init; }

    /// <summary>Seconds of a segment, which the encoder hears at once.</summary>
    public double SegmentSeconds { get; init; } = 10;
    /// <summary>Seconds from one segment to the next.</summary>
    public double HopSeconds { get; init; } = 10;
    /// <summary>Seconds of a whole: shorter clips are filled with silence that counts for nothing, longer ones cut.</summary>
    public double ClipSeconds { get; init; } = 30;
    /// <summary>Whether every frame vector of the encoder takes part, or one vector for each segment.</summary>
    public bool UsesFrames { get; init; }
    /// <summary>Whether the first token's vector stands for a text, or the mean of all.</summary>
    public bool UsesFirstToken { get; init; } = true;
    /// <summary>The most tokens of a text, special ones included.</summary>
    public int MaximumTokens { get; init; } = 32;
    /// <summary>Whether punctuation is taken out of texts.</summary>
    public bool RemovesPunctuation { get; init; } = true;
}

/// <summary>The sizes and habits of the transformer over a clip's vectors.</summary>
public sealed record SequenceConfig
{
    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 1;
    /// <summary>Width of a vector.</summary>
    public int Width { get; init; } = 768;
    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;
    /// <summary>Width between the two matrices of a feed-forward layer.</summary>
    public int FeedForwardWidth { get; init; } = 2048;
    /// <summary>Vectors that have an embedding of their place.</summary>
    public int Positions { get; init; } = 192;
    /// <summary>Neighbours that are put side by side first.</summary>
    public int Joins { get; init; } = 1;
    /// <summary>Whether the encoder's vectors are projected to <see cref="Width"/>.</summary>
    public bool Projects { get; init; }
    /// <summary>Whether vectors are brought to length 1 first.</summary>
    public bool Normalises { get; init; }
    /// <summary>Whether places are added.</summary>
    public bool HasPlaces { get; init; } = true;
    /// <summary>Whether norms come before the branches.</summary>
    public bool NormFirst { get; init; } = true;
    /// <summary>Whether the summary token starts with the mean of the vectors.</summary>
    public bool StartsWithMean { get; init; } = true;
    /// <summary>Whether the summary token is the result, or the mean of all.</summary>
    public bool UsesSummary { get; init; } = true;
    /// <summary>Share of values dropped in training.</summary>
    public double Dropout { get; init; } = 0.1;
}
