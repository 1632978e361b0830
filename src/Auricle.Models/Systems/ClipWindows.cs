namespace Auricle.Models.Systems;

/// <summary>Cuts long clips into windows.</summary>
internal static class ClipWindows
{
    /// <summary>As few windows as cover a clip, evenly spread, the last of which ends with it; the clip itself where it is no longer than one.</summary>
    /// <param name="samples">The clip.</param>
    /// <param name="window">Samples of a window.</param>
    public static float[][] Cover(float[] samples, int window)
    {
        if (samples.Length <= window)
            return [samples];
        var pieces = (samples.Length + window - 1) / window;
        return [.. Enumerable.Range(0, pieces).Select(i =>
        {
            var start = (int)((long)i * (samples.Length - window) / (pieces - 1));
            return samples[start..(start + window)];
        })];
    }
}
