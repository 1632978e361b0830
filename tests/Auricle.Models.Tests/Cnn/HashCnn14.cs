using Auricle.Models.Encoders.Cnn;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Cnn;

/// <summary>The weights of CNN14, those of its attention included, made once for all tests of a class.</summary>
public sealed class HashCnn14
{
    internal static readonly FixtureInputs Inputs = FixtureInputs.Read("cnn14");

    internal IReadOnlyDictionary<string, StoredTensor> Stored { get; } = Make("Cnn14_DecisionLevelAtt", "Cnn14");

    /// <summary>An encoder that predicts.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="encoder">The encoder; the store owns what it holds.</param>
    /// <param name="compute">The element type of its convolutions.</param>
    internal WeightStore Load(CnnConfig config, out CnnEncoder encoder, DType compute = DType.Float32)
    {
        var store = WeightStore.Load(Stored);
        encoder = new CnnEncoder(config, store.Root, compute);
        return store;
    }

    /// <summary>The tensors of variants, without front ends and counters.</summary>
    internal static IReadOnlyDictionary<string, StoredTensor> Make(params string[] variants) => HashStore.Stored(
        [.. variants.SelectMany(variant => HashStore.Entries("cnn14", variant)).DistinctBy(entry => entry.Name).Where(entry => !Encoders.StoredSizes.IsFrontEndOrCounter(entry.Name))],
        (name, shape) => HashWeights.Weight(name, shape, Inputs.Seed));

    /// <summary>The clips of an entry as one batch, [clips, samples].</summary>
    internal static Tensor Waves(params string[] names)
    {
        var clips = Inputs.Clips(names);
        return Tensor.From<float>(clips.SelectMany(clip => clip).ToArray(), clips.Length, clips[0].Length);
    }

    internal static IReadOnlyDictionary<string, StoredTensor> Expected(string file) =>
        SafetensorsFile.Read(Path.Combine(Fixtures.Folder("cnn14"), file + ".safetensors"), out _);

    /// <summary>Compares, relative to the largest expected value.</summary>
    internal static void Close(StoredTensor expected, Tensor actual, double relative, string what, double absolute = 0) =>
        TensorAssert.Close(expected, actual.Contiguous(), absolute + relative * expected.Floats().Max(Math.Abs), what);
}
