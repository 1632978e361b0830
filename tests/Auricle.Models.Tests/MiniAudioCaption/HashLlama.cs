using Auricle.Models.Decoders;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.MiniAudioCaption;

/// <summary>The full-size decoder with the fixtures' hash weights, in the layout of its authors' checkpoints; loaded once for all tests.</summary>
public sealed class HashLlama : IDisposable
{
    private readonly WeightStore _store;

    public HashLlama()
    {
        File = WriteCheckpoint(System.IO.Path.Combine(_folder.FullName, "step=10000.pth"), new LlamaConfig());
        _store = Load(File);
        Decoder = new LlamaDecoder(new LlamaConfig(), _store.Root);
        // The first step packs the weights, which no test is to be charged with.
        using var scope = TensorScope.Begin();
        using var session = Decoder.Begin(Tensor.Zeros([1, 1, Decoder.Config.LatentWidth], DType.Float32));
        _ = session.Advance([0]);
    }

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("auricle-llama-");

    public static FixtureInputs Inputs { get; } = FixtureInputs.Read("llama-caption");

    public static IReadOnlyDictionary<string, StoredTensor> Expected { get; } =
        SafetensorsFile.Read(System.IO.Path.Combine(Fixtures.Folder("llama-caption"), "llama_caption.safetensors"), out _);

    /// <summary>The checkpoint.</summary>
    public string File { get; }

    /// <summary>The decoder, in float32, to write with.</summary>
    public LlamaDecoder Decoder { get; }

    /// <summary>Its weights.</summary>
    public IReadOnlyList<Weight> Weights => _store.Entries;

    /// <summary>The value of a weight: that of its name, but norms scale around one.</summary>
    public static float[] Weight(string name, ReadOnlySpan<long> shape)
    {
        var values = HashWeights.Weight(name, shape, Inputs.Seed);
        if (name.EndsWith(".scale", StringComparison.Ordinal))
        {
            for (var i = 0; i < values.Length; i++)
                values[i] += 1;
        }
        return values;
    }

    /// <summary>Writes a decoder as its authors' trainer does.</summary>
    /// <returns>The path.</returns>
    public static string WriteCheckpoint(string path, LlamaConfig config, string prefix = "", long[]? ropeShape = null)
    {
        using var shapes = WeightStore.Shapes();
        _ = new LlamaDecoder(config, shapes.Root);
        var names = shapes.Entries.Select(entry => (entry.Name, Shape: entry.Tensor.Shape.ToArray())).ToList();
        var entries = names.AsParallel().AsOrdered().Select(entry => new TorchEntry(prefix + entry.Name, entry.Shape, Weight(entry.Name, entry.Shape))).ToList();
        entries.Insert(0, new TorchEntry(prefix + "rope", ropeShape ??= [1, 1, 2], new float[ropeShape.Aggregate(1L, (product, size) => product * size)])); // computed, so that what is stored plays no part
        TorchZip.Write(path, new Dictionary<string, object>(), null, entries);
        return path;
    }

    public static WeightStore Load(string path, bool isTrainable = false)
    {
        var stored = Checkpoint.Open(path).Tensors;
        return WeightStore.Load(stored, path, isTrainable);
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Delete(recursive: true);
    }
}
