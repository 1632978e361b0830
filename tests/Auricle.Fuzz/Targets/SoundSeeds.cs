using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Auricle.Fuzz.Targets;

/// <summary>A tenth of a second of sound in every format that the readers look into; what ffmpeg encodes is left out where it is not installed.</summary>
internal static class SoundSeeds
{
    private const int Rate = 16000;
    private static readonly byte[] Samples = [.. Enumerable.Range(0, Rate / 10).SelectMany(i => BitConverter.GetBytes((short)(8000 * Math.Sin(i * 0.1))))];

    public static IEnumerable<byte[]> All() =>
    [
        Wav("RIFF", (uint)Samples.Length),
        Wav("RIFF", 0),
        Wav("RF64", uint.MaxValue, "ds64", new byte[28]),
        [.. Wav("RIFF", (uint)Samples.Length), .. Chunk("LIST", "INFO"u8.ToArray()), .. Chunk("data", Samples)],
        .. Encoded("flac", "ogg", "opus", "mp3", "aiff", "au", "w64", "caf", "voc"),
    ];

    public static IEnumerable<byte[]> Films() => Encoded("m4a", "mka", "webm", "ts", "wma", "avi", "aac", "wv", "tta");

    private static byte[] Wav(string name, uint size, string extra = "JUNK", byte[]? content = null) =>
    [
        .. Encoding.ASCII.GetBytes(name), .. BitConverter.GetBytes((uint)Samples.Length + 36), .. "WAVE"u8, .. Chunk(extra, content ?? []),
        .. Chunk("fmt ", [1, 0, 1, 0, .. BitConverter.GetBytes(Rate), .. BitConverter.GetBytes(2 * Rate), 2, 0, 16, 0]),
        .. "data"u8, .. BitConverter.GetBytes(size), .. Samples,
    ];

    private static byte[] Chunk(string name, byte[] content) => [.. Encoding.ASCII.GetBytes(name), .. BitConverter.GetBytes(content.Length), .. content];

    private static List<byte[]> Encoded(params string[] extensions)
    {
        var folder = Directory.CreateTempSubdirectory("auricle-fuzz-");
        try
        {
            var source = Path.Combine(folder.FullName, "a.wav");
            File.WriteAllBytes(source, Wav("RIFF", (uint)Samples.Length));
            string[] files = [.. extensions.Select(extension => Path.Combine(folder.FullName, $"b.{extension}"))];
            using var ffmpeg = Process.Start("ffmpeg", ["-v", "quiet", "-nostdin", "-i", source, .. files.SelectMany(file => (string[])["-strict", "-2", file])]);
            ffmpeg.WaitForExit();
            return [.. files.Where(File.Exists).Select(File.ReadAllBytes)];
        }
        catch (Win32Exception)
        {
            return [];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
