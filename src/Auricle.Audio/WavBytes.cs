namespace Auricle.Audio;

/// <summary>Wav files of 16 bits.</summary>
public static class WavBytes
{
    /// <summary>The bytes of a file of one channel; what lies beyond full scale is cut.</summary>
    /// <param name="clip">The sound.</param>
    public static byte[] Of(AudioClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var bytes = new byte[44 + 2 * clip.Samples.Length];
        using var writer = new BinaryWriter(new MemoryStream(bytes));
        writer.Write("RIFF"u8);
        writer.Write(bytes.Length - 8);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(clip.SampleRate);
        writer.Write(2 * clip.SampleRate);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(2 * clip.Samples.Length);
        foreach (var sample in clip.Samples)
            writer.Write((short)Math.Clamp(MathF.Round(sample * 32768), short.MinValue, short.MaxValue));
        return bytes;
    }
}
