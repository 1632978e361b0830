using Auricle.Models.Encoders;

namespace Auricle.Models.Systems;

/// <summary>Cuts long clips into windows.</summary>
internal static class ClipWindows
{
    /// <summary>As few windows as cover a clip, evenly spread, the last of which ends with it; the clip itself where it is no longer than one.</summary>
    /// <param name="samples">The clip.</param>
    /// <param name="window">Samples of a window.</param>
    public static float[][] Cover(float[] samples, int window) => samples.Length <= window
        ? [samples]
        : [.. EncoderWindows.Starts(samples.Length, window).Select(start => samples.AsSpan((int)start, window).ToArray())];
}
