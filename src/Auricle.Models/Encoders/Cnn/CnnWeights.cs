using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.Cnn;

/// <summary>What the names and shapes of a checkpoint's tensors tell of a <see cref="CnnEncoder"/>.</summary>
internal static class CnnWeights
{
    /// <summary>The sizes of the encoder in a checkpoint of PANNs' layout.</summary>
    /// <param name="stored">The tensors.</param>
    /// <param name="prefix">What stands before the encoder's names.</param>
    /// <param name="logMel">Its front end, which the tensors do not tell.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <exception cref="WeightsException">The tensors are no such encoder.</exception>
    public static CnnConfig Sizes(IReadOnlyDictionary<string, StoredTensor> stored, string prefix, LogMelConfig logMel, string file)
    {
        int Rows(string name, int rank) => checked((int)StoredSizes.Shape(stored, prefix + name, rank, file, "CNN of PANNs")[0]);
        var widths = new List<int> { Rows("conv_block1.conv2.weight", 4) };
        while (stored.ContainsKey($"{prefix}conv_block{widths.Count + 1}.conv2.weight"))
            widths.Add(Rows($"conv_block{widths.Count + 1}.conv2.weight", 4));
        return new CnnConfig
        {
            LogMel = logMel,
            Widths = widths,
            EmbeddingWidth = Rows("fc1.weight", 2),
            Tags = Rows("fc_audioset.weight", 2),
        };
    }
}
