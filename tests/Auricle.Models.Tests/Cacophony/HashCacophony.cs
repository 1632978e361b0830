using System.Text.Json;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.FrontEnds;
using Auricle.Models.Systems.Cacophony;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Cacophony;

/// <summary>The full-size model with the fixtures' hash weights, and of the torch port what differs: the audio side. Loaded once for all tests.</summary>
public sealed class HashCacophony : IDisposable
{
    private readonly WeightStore _torchStore;
    private readonly AudioMaeEncoder _torchEncoder;
    private readonly AudioPooling _torchPooling;

    public HashCacophony()
    {
        Stored = HashStore.Stored(Keys, Weight);
        var own = CacophonyWeights.FromCheckpoint(Stored);
        Model = Create(own, CacophonyProfile.Jax);
        var sizes = CacophonyWeights.Sizes(own, "hash weights", CacophonyProfile.Torch);
        _torchStore = WeightStore.Load(own);
        _torchEncoder = new AudioMaeEncoder(sizes.Audio, _torchStore.Root / "audio_module");
        _torchPooling = new AudioPooling(_torchStore.Root / "audio_attention_pool", sizes.Audio.Width, sizes.PoolHeads);
        // The first step packs the weights, which no test is to be charged with.
        using var scope = TensorScope.Begin();
        using var session = Model.Decoder.Begin(Tensor.Zeros([1, 1, sizes.Audio.Width], DType.Float32));
        _ = session.Advance([0]);
    }

    public static FixtureInputs Inputs { get; } = FixtureInputs.Read("cacophony");

    public static IReadOnlyDictionary<string, StoredTensor> Expected { get; } = HashStore.Fixture("cacophony", "expected");

    /// <summary>What was written down beside the tensors.</summary>
    public static JsonElement Notes { get; } = Read("expected.json");

    /// <summary>Names and shapes of the torch port's state.</summary>
    public static IReadOnlyList<(string Name, long[] Shape)> Keys { get; } = [.. Read("state_dict_keys.json").EnumerateArray().Select(entry =>
        (entry.GetProperty("name").GetString()!, entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray()))];

    /// <summary>The checkpoint.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Stored { get; }

    /// <summary>As the authors compute it.</summary>
    public CacophonyModel Model { get; }

    /// <summary>The value of a weight: that of its name, times the gain of the first ending that it has.</summary>
    public static float[] Weight(string name, long[] shape)
    {
        var values = HashWeights.Weight(name, shape, Inputs.Seed);
        if (Notes.GetProperty("gains").EnumerateArray().Where(gain => name.EndsWith(gain[0].GetString()!, StringComparison.Ordinal)).Select(gain => (float?)gain[1].GetSingle()).FirstOrDefault() is { } factor)
        {
            for (var i = 0; i < values.Length; i++)
                values[i] *= factor;
        }
        return values;
    }

    /// <summary>A model of weights under the network's own names.</summary>
    internal static CacophonyModel Create(IReadOnlyDictionary<string, StoredTensor> own, CacophonyProfile profile)
    {
        var store = WeightStore.Load(own);
        var model = new CacophonyModel(CacophonyWeights.Sizes(own, "hash weights", profile), store, null);
        store.ThrowIfMismatched();
        return model;
    }

    internal AudioMaeEncoder Encoder(string profile) => profile == "jax" ? Model.AudioEncoder : _torchEncoder;

    /// <summary>The vector of a sound from its patches: [batch, width].</summary>
    internal Tensor Pool(string profile, Tensor patches) => profile == "jax" ? Model.Pool(patches) : _torchPooling.Forward(patches);

    /// <summary>The vectors of a clip's patches, as many as the fixture gives the clip, in the caller's scope.</summary>
    internal Tensor Patches(string profile, JsonElement clip, Action<string, Tensor>? observe = null)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var samples = Samples(clip);
        var encoder = Encoder(profile);
        var image = encoder.Prepare(Tensor.From<float>(samples, 1, samples.Length));
        observe?.Invoke("image", image.Select(1, 0));
        return scope.Keep(encoder.EncodePatches(image, clip.GetProperty("max_patches").GetInt32(), observe: observe));
    }

    /// <summary>The clips of the fixture.</summary>
    public static IEnumerable<JsonElement> Clips(string profile) => Inputs["expected", "clips"].EnumerateArray()
        .Where(clip => clip.GetProperty("profiles").EnumerateArray().Any(name => name.GetString() == profile));

    public static JsonElement Clip(string id) => Inputs["expected", "clips"].EnumerateArray().Single(clip => clip.GetProperty("id").GetString() == id);

    /// <summary>The samples of a clip at 16 kHz.</summary>
    public static float[] Samples(JsonElement clip)
    {
        var samples = Inputs.Samples(clip);
        if (clip.TryGetProperty("zero_from", out var start))
            samples.AsSpan(start.GetInt32()).Clear();
        return clip.TryGetProperty("resampled_to", out var rate) ? FourierResampler.Resample(samples, clip.GetProperty("sample_rate").GetInt32(), rate.GetInt32()) : samples;
    }

    public void Dispose()
    {
        Model.Dispose();
        _torchStore.Dispose();
    }

    private static JsonElement Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("cacophony"), file)));
        return document.RootElement.Clone();
    }
}
