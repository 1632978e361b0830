using Auricle.Models;
using Auricle.Torch;
using Microsoft.Extensions.Logging;

namespace Auricle;

/// <summary>How a captioner is loaded.</summary>
public sealed record CaptionerOptions
{
    /// <summary>The type of the large products; <see cref="Precision.Auto"/> takes what suits the hardware.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Where the model computes; a GPU where libtorch finds one, by default.</summary>
    public DeviceChoice Device { get; init; } = DeviceChoice.Auto;

    /// <summary>Threads of one operation, for the whole process; <see langword="null"/> uses one for each physical core.</summary>
    public int? Threads { get; init; }

    /// <summary>Receives diagnostics; <see langword="null"/> for none. Nothing is ever written to the console.</summary>
    public ILogger? Logger { get; init; }
}
