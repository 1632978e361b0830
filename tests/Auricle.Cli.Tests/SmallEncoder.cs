using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Cli.Tests;

/// <summary>The file of an audio encoder that tags, small enough for tests: a CNN as PANNs publish it.</summary>
internal static class SmallEncoder
{
    public const int Tags = 3;

    /// <summary>Writes the file.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="type">The type of its numbers.</param>
    /// <param name="change">Changes a tensor before it is written, or leaves it out.</param>
    public static string Write(string path, DType type = DType.Float32, Func<string, Tensor, (string, Tensor)?>? change = null)
    {
        TorchRuntime.Seed(3);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var store = WeightStore.Initialise();
        _ = EncoderFamily.Create(new CnnConfig { Widths = [4, 4, 4, 4, 4, 4], EmbeddingWidth = 8, Tags = Tags }, store.Root);
        var entries = store.Entries.Select(entry => change is null ? (entry.Name, entry.Tensor) : change(entry.Name, entry.Tensor)).Where(entry => entry is not null);
        SafetensorsFile.Write(path, entries.Select(entry => SafetensorsExport.Entry(entry!.Value.Item1, entry.Value.Item2.To(type))));
        return path;
    }
}
