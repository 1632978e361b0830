namespace Auricle.Models.Encoders.Text;

/// <summary>The numbers of a <see cref="GptEncoder"/>; defaults are those of GPT-2's smallest size, 124 million parameters.</summary>
public sealed record GptConfig
{
    /// <summary>Tokens in the vocabulary.</summary>
    public int VocabularySize { get; init; } = 50257;
    /// <summary>The size of each token's vector.</summary>
    public int Width { get; init; } = 768;
    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 12;
    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;
    /// <summary>Rows of the table of positions.</summary>
    public int Positions { get; init; } = 1024;
    /// <summary>What layer norms add to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;
}
