using Auricle.Torch;

namespace Auricle.Models.Systems.Clap;

/// <summary>How a CLAP model is loaded.</summary>
public sealed record ClapLoadOptions
{
    /// <summary>The element type of matrix products; float32 as the references have it.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Where the model computes; the processor by default.</summary>
    public Device Device { get; init; } = Device.Cpu;
}
