using System.Text.Json;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Testing;

/// <summary>
/// What went into the numbers of a folder of fixtures, as its <c>inputs.json</c> says: the seed, and for each file the clips and options.
/// Another set of the same layout has other values, so tests write none of them down.
/// </summary>
public sealed class FixtureInputs
{
    private readonly JsonElement _root;

    private FixtureInputs(JsonElement root)
    {
        _root = root;
        Seed = root.GetProperty("seed").GetInt32();
    }

    /// <summary>The seed of weights and inputs.</summary>
    public int Seed { get; }

    /// <summary>Reads the inputs of a folder, as for <see cref="Fixtures.Folder"/>.</summary>
    public static FixtureInputs Read(string folder)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder(folder), "inputs.json")));
        return new FixtureInputs(document.RootElement.Clone());
    }

    /// <summary>The entry under these names, one inside the other.</summary>
    public JsonElement this[params string[] names]
    {
        get
        {
            var element = _root;
            foreach (var name in names)
                element = element.GetProperty(name);
            return element;
        }
    }

    /// <summary>The samples of each of an entry's clips.</summary>
    /// <param name="names">The names of the entry, one inside the other.</param>
    public float[][] Clips(params string[] names) => [.. this[names].GetProperty("clips").EnumerateArray().Select(clip => Samples(clip))];

    /// <summary>The captions of an entry.</summary>
    /// <param name="names">The names of the entry, one inside the other.</param>
    public string[] Captions(params string[] names) => [.. this[names].GetProperty("captions").EnumerateArray().Select(caption => caption.GetString()!)];

    /// <summary>The samples of a clip: by its formula, or stored as integers among the tensors of its folder.</summary>
    /// <param name="clip">The clip's entry.</param>
    /// <param name="tensors">The folder's tensors; they also hold some samples to check a formula by.</param>
    public float[] Samples(JsonElement clip, IReadOnlyDictionary<string, StoredTensor>? tensors = null)
    {
        var name = clip.GetProperty("name").GetString()!;
        var samples = clip.GetProperty("kind").GetString() == "stored"
            ? Integers((tensors ?? throw new ArgumentNullException(nameof(tensors), $"The clip '{name}' is stored; give the tensors."))[name], clip.GetProperty("divisor").GetSingle())
            : Formula(clip, name);
        if (tensors is not null && clip.TryGetProperty("probe", out var probe))
            CheckProbe(tensors[probe.GetString()!], samples, name);
        return samples;
    }

    private static float[] Integers(StoredTensor stored, float divisor)
    {
        using var tensor = Tensor.From(stored);
        return Array.ConvertAll(tensor.ToArray<short>(), value => value / divisor);
    }

    private static void CheckProbe(StoredTensor stored, float[] samples, string name)
    {
        int[] places = [0, 1, 2, 7999, 8000, 8001, samples.Length / 2, samples.Length - 1];
        using var tensor = Tensor.From(stored);
        if (!places.Select(place => samples[place]).SequenceEqual(tensor.ToArray<float>()))
            throw new InvalidDataException($"The formula of '{name}' does not give the samples that its fixture tells.");
    }

    private float[] Formula(JsonElement clip, string name)
    {
        var count = clip.GetProperty("samples").GetInt32();
        var kind = clip.GetProperty("kind").GetString();
        return kind switch
        {
            "signal" => HashWeights.Signal(name, count, Seed),
            "textured" => HashWeights.Textured(name, count, Seed),
            "tone" => HashWeights.Tone(name, count, clip.GetProperty("frequency").GetDouble(), clip.GetProperty("sample_rate").GetInt32(), Seed),
            "swept_tone" => HashWeights.SweptTone(
                name, count, clip.GetProperty("frequency").GetDouble(), clip.GetProperty("sweep").GetDouble(), clip.GetProperty("modulation").GetDouble(),
                clip.GetProperty("sample_rate").GetInt32(), Seed),
            "zeros" => new float[count],
            _ => throw new NotSupportedException($"No formula makes clips of kind '{kind}'."),
        };
    }
}
