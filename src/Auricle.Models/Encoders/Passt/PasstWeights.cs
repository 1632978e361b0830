using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.Passt;

/// <summary>What the names and shapes of a checkpoint's tensors tell of a <see cref="PasstEncoder"/>.</summary>
internal static class PasstWeights
{
    /// <summary>The tensor that no other network has.</summary>
    public const string Mark = "time_new_pos_embed";

    private const string Bands = "freq_new_pos_embed";

    // What stands before the names in files of the authors' training: averaged weights are the better ones where both are there.
    private static readonly string[] Prefixes = ["", "net_swa.", "net.", "model."];

    /// <summary>A file of PaSST's authors.</summary>
    public static PublishedEncoder? Read(IReadOnlyDictionary<string, StoredTensor> stored, string file) =>
        FromCheckpoint(stored) is { } own ? new(Sizes(own, "", file), own, IsExpected) : null;

    /// <summary>The weights under the network's own names, which are the authors'; <see langword="null"/> where they are of another network.</summary>
    /// <param name="stored">The tensors of a checkpoint.</param>
    public static IReadOnlyDictionary<string, StoredTensor>? FromCheckpoint(IReadOnlyDictionary<string, StoredTensor> stored) =>
        Prefixes.FirstOrDefault(prefix => stored.ContainsKey(prefix + Mark)) switch
        {
            null => null,
            "" => stored,
            var prefix => stored.Where(pair => !Prefixes.Skip(1).Any(other => other != prefix && pair.Key.StartsWith(other, StringComparison.Ordinal)))
                .ToDictionary(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal) ? pair.Key[prefix.Length..] : pair.Key, pair => pair.Value, StringComparer.Ordinal),
        };

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network.</summary>
    /// <param name="name">The name behind the encoder's prefix.</param>
    public static bool IsExpected(string name) =>
        // The head of the second summary was for training with a teacher; it takes no part in the published predictions.
        name is "head_dist.weight" or "head_dist.bias" || name.StartsWith("mel.", StringComparison.Ordinal);

    /// <summary>The sizes of the encoder in a checkpoint.</summary>
    /// <param name="stored">The tensors.</param>
    /// <param name="prefix">What stands before the encoder's names.</param>
    /// <param name="file">The file, for error messages; those with finer frames say so in their published names only.</param>
    /// <exception cref="WeightsException">The tensors are no PaSST.</exception>
    public static PasstConfig Sizes(IReadOnlyDictionary<string, StoredTensor> stored, string prefix, string file)
    {
        int Size(string name, int rank, int dimension) => checked((int)StoredSizes.Shape(stored, prefix + name, rank, file, "PaSST")[dimension]);
        var width = Size(Mark, 4, 1);
        var bands = Size(Bands, 4, 2);
        var times = Size(Mark, 4, 3);
        var mel = new KaldiMelConfig();
        if (times == PasstConfig.Hop100.TimePositions)
            mel = PasstConfig.Hop100.Mel;
        else if (Path.GetFileName(file).Contains("stfthop160", StringComparison.OrdinalIgnoreCase))
            mel = PasstConfig.Hop160.Mel;
        return new PasstConfig
        {
            Mel = mel,
            PatchWidth = width,
            Layers = StoredSizes.Layers(stored.Keys, prefix + "blocks."),
            Heads = Math.Max(1, width / PublishedHeadWidth),
            Expansion = Math.Max(1, Size("blocks.0.mlp.fc1.weight", 2, 0) / Math.Max(1, width)),
            PatchSize = Size("patch_embed.proj.weight", 4, 2),
            Stride = mel.MelBands / Math.Max(1, bands),
            BandPositions = bands,
            TimePositions = times,
            Tags = stored.ContainsKey(prefix + "head.1.weight") ? Size("head.1.weight", 2, 0) : 0,
        };
    }

    // Of every published size.
    private const int PublishedHeadWidth = 64;
}
