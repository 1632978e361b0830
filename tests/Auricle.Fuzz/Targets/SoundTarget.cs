using System.Text;
using Auricle.Audio;
using Auricle.Audio.Content;
using Auricle.Audio.Decoding;

namespace Auricle.Fuzz.Targets;

/// <summary>Sound as libsndfile is shown it: the look at the content, and decoding to the end.</summary>
internal sealed class SoundTarget : FuzzTarget
{
    private readonly string _path = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"auricle-fuzz-{Environment.ProcessId}");

    public override string Name => "sound";

    public override IEnumerable<byte[]> Seeds() => SoundSeeds.All();

    public override void Run(ReadOnlySpan<byte> input)
    {
        File.WriteAllBytes(_path, input);
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.DeleteOnClose);
        var content = SoundContent.Examine(new ByteView(file.SafeFileHandle, file.Length));
        if (content.Views.Count == 0)
            return;
        using var decoder = SndFileDecoder.TryOpen(content.Views, content.Format == "mp3", out _);
        if (decoder is null)
            return;
        using var reader = new AudioReader(decoder, Name, content, file);
        var block = new float[1 << 14];
        while (reader.Read(block) > 0)
        {
        }
    }

    public override bool IsRefusal(Exception error) => error is AudioException;
}

/// <summary>Sound by the whole way, ffmpeg included; a process for each input makes it slow.</summary>
internal sealed class FfmpegTarget : FuzzTarget
{
    public override string Name => "ffmpeg";

    public override IEnumerable<byte[]> Seeds() => SoundSeeds.All().Concat(SoundSeeds.Films());

    public override void Run(ReadOnlySpan<byte> input)
    {
        using var stream = new MemoryStream(input.ToArray());
        using var reader = AudioFile.OpenStream(stream, Name);
        var block = new float[1 << 14];
        while (reader.Read(block) > 0)
        {
        }
    }

    public override bool IsRefusal(Exception error) => error is AudioException;
}

/// <summary>Patterns of paths, tried in a folder of a few files.</summary>
internal sealed class PatternTarget : FuzzTarget
{
    private const int LongestPattern = 200;
    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-fuzz-").FullName;

    public override string Name => "pattern";

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var name in (string[])["a.wav", "b[1].flac", "sub/c.mp3", "sub/{x}/d.ogg", ".hidden.wav"])
        {
            var path = Path.Combine(_folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "x");
        }
        foreach (var pattern in (string[])["*", "**/*.wav", "sub/**", "{a,b}*.[wf]*", "?.wav", "[!a-c]*/../*", "**/**/{*,?}.{wav,[m]p3}"])
            yield return Encoding.UTF8.GetBytes(pattern);
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        // A name may hold any sign, and a message holds the name: signs that break lines are for those who show it.
        var text = string.Concat(Encoding.UTF8.GetString(input[..Math.Min(input.Length, LongestPattern)]).Where(sign => !char.IsControl(sign)));
        AudioPaths.Expand([_folder + "/" + text.Replace("..", ".", StringComparison.Ordinal)]);
    }

    public override bool IsRefusal(Exception error) => error is AudioException;
}
