using System.Text.RegularExpressions;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Clap;

/// <summary>The names of the CLAP models' weights. Auricle's own are those of the authors' files.</summary>
internal static partial class ClapWeights
{
    public const string MsAudio = "audio_encoder.base.";
    public const string MsHtsAt = MsAudio + "htsat.";
    public const string MsText = "caption_encoder.base.";
    public const string LaionAudio = "audio_branch.";
    public const string LaionText = "text_branch.";
    private const string HubAudio = "audio_model.audio_encoder.";
    private const string HubText = "text_model.";

    // Their pattern and our name, in this order; those that begin with a dot are for the audio encoder.
    private static readonly (string Theirs, string Ours)[] HubNames =
    [
        (@"_projection\.linear1\.", "_projection.0."),
        (@"_projection\.linear2\.", "_projection.2."),
        (@"\.attention\.self\.query\.", ".attn.qkv."),
        (@"\.attention\.self\.", ".attn."),
        (@"\.attention\.output\.dense\.", ".attn.proj."),
        (@"\.intermediate\.dense\.", ".mlp.fc1."),
        (@"\.output\.dense\.", ".mlp.fc2."),
        (@"\.layernorm_before\.", ".norm1."),
        (@"\.layernorm_after\.", ".norm2."),
        (@"\.batch_norm\.", ".bn0."),
    ];

    // Heads that LAION's training put behind the embeddings; they are not part of them.
    private static readonly string[] TrainingHeads = ["audio_transform.", "text_transform."];

    /// <summary>The weights under the model's own names: the Hugging Face library has names of its own.</summary>
    public static IReadOnlyDictionary<string, StoredTensor> FromCheckpoint(IReadOnlyDictionary<string, StoredTensor> stored) =>
        stored.Keys.Any(name => name.StartsWith(HubAudio, StringComparison.Ordinal)) ? FromHub(stored) : stored;

    private static Dictionary<string, StoredTensor> FromHub(IReadOnlyDictionary<string, StoredTensor> stored)
    {
        var result = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in stored)
        {
            if (name.StartsWith(HubAudio, StringComparison.Ordinal) && QueryKeyValue().Match(name) is { Success: true } part)
            {
                // Three matrices there, one here; the first of them brings the others along.
                if (part.Groups[1].Value == "query")
                    result[OwnName(name)] = Join(stored, name, part.Groups[1]);
            }
            else
            {
                result[OwnName(name)] = tensor;
            }
        }
        return result;
    }

    private static StoredTensor Join(IReadOnlyDictionary<string, StoredTensor> stored, string query, Group place)
    {
        StoredTensor Part(string part)
        {
            var name = string.Concat(query.AsSpan(0, place.Index), part, query.AsSpan(place.Index + place.Length));
            return stored.TryGetValue(name, out var tensor) && tensor.Shape.Count > 0 && tensor.Shape.SequenceEqual(stored[query].Shape)
                && tensor.TypeName == stored[query].TypeName
                ? tensor
                : throw new WeightsException($"The checkpoint has '{query}' without a like '{name}'; fetch it again.") { Names = [name] };
        }
        return StoredTensor.Join([Part("query"), Part("key"), Part("value")]);
    }

    private static string OwnName(string name)
    {
        foreach (var (theirs, ours) in HubNames)
        {
            if (!ours.StartsWith('.') || name.StartsWith(HubAudio, StringComparison.Ordinal))
                name = Regex.Replace(name, theirs, ours);
        }
        return name.Replace(HubAudio, LaionAudio, StringComparison.Ordinal).Replace(HubText, LaionText, StringComparison.Ordinal);
    }

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network.</summary>
    public static bool IsExpected(string name) =>
        Array.Exists(TrainingHeads, head => name.StartsWith(head, StringComparison.Ordinal))
        || IsUnused(name, MsHtsAt, HtsAtWeights.IsExpected)
        || IsUnused(name, MsAudio, StoredSizes.IsFrontEndOrCounter)
        || IsUnused(name, LaionAudio, HtsAtWeights.IsExpected)
        || IsUnused(name, MsText, IsUnusedOfText)
        || IsUnused(name, LaionText, IsUnusedOfText);

    [GeneratedRegex(@"\.attention\.self\.(query|key|value)\.(weight|bias)$")]
    private static partial Regex QueryKeyValue();

    private static bool IsUnused(string name, string prefix, Func<string, bool> isExpected) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && isExpected(name[prefix.Length..]);

    // GPT-2's buffers hold the triangle of what a token may look at.
    private static bool IsUnusedOfText(string name) => TextEncoderWeights.IsExpected(name)
        || name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);
}
