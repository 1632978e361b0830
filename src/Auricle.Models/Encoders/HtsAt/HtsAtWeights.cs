using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.HtsAt;

/// <summary>What the names and shapes of a checkpoint's tensors tell of an <see cref="HtsAtEncoder"/>.</summary>
internal static class HtsAtWeights
{
    // What the authors' trainer puts before all names.
    private const string Trainer = "sed_model.";

    /// <summary>A file of HTS-AT's authors.</summary>
    public static PublishedEncoder? Read(IReadOnlyDictionary<string, StoredTensor> stored, string file)
    {
        if (stored.ContainsKey(Trainer + "patch_embed.proj.weight"))
            stored = stored.Where(pair => pair.Key.StartsWith(Trainer, StringComparison.Ordinal)).ToDictionary(pair => pair.Key[Trainer.Length..], pair => pair.Value, StringComparer.Ordinal);
        return stored.ContainsKey("patch_embed.proj.weight") && stored.ContainsKey("layers.0.blocks.0.attn.relative_position_bias_table")
            ? new(Sizes(stored, "", new LogMelConfig(), file), stored, IsExpected)
            : null;
    }

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network.</summary>
    /// <param name="name">The name behind the encoder's prefix.</param>
    public static bool IsExpected(string name) =>
        StoredSizes.IsFrontEndOrCounter(name)
        // The linear head was never used; masks and indexes follow from the sizes.
        || name is "head.weight" or "head.bias"
        || name.EndsWith(".attn_mask", StringComparison.Ordinal) || name.EndsWith(".relative_position_index", StringComparison.Ordinal);

    /// <summary>The sizes of the encoder in a checkpoint.</summary>
    /// <param name="stored">The tensors.</param>
    /// <param name="prefix">What stands before the encoder's names.</param>
    /// <param name="logMel">Its front end, which the tensors do not tell.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <exception cref="WeightsException">The tensors are no HTS-AT.</exception>
    public static HtsAtConfig Sizes(IReadOnlyDictionary<string, StoredTensor> stored, string prefix, LogMelConfig logMel, string file)
    {
        IReadOnlyList<long> Shape(string name, int rank) => StoredSizes.Shape(stored, prefix + name, rank, file, "HTS-AT");
        var patch = Shape("patch_embed.proj.weight", 4);
        var depths = new List<int>();
        var heads = new List<int>();
        _ = Shape("layers.0.blocks.0.attn.relative_position_bias_table", 2);
        for (var stage = 0; stored.ContainsKey($"{prefix}layers.{stage}.blocks.0.norm1.weight"); stage++)
        {
            heads.Add(checked((int)Shape($"layers.{stage}.blocks.0.attn.relative_position_bias_table", 2)[1]));
            var blocks = 1;
            while (stored.ContainsKey($"{prefix}layers.{stage}.blocks.{blocks}.norm1.weight"))
                blocks++;
            depths.Add(blocks);
        }
        return new HtsAtConfig
        {
            LogMel = logMel,
            PatchWidth = checked((int)patch[0]),
            PatchSize = checked((int)patch[2]),
            Depths = depths,
            Heads = heads,
            // Files of the Hugging Face library leave the tags out.
            Tags = stored.ContainsKey(prefix + "tscam_conv.weight") ? checked((int)Shape("tscam_conv.weight", 4)[0]) : 0,
            IsFused = stored.ContainsKey(prefix + "patch_embed.mel_conv2d.weight"),
        };
    }
}
