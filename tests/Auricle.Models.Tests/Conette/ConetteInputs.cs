using System.Text.Json;
using Auricle.Audio;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests.Conette;

/// <summary>The sounds of the fixtures.</summary>
internal static class ConetteInputs
{
    /// <summary>Whether a sound is a recording, which the copy of the fixtures in the repository lacks, and not made by formula.</summary>
    public static bool IsRecording(string id) => IsRecording(HashModel.Json("inputs.json").GetProperty(id));

    /// <summary>The sounds made by formula, for tests that need any; the first has several clips.</summary>
    public static IReadOnlyList<string> Formulas { get; } =
        [.. HashModel.Json("features.json").EnumerateObject().Select(input => input.Name).Where(id => !IsRecording(id))];

    public static IReadOnlyList<AudioClip> Clips(string id)
    {
        var input = HashModel.Json("inputs.json").GetProperty(id);
        if (IsRecording(input))
        {
            // The copy in the repository has no recordings, so that tests of them look in the shared folder.
            var file = input.GetProperty("file").GetString()!;
            return [AudioFile.Load(Path.Combine(Fixtures.Folder(Path.GetDirectoryName(file)!), Path.GetFileName(file)), 32000)];
        }
        var seed = Fixtures.Seed("conette");
        var rates = input.GetProperty("sr");
        return [.. input.GetProperty("signals").EnumerateArray().Select((signal, i) =>
            Clip(signal, seed, rates.ValueKind == JsonValueKind.Array ? rates[i].GetInt32() : rates.GetInt32()))];
    }

    /// <summary>The clips at the encoder's rate, filled with silence to the longest: [clips, samples].</summary>
    public static Tensor Waves(string id, int sampleRate)
    {
        var waves = Clips(id).Select(clip => clip.Resample(sampleRate).Samples).ToArray();
        var longest = waves.Max(wave => wave.Length);
        return Tensor.From<float>(waves.SelectMany(wave => wave.Concat(new float[longest - wave.Length])).ToArray(), waves.Length, longest);
    }

    private static bool IsRecording(JsonElement input) => input.GetProperty("kind").GetString() == "path";

    private static AudioClip Clip(JsonElement signal, int seed, int rate)
    {
        var name = signal.GetProperty("name").GetString()!;
        var samples = signal.GetProperty("n").GetInt32();
        if (!signal.TryGetProperty("ch", out var channels))
            return AudioClip.FromSamples(HashWeights.Signal(name, samples, seed), rate);
        var count = channels.GetInt32();
        var all = Enumerable.Range(0, count).Select(i => HashWeights.Signal($"{name}.ch{i}", samples, seed)).ToArray();
        var interleaved = Enumerable.Range(0, samples * count).Select(i => all[i % count][i / count]).ToArray();
        return AudioClip.FromSamples(interleaved, rate, count);
    }
}
