namespace Auricle.Cli.Tests;

/// <summary>Sound files of noise.</summary>
internal static class Sounds
{
    public static string Noise(this TestFolder folder, string name, double seconds = 1, int rate = 16000, int channels = 1, int seed = 0) =>
        folder.Wav(name, HashWeights.Signal("noise", (int)(seconds * rate) * channels, seed), rate, channels);
}
