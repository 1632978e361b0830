using System.Globalization;
using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.Cnn;

/// <summary>What the names and shapes of a checkpoint's tensors tell of a <see cref="CnnEncoder"/>, whose names are those of PANNs.</summary>
internal static class CnnWeights
{
    private const string First = "conv_block1.conv1.weight";
    private const string Attention = "att_block.att.weight";
    private const string UnusedNorm = "att_block.bn_att.";
    private const string Kernels = "spectrogram_extractor.stft.conv_real.weight";
    private const string BaselineBlocks = "cnn.";
    private const string BaselineEmbedding = "fc.1.";
    private const int BaselineModules = 8;

    // A block of the baseline is a run of modules: those without weights stand between these.
    private static readonly (int Place, string Name)[] BaselineNames = [(0, "conv1"), (1, "bn1"), (3, "conv2"), (4, "bn2")];

    /// <summary>Whether the tensors behind a prefix are such an encoder, under the names of PANNs or of the baseline of DCASE 2023.</summary>
    public static bool Recognises(IReadOnlyDictionary<string, StoredTensor> stored, string prefix) =>
        stored.ContainsKey(prefix + "bn0.weight") && (stored.ContainsKey(prefix + First) || IsBaseline(stored, prefix));

    /// <summary>A file of PANNs, or of a network that follows them.</summary>
    public static PublishedEncoder? Read(IReadOnlyDictionary<string, StoredTensor> stored, string file)
    {
        if (!Recognises(stored, ""))
            return null;
        var own = IsBaseline(stored, "") ? stored.ToDictionary(pair => FromBaseline(pair.Key), pair => pair.Value, StringComparer.Ordinal) : stored;
        return new PublishedEncoder(Sizes(own, "", null, file), own, IsExpected);
    }

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network.</summary>
    /// <param name="name">The name behind the encoder's prefix.</param>
    public static bool IsExpected(string name) =>
        // The attention's norm is made and stored, but the authors' network never calls it.
        StoredSizes.IsFrontEndOrCounter(name) || name.StartsWith(UnusedNorm, StringComparison.Ordinal);

    /// <summary>The encoder's own name for a tensor of the baseline of DCASE 2023; any other stays as it is.</summary>
    /// <param name="name">The name behind the encoder's prefix.</param>
    public static string FromBaseline(string name)
    {
        if (name.StartsWith(BaselineEmbedding, StringComparison.Ordinal))
            return "fc1." + name[BaselineEmbedding.Length..];
        var parts = name.Split('.', 3);
        if (!name.StartsWith(BaselineBlocks, StringComparison.Ordinal) || parts.Length < 3
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var module))
        {
            return name;
        }
        var own = Array.Find(BaselineNames, item => item.Place == module % BaselineModules).Name;
        return own is null ? name : $"conv_block{module / BaselineModules + 1}.{own}.{parts[2]}";
    }

    /// <summary>Whether the tensors bear the names of the baseline of DCASE 2023.</summary>
    public static bool IsBaseline(IReadOnlyDictionary<string, StoredTensor> stored, string prefix) => stored.ContainsKey(prefix + "cnn.0.weight");

    /// <summary>The sizes of the encoder in a checkpoint.</summary>
    /// <param name="stored">The tensors under the encoder's own names.</param>
    /// <param name="prefix">What stands before them.</param>
    /// <param name="logMel">Its front end; where absent, that of PANNs at the rate that the stored one tells.</param>
    /// <param name="file">
    /// The file, for error messages. Its name also tells apart what the tensors do not: <c>Cnn14_DecisionLevelMax…</c> and
    /// <c>Cnn14_DecisionLevelAvg…</c> have those of CNN14.
    /// </param>
    /// <exception cref="WeightsException">The tensors are no such encoder.</exception>
    public static CnnConfig Sizes(IReadOnlyDictionary<string, StoredTensor> stored, string prefix, LogMelConfig? logMel, string file)
    {
        IReadOnlyList<long> Shape(string name, int rank) => StoredSizes.Shape(stored, prefix + name, rank, file, "CNN of PANNs");
        int Rows(string name, int rank) => checked((int)Shape(name, rank)[0]);
        bool Has(string name) => stored.ContainsKey(prefix + name);
        var widths = new List<int> { Rows(First, 4) };
        while (Has($"conv_block{widths.Count + 1}.conv1.weight"))
            widths.Add(Rows($"conv_block{widths.Count + 1}.conv1.weight", 4));
        var projection = Has("fc2.weight") ? Rows("fc2.weight", 2) : 0;
        return new CnnConfig
        {
            LogMel = logMel ?? FrontEnd(Has(Kernels) ? Shape(Kernels, 3)[2] : 1024) with { MelBands = Rows("bn0.weight", 1) },
            Widths = widths,
            ConvolutionsPerBlock = Has("conv_block1.conv2.weight") ? 2 : 1,
            Kernel = checked((int)Shape(First, 4)[2]),
            // The sixth block of CNN14 is the only one that PANNs do not pool.
            PoolsLastBlock = widths.Count < CnnConfig.Cnn14.Widths.Count || projection > 0,
            EmbeddingWidth = Rows("fc1.weight", 2),
            ProjectionWidth = projection,
            Tags = Has(Attention) ? Rows(Attention, 3) : Has("fc_audioset.weight") || projection == 0 ? Rows("fc_audioset.weight", 2) : 0,
            Decision = Has(Attention) ? CnnDecision.Attention : Named("DecisionLevelMax") ? CnnDecision.Maximum
                : Named("DecisionLevelAvg") ? CnnDecision.Average : CnnDecision.Clip,
        };

        bool Named(string part) => Path.GetFileName(file).Contains(part, StringComparison.OrdinalIgnoreCase);
    }

    private static LogMelConfig FrontEnd(long window) => CnnConfig.FrontEndAt(window switch { 256 => 8000, 512 => 16000, _ => 32000 });
}
