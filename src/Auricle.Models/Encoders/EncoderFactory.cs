using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Torch;

namespace Auricle.Models.Encoders;

/// <summary>Builds the encoder a configuration describes.</summary>
public static class EncoderFactory
{
    /// <summary>Builds an encoder from its weights.</summary>
    /// <param name="config">The numbers of the encoder.</param>
    /// <param name="weights">Where its weights are.</param>
    /// <param name="computeType">The element type of its matrix products: float32 or bfloat16.</param>
    /// <param name="melFilters">The mel matrix of a checkpoint, [bins, bands]; computed where it is absent.</param>
    /// <exception cref="ArgumentException">The configuration is of an unknown kind.</exception>
    public static IAudioEncoder Create(EncoderConfig config, Weights weights, DType computeType = DType.Float32, Tensor? melFilters = null) => config switch
    {
        CnnConfig cnn => new CnnEncoder(cnn, weights, computeType, melFilters),
        ConvNextConfig convNext => new ConvNextEncoder(convNext, weights, computeType, melFilters),
        HtsAtConfig htsAt => new HtsAtEncoder(htsAt, weights, computeType, melFilters),
        _ => throw new ArgumentException($"There is no encoder for a configuration of type {config?.GetType().Name ?? "null"}.", nameof(config)),
    };
}
