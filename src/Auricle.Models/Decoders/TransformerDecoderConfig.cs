namespace Auricle.Models.Decoders;

/// <summary>The numbers of a <see cref="TransformerDecoder"/>.</summary>
public sealed record TransformerDecoderConfig
{
    /// <summary>Tokens in the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The width of the model.</summary>
    public int Width { get; init; } = 256;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 6;

    /// <summary>The width between the two matrices of a feed-forward layer.</summary>
    public int FeedForwardWidth { get; init; } = 2048;

    /// <summary>Whether the function between them is GELU; ReLU otherwise.</summary>
    public bool UsesGelu { get; init; } = true;

    /// <summary>Dropout in training: of the embedded input, of attention weights, within feed-forward layers and of every branch.</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>Values of each head.</summary>
    internal int HeadWidth => Width / Heads;
}
