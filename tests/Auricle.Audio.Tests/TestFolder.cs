using System.Diagnostics;

namespace Auricle.Audio.Tests;

/// <summary>A folder of sound files that lasts as long as a test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("auricle-tests-").FullName;

    public string At(string name)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    public string Text(string name, string content)
    {
        File.WriteAllText(At(name), content);
        return At(name);
    }

    public string Bytes(string name, byte[] content)
    {
        File.WriteAllBytes(At(name), content);
        return At(name);
    }

    public string Pipe(string name)
    {
        using var process = Process.Start("mkfifo", [At(name)]);
        process.WaitForExit();
        return At(name);
    }

    /// <summary>Writes float32 wav, or 16-bit PCM, whose header may promise more bytes than follow.</summary>
    public string Wav(string name, float[] interleaved, int sampleRate, int channels = 1, bool pcm = false, int missingBytes = 0)
    {
        var width = pcm ? 2 : 4;
        using var writer = new BinaryWriter(File.Create(At(name)));
        var bytes = interleaved.Length * width + missingBytes;
        writer.Write("RIFF"u8);
        writer.Write(36 + bytes);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)(pcm ? 1 : 3));
        writer.Write((short)channels);
        writer.Write(sampleRate);
        writer.Write(sampleRate * channels * width);
        writer.Write((short)(channels * width));
        writer.Write((short)(8 * width));
        writer.Write("data"u8);
        writer.Write(bytes);
        foreach (var sample in interleaved)
        {
            if (pcm)
                writer.Write((short)Math.Round(sample * 32768));
            else
                writer.Write(sample);
        }
        return At(name);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
