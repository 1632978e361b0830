using Auricle.Torch;

namespace Auricle.Models.Systems.Conette;

/// <summary>How a CoNeTTE model is loaded.</summary>
public sealed record ConetteLoadOptions
{
    /// <summary>The element type of matrix products.</summary>
    public Precision Precision { get; init; }

    /// <summary>Where the model computes; the processor by default.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>Whether the weights record gradients, to train the model further.</summary>
    public bool IsTrainable { get; init; }

    /// <summary>
    /// A file with the weights of the audio encoder alone, for checkpoints that hold the captioner only (those of the
    /// reference's trainer); <see langword="null"/> where the model has its own.
    /// </summary>
    public string? EncoderFile { get; init; }
}
