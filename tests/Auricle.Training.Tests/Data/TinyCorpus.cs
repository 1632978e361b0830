using System.Globalization;

namespace Auricle.Training.Tests;

/// <summary>A corpus of tones in a temporary folder: each label has its own frequency, so that a sound tells its label.</summary>
internal sealed class TinyCorpus : IDisposable
{
    public const int SampleRate = 8000;

    public TinyCorpus(params (string Label, string Split, double Seconds)[] clips)
    {
        Folder = Directory.CreateTempSubdirectory("auricle-corpus-").FullName;
        var rows = clips.Select((clip, index) => string.Create(CultureInfo.InvariantCulture,
            $"audio/{clip.Label}_{index}.wav,{clip.Label},tones,{(index == 0 ? "An own caption." : "")},s{index},{clip.Split},CC0 1.0,{clip.Seconds},,,\"nobody, here\""));
        Write("manifest.csv", ["file,label,category,caption,source_id,split,licence,seconds,fold,segment,origin", .. rows]);
        var labels = clips.Select(clip => clip.Label).Distinct().ToArray();
        Write("captions.csv", ["label,caption", .. labels.SelectMany(label => new[] { $"{label},A {label} sounds.", $"{label},We hear a {label}." })]);
        Write("clauses.csv", ["label,clause", .. labels.SelectMany(label => new[] { $"{label},a {label} sounds", $"{label},the {label} is heard" })]);
        Write("pair_templates.csv",
        [
            "relation,template", "simultaneous,{a} while {b}.", "simultaneous,\"In the background {a}, and in front of it {b}.\"",
            "sequential,\"{a}, then {b}.\"", "sequential,{b} after {a}.", "either,\"{a}, and {b} too.\"",
        ]);
    }

    public string Folder { get; }

    public int Decoded;

    public void Write(string file, params string[] lines) => File.WriteAllLines(Path.Combine(Folder, file), lines);

    public SoundCorpus Load() => SoundCorpus.Load(Folder);

    /// <summary>The tone of a label, named in the file, for the seconds the manifest gives it.</summary>
    public float[] Decode(string path)
    {
        Interlocked.Increment(ref Decoded);
        var corpus = Load();
        var clip = corpus.Clips.Single(clip => corpus.PathOf(clip) == path);
        return Tone(Frequency(corpus.LabelIndex(clip.Label)), (int)(clip.Seconds * SampleRate));
    }

    /// <summary>Puts every clip on disk as a 16-bit wav file.</summary>
    public void WriteSounds()
    {
        var corpus = Load();
        foreach (var clip in corpus.Clips)
        {
            var path = corpus.PathOf(clip);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var writer = new BinaryWriter(File.Create(path));
            var samples = Decode(path);
            writer.Write("RIFF"u8);
            writer.Write(36 + 2 * samples.Length);
            writer.Write("WAVEfmt "u8);
            writer.Write(16);
            writer.Write((short)1);
            writer.Write((short)1);
            writer.Write(SampleRate);
            writer.Write(2 * SampleRate);
            writer.Write((short)2);
            writer.Write((short)16);
            writer.Write("data"u8);
            writer.Write(2 * samples.Length);
            foreach (var sample in samples)
                writer.Write((short)(sample * 32767));
        }
    }

    public static double Frequency(int label) => 400 * (label + 1);

    public static float[] Tone(double frequency, int length) =>
        [.. Enumerable.Range(0, length).Select(at => 0.5f * (float)Math.Sin(2 * Math.PI * frequency * at / SampleRate))];

    /// <summary>How much of a frequency is in a stretch: the magnitude of its Fourier sum, 0.5 for <see cref="Tone"/>.</summary>
    public static double Amount(ReadOnlySpan<float> samples, double frequency)
    {
        var (real, imaginary) = (0.0, 0.0);
        for (var at = 0; at < samples.Length; at++)
        {
            real += samples[at] * Math.Cos(2 * Math.PI * frequency * at / SampleRate);
            imaginary += samples[at] * Math.Sin(2 * Math.PI * frequency * at / SampleRate);
        }
        return 2 * Math.Sqrt(real * real + imaginary * imaginary) / samples.Length;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
