using System.Text.RegularExpressions;
using Auricle.Models.FrontEnds;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.ConvNext;

/// <summary>What the names and shapes of a checkpoint's tensors tell of a <see cref="ConvNextEncoder"/>.</summary>
internal static partial class ConvNextWeights
{
    private const string Stem = "downsample_layers.0.0.weight";

    /// <summary>A file of ConvNeXt's authors, such as <c>convnext_tiny_465mAP_BL_AC_75kit.pth</c>.</summary>
    public static PublishedEncoder? Read(IReadOnlyDictionary<string, StoredTensor> stored, string file) =>
        stored.ContainsKey(Stem) ? new(Sizes(stored, file), Renamed(stored, ""), StoredSizes.IsFrontEndOrCounter) : null;

    /// <summary>The weights under the network's own names, of which older files name the layer scale differently.</summary>
    /// <param name="stored">The tensors.</param>
    /// <param name="prefix">Put before all names.</param>
    public static Dictionary<string, StoredTensor> Renamed(IReadOnlyDictionary<string, StoredTensor> stored, string prefix) =>
        stored.ToDictionary(pair => prefix + OldLayerScale().Replace(pair.Key, "$1scale_layer"), pair => pair.Value, StringComparer.Ordinal);

    private static ConvNextConfig Sizes(IReadOnlyDictionary<string, StoredTensor> stored, string file)
    {
        IReadOnlyList<long> Shape(string name, int rank) => StoredSizes.Shape(stored, name, rank, file, "ConvNeXt");
        var widths = new List<int> { checked((int)Shape(Stem, 4)[0]) };
        while (stored.ContainsKey($"downsample_layers.{widths.Count}.1.weight"))
            widths.Add(checked((int)Shape($"downsample_layers.{widths.Count}.1.weight", 4)[0]));
        return new ConvNextConfig
        {
            LogMel = new LogMelConfig { MelBands = checked((int)Shape("bn0.weight", 1)[0]) },
            Widths = widths,
            Depths = [.. Enumerable.Range(0, widths.Count).Select(stage => StoredSizes.Layers(stored.Keys, $"stages.{stage}."))],
            StemKernel = checked((int)Shape(Stem, 4)[2]),
            Tags = checked((int)Shape("head_audioset.weight", 2)[0]),
        };
    }

    [GeneratedRegex(@"(stages\.\d+\.\d+\.)gamma$")]
    private static partial Regex OldLayerScale();
}
