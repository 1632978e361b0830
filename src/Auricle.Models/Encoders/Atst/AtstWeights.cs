using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.Atst;

/// <summary>What the names and shapes of a checkpoint's tensors tell of an <see cref="AtstEncoder"/>.</summary>
internal static class AtstWeights
{
    /// <summary>The tensor that no other network has.</summary>
    public const string Mark = "norm_frame.weight";

    // What stands before the names: those of training's teacher, which is the published encoder; of encoders tuned for sound events; of
    // retrieval models. Only the first calls the last norm otherwise.
    private static readonly (string Prefix, string Norm)[] Layouts =
    [
        ("", "norm_frame."),
        ("model.teacher.encoder.", "norm."),
        ("encoder.encoder.frame_encoder.", "norm_frame."),
        ("encoder.encoder.", "norm_frame."),
        ("atst.", "norm_frame."),
    ];

    /// <summary>A file of ATST-Frame's authors.</summary>
    public static PublishedEncoder? Read(IReadOnlyDictionary<string, StoredTensor> stored, string file) =>
        FromCheckpoint(stored) is { } own ? new(Sizes(own, "", file), own, IsExpected) : null;

    /// <summary>The weights under the network's own names; <see langword="null"/> where they are of another network.</summary>
    /// <param name="stored">The tensors of a checkpoint.</param>
    public static IReadOnlyDictionary<string, StoredTensor>? FromCheckpoint(IReadOnlyDictionary<string, StoredTensor> stored)
    {
        foreach (var (prefix, norm) in Layouts)
        {
            if (!stored.ContainsKey(prefix + norm + "weight") || !stored.ContainsKey(prefix + Patches))
                continue;
            // What else a training file holds, the student for one, is of no use here.
            return stored.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(
                pair => pair.Key.StartsWith(prefix + norm, StringComparison.Ordinal) ? "norm_frame." + pair.Key[(prefix + norm).Length..] : pair.Key[prefix.Length..],
                pair => pair.Value, StringComparer.Ordinal);
        }
        return null;
    }

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network: what only training used.</summary>
    /// <param name="name">The name behind the encoder's prefix.</param>
    public static bool IsExpected(string name) => name is "mask_embed" or "cls_token" || name.StartsWith("teacher_module.", StringComparison.Ordinal);

    /// <summary>The sizes of the encoder in a checkpoint.</summary>
    /// <param name="stored">The tensors.</param>
    /// <param name="prefix">What stands before the encoder's names.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <exception cref="WeightsException">The tensors are no ATST-Frame.</exception>
    public static AtstConfig Sizes(IReadOnlyDictionary<string, StoredTensor> stored, string prefix, string file)
    {
        int Size(string name, int rank, int dimension) => checked((int)StoredSizes.Shape(stored, prefix + name, rank, file, "ATST-Frame")[dimension]);
        var width = Size("pos_embed", 3, 2);
        var config = new AtstConfig();
        return config with
        {
            PatchWidth = width,
            Layers = StoredSizes.Layers(stored.Keys, prefix + "blocks."),
            Heads = Math.Max(1, width / PublishedHeadWidth),
            Expansion = Math.Max(1, Size("blocks.0.mlp.fc1.weight", 2, 0) / Math.Max(1, width)),
            PatchFrames = Math.Max(1, Size(Patches, 2, 1) / config.LogMel.MelBands),
            Positions = Size("pos_embed", 3, 1) - 1,
        };
    }

    private const string Patches = "patch_embed.patch_embed.weight";

    // Of every published size.
    private const int PublishedHeadWidth = 64;
}
