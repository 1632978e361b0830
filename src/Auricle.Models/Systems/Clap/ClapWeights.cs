using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Text;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Clap;

/// <summary>The names of the CLAP models' weights. Auricle's own are those of the authors' files.</summary>
internal static class ClapWeights
{
    public const string MsAudio = "audio_encoder.base.";
    public const string MsHtsAt = MsAudio + "htsat.";
    public const string MsText = "caption_encoder.base.";
    public const string LaionAudio = "audio_branch.";
    public const string LaionText = "text_branch.";
    private const string Parallel = "module.";

    // Heads that LAION's training put behind the embeddings; they are not part of them.
    private static readonly string[] TrainingHeads = ["audio_transform.", "text_transform."];

    /// <summary>The weights under the model's own names: training on several GPUs put a prefix before all of them.</summary>
    public static IReadOnlyDictionary<string, StoredTensor> FromCheckpoint(IReadOnlyDictionary<string, StoredTensor> stored) =>
        stored.Keys.All(name => name.StartsWith(Parallel, StringComparison.Ordinal))
            ? stored.ToDictionary(pair => pair.Key[Parallel.Length..], pair => pair.Value, StringComparer.Ordinal)
            : stored;

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network.</summary>
    public static bool IsExpected(string name) =>
        Array.Exists(TrainingHeads, head => name.StartsWith(head, StringComparison.Ordinal))
        || IsUnused(name, MsHtsAt, HtsAtWeights.IsExpected)
        || IsUnused(name, MsAudio, CnnWeights.IsExpected)
        || IsUnused(name, LaionAudio, HtsAtWeights.IsExpected)
        || IsUnused(name, MsText, IsUnusedOfText)
        || IsUnused(name, LaionText, IsUnusedOfText);

    private static bool IsUnused(string name, string prefix, Func<string, bool> isExpected) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && isExpected(name[prefix.Length..]);

    // GPT-2's buffers hold the triangle of what a token may look at.
    private static bool IsUnusedOfText(string name) => TextEncoderWeights.IsExpected(name)
        || name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);
}
