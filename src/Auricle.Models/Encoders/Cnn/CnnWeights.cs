using Auricle.Audio.Features;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.Cnn;

/// <summary>What the names and shapes of a checkpoint's tensors tell of a <see cref="CnnEncoder"/>.</summary>
internal static class CnnWeights
{
    // The front end is computed.
    private static readonly string[] Unused =
        ["spectrogram_extractor.stft.conv_real.weight", "spectrogram_extractor.stft.conv_imag.weight", MelFilters];

    public const string MelFilters = "logmel_extractor.melW";

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network.</summary>
    /// <param name="name">The name behind the encoder's prefix.</param>
    public static bool IsExpected(string name) =>
        Unused.Contains(name, StringComparer.Ordinal) || name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    /// <summary>The sizes of the encoder in a checkpoint of PANNs' layout.</summary>
    /// <param name="stored">The tensors.</param>
    /// <param name="prefix">What stands before the encoder's names.</param>
    /// <param name="logMel">Its front end, which the tensors do not tell.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <exception cref="WeightsException">The tensors are no such encoder.</exception>
    public static CnnConfig Sizes(IReadOnlyDictionary<string, StoredTensor> stored, string prefix, LogMelConfig logMel, string file)
    {
        long Rows(string name, int rank) => stored.TryGetValue(prefix + name, out var tensor) && tensor.Shape.Count == rank
            ? tensor.Shape[0]
            : throw new WeightsException(
                $"The checkpoint '{file}' has no tensor '{prefix + name}' of {rank} dimensions, which every CNN of PANNs has; it may be another model.")
            { File = file, Names = [prefix + name] };
        var widths = new List<int> { checked((int)Rows("conv_block1.conv2.weight", 4)) };
        while (stored.ContainsKey($"{prefix}conv_block{widths.Count + 1}.conv2.weight"))
            widths.Add(checked((int)Rows($"conv_block{widths.Count + 1}.conv2.weight", 4)));
        return new CnnConfig
        {
            LogMel = logMel,
            Widths = widths,
            EmbeddingWidth = checked((int)Rows("fc1.weight", 2)),
            Tags = checked((int)Rows("fc_audioset.weight", 2)),
        };
    }
}
