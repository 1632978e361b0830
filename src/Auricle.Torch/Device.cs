namespace Auricle.Torch;

/// <summary>The kind of a device, with libtorch's own codes.</summary>
public enum DeviceType
{
    /// <summary>The processor's memory.</summary>
    Cpu = 0,
    /// <summary>An NVIDIA GPU.</summary>
    Cuda = 1,
    /// <summary>No memory at all: shapes and types are worked out, values are not.</summary>
    Meta = 14,
}

/// <summary>Where a user wants a model to compute.</summary>
public enum DeviceChoice
{
    /// <summary>On a GPU where this libtorch finds one, else on the processor.</summary>
    Auto,
    /// <summary>On the processor.</summary>
    Cpu,
    /// <summary>On an NVIDIA GPU.</summary>
    Cuda,
}

/// <summary>Where a tensor lives.</summary>
/// <param name="Type">The kind of device.</param>
/// <param name="Index">Which one of its kind; −1 is the current one.</param>
public readonly record struct Device(DeviceType Type, int Index = -1)
{
    /// <summary>The processor.</summary>
    public static Device Cpu => new(DeviceType.Cpu);

    /// <summary>The device that holds no values; tells shapes without spending memory.</summary>
    public static Device Meta => new(DeviceType.Meta);

    /// <summary>A GPU by index.</summary>
    public static Device Cuda(int index = 0) => new(DeviceType.Cuda, index);

    /// <summary>The device that a choice comes to on this machine.</summary>
    /// <exception cref="TorchException">A GPU is asked for and this libtorch finds none.</exception>
    public static Device Choose(DeviceChoice choice) => choice switch
    {
        DeviceChoice.Cuda when !TorchRuntime.HasCuda =>
            throw new TorchException($"libtorch {TorchRuntime.Version} finds no CUDA device here; choose cpu or auto, or set AURICLE_LIBTORCH to a libtorch with CUDA."),
        DeviceChoice.Cuda => Cuda(),
        DeviceChoice.Auto when TorchRuntime.HasCuda => Cuda(),
        _ => Cpu,
    };

    /// <inheritdoc/>
    public override string ToString() => (Type, Index) switch
    {
        (DeviceType.Cuda, >= 0) => $"cuda:{Index}",
        (DeviceType.Cuda, _) => "cuda",
        (DeviceType.Meta, _) => "meta",
        _ => "cpu",
    };
}

/// <summary>The order in which a four-dimensional tensor lies in memory, with libtorch's own codes.</summary>
public enum MemoryFormat
{
    /// <summary>Row-major in the order of the dimensions.</summary>
    Contiguous = 0,
    /// <summary>The order the source had.</summary>
    Preserve = 1,
    /// <summary>Channels next to each other: [batch, channels, height, width] lies as [batch, height, width, channels].</summary>
    ChannelsLast = 2,
}
