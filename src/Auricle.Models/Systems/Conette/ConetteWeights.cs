using Auricle.Models.Encoders;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Conette;

/// <summary>
/// The names of CoNeTTE's weights. Auricle's own names are those of the published hub repository; files of the encoder alone
/// and of the reference's trainer use parts of them.
/// </summary>
internal static class ConetteWeights
{
    public const string EncoderPrefix = "preprocessor.encoder.";
    public const string CaptionerPrefix = "model.";
    public const string SpacePrefix = "space.";
    public const string MelFilters = EncoderPrefix + StoredSizes.MelFilters;
    public const string TaskTokens = CaptionerPrefix + "task_id_to_token_id";
    public const string Unrepeatable = CaptionerPrefix + "forbid_rep_mask";
    public const string Classifier = "decoder.classifier.weight";
    public const string ExtraState = "_extra_state_";
    public const string TokenizerState = "tokenizers.0._extra_state";

    // Computed, or read by name.
    private static readonly string[] Unused =
    [
        CaptionerPrefix + "decoder.pos_encoding.pos_embedding",
        TaskTokens,
        Unrepeatable,
        ExtraState,
    ];

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network.</summary>
    public static bool IsExpected(string name) =>
        Unused.Contains(name, StringComparer.Ordinal) || name.EndsWith(".num_batches_tracked", StringComparison.Ordinal)
        || name.StartsWith(EncoderPrefix, StringComparison.Ordinal) && StoredSizes.IsFrontEndOrCounter(name[EncoderPrefix.Length..]);

    /// <summary>The weights of a hub repository, of which older ones name the layer scale differently.</summary>
    public static Dictionary<string, StoredTensor> FromHub(IReadOnlyDictionary<string, StoredTensor> stored) => ConvNextWeights.Renamed(stored, "");

    /// <summary>The weights of a file that holds the encoder alone.</summary>
    public static Dictionary<string, StoredTensor> FromEncoder(IReadOnlyDictionary<string, StoredTensor> stored) =>
        ConvNextWeights.Renamed(stored, stored.Keys.Any(name => name.StartsWith(EncoderPrefix, StringComparison.Ordinal)) ? "" : EncoderPrefix);

    /// <summary>The weights of a checkpoint of the reference's trainer, which holds the captioner alone.</summary>
    public static Dictionary<string, StoredTensor> FromTrainer(IReadOnlyDictionary<string, StoredTensor> stored) => ConvNextWeights.Renamed(stored, CaptionerPrefix);

    /// <summary>Whether the names are those of the reference's trainer.</summary>
    public static bool AreFromTrainer(IEnumerable<string> names) =>
        names.Any(name => name.StartsWith("decoder.", StringComparison.Ordinal) || name.StartsWith("projection.", StringComparison.Ordinal));
}
