using System.Text.Json;

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
    public float[][] Clips(params string[] names) => [.. this[names].GetProperty("clips").EnumerateArray().Select(Samples)];

    /// <summary>The samples of a clip by its formula; a stored one stands in the tensors of its folder.</summary>
    public float[] Samples(JsonElement clip)
    {
        var name = clip.GetProperty("name").GetString()!;
        var count = clip.GetProperty("samples").GetInt32();
        var kind = clip.GetProperty("kind").GetString();
        return kind switch
        {
            "signal" => HashWeights.Signal(name, count, Seed),
            "textured" => HashWeights.Textured(name, count, Seed),
            "tone" => HashWeights.Tone(name, count, clip.GetProperty("frequency").GetDouble(), clip.GetProperty("sample_rate").GetInt32(), Seed),
            "zeros" => new float[count],
            _ => throw new NotSupportedException($"No formula makes clips of kind '{kind}'."),
        };
    }
}
