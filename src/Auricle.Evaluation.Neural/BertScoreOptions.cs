using Auricle.Models;
using Auricle.Models.Encoders.Text;

namespace Auricle.Evaluation.Neural;

/// <summary>BERTScore's choices; the defaults are those of the reference package.</summary>
public sealed record BertScoreOptions
{
    /// <summary>The repository of the encoder.</summary>
    public const string PublishedModel = "FacebookAI/roberta-large";

    /// <summary>The encoder: a repository's name, with or without its owner, as its folder is called.</summary>
    public string Model { get; init; } = PublishedModel;

    /// <summary>
    /// The layer whose vectors are compared, 0 for the embeddings; the last by default. The original program takes 17 of
    /// roberta-large's 24, so that its scores cannot be compared with these.
    /// </summary>
    public int? Layer { get; init; }

    /// <summary>The most tokens of a text, special ones included.</summary>
    public int MaximumLength { get; init; } = 64;

    /// <summary>Scores of unrelated sentences, by which scores are stretched; not used by default.</summary>
    public BertScoreBaseline? Baseline { get; init; }

    /// <summary>How the model is loaded.</summary>
    public ModelLoadOptions Loading { get; init; } = new();
}
