using Auricle.Torch;

namespace Auricle.Models.Encoders.Text;

/// <summary>How a text encoder is loaded.</summary>
public sealed record TextModelOptions
{
    /// <summary>The element type of matrix products; float32 as the reference has it.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Where the model computes; the processor by default.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>Whether the weights record gradients, to train the model further.</summary>
    public bool IsTrainable { get; init; }
}
