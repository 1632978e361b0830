using Auricle.Models.Encoders.Passt;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests.Passt;

/// <summary>PaSST of the published sizes with the fixtures' hash weights, and small ones.</summary>
internal static class HashPasst
{
    /// <summary>A network that a test builds and runs in no time: images of one second, 8 × 6 patches.</summary>
    public static PasstConfig Tiny { get; } = new() { PatchWidth = 16, Layers = 2, Heads = 2, TimePositions = 6, Tags = 5 };

    public static FixtureInputs Inputs { get; } = FixtureInputs.Read("passt");

    public static WeightStore Create(PasstConfig config, out PasstEncoder encoder, DType compute = DType.Float32, bool isTrainable = false) =>
        HashStore.Create(root => new PasstEncoder(config, root, compute), Inputs.Seed, out encoder, isTrainable);

    /// <summary>The clips of an entry of the inputs, which have one length: [clips, samples].</summary>
    public static Tensor Waves(params string[] names)
    {
        var clips = Inputs.Clips(names);
        return Tensor.From<float>([.. clips.SelectMany(clip => clip)], clips.Length, clips[0].Length);
    }
}

/// <summary>PaSST-S without overlap, which most tests look at.</summary>
public sealed class SmallPasst : IDisposable
{
    private readonly WeightStore _store;

    public SmallPasst()
    {
        _store = HashPasst.Create(PasstConfig.Small, out var encoder);
        Encoder = encoder;
    }

    public PasstEncoder Encoder { get; }

    public void Dispose() => _store.Dispose();
}
