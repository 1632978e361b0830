namespace Auricle.Training;

/// <summary>What training examples a <see cref="MixtureSampler"/> makes.</summary>
public sealed record MixtureOptions
{
    /// <summary>The seed; with epoch and index it decides everything about an example.</summary>
    public ulong Seed { get; init; }

    /// <summary>The length of every example, in seconds.</summary>
    public double WindowSeconds { get; init; } = 6;

    /// <summary>The share of examples that mix two clips.</summary>
    public double PairProbability { get; init; } = 0.5;

    /// <summary>The share of mixtures whose clips follow each other.</summary>
    public double SequenceProbability { get; init; } = 0.5;

    /// <summary>
    /// How much rare labels are favoured: a clip is drawn with a weight of (clips of its label)^-p. 0 treats all clips alike,
    /// 1 all labels.
    /// </summary>
    public double BalanceExponent { get; init; } = 0.5;

    /// <summary>How often a clip shorter than its room is repeated; otherwise it stands alone at a random place in silence.</summary>
    public double LoopProbability { get; init; } = 0.3;

    /// <summary>The largest attenuation of the weaker of two simultaneous sounds against the other, in dB.</summary>
    public double MaximumAttenuation { get; init; } = 10;

    /// <summary>The largest difference of level of two sounds in sequence, in dB, either way.</summary>
    public double MaximumSequenceDifference { get; init; } = 6;

    /// <summary>The longest pause between two sounds in sequence, in seconds.</summary>
    public double MaximumGap { get; init; } = 0.5;

    /// <summary>The longest cross-fade between two sounds in sequence, in seconds.</summary>
    public double MaximumCrossFade { get; init; } = 0.3;

    /// <summary>
    /// How much the sentences at the head of a list are favoured: the n-th is drawn with a weight of n^-s. 0 treats all alike.
    /// A decoder that knows one usual sentence for each sound names the likeliest sound; one that knows many equal ones
    /// spreads each sound's share over them, and a sound with fewer sentences wins.
    /// </summary>
    public double SentenceSkew { get; init; }

    /// <summary>How the sounds are varied.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();
}
