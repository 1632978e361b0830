using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders.MobileNet;

/// <summary>What the names and shapes of a checkpoint's tensors tell of a <see cref="MobileNetEncoder"/>, whose names are the authors'.</summary>
internal static class MobileNetWeights
{
    /// <summary>The tensor that no other network has.</summary>
    public const string Mark = "features.1.block.0.0.weight";

    private const string Last = "features.16.0.weight";

    /// <summary>A file of EfficientAT.</summary>
    public static PublishedEncoder? Read(IReadOnlyDictionary<string, StoredTensor> stored, string file) =>
        Recognises(stored, "") ? new(Sizes(stored, "", file), stored, IsExpected) : null;

    /// <summary>Whether the tensors behind a prefix are such an encoder.</summary>
    public static bool Recognises(IReadOnlyDictionary<string, StoredTensor> stored, string prefix) =>
        stored.ContainsKey(prefix + Mark) && stored.ContainsKey(prefix + Last);

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network.</summary>
    /// <param name="name">The name behind the encoder's prefix.</param>
    public static bool IsExpected(string name) => StoredSizes.IsFrontEndOrCounter(name);

    /// <summary>The sizes of the encoder in a checkpoint. The front end is the usual one: no tensor tells it.</summary>
    /// <param name="stored">The tensors.</param>
    /// <param name="prefix">What stands before the encoder's names.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <exception cref="WeightsException">The tensors are no such encoder.</exception>
    public static MobileNetConfig Sizes(IReadOnlyDictionary<string, StoredTensor> stored, string prefix, string file)
    {
        int Rows(string name, int rank) => checked((int)StoredSizes.Shape(stored, prefix + name, rank, file, "MobileNetV3 of EfficientAT")[0]);
        return new MobileNetConfig
        {
            // The last map has six times the 160 channels before it, which every published scale keeps free of rounding.
            Scale = Rows(Last, 4) / (6.0 * 160),
            Tags = stored.ContainsKey(prefix + "classifier.5.weight") ? Rows("classifier.5.weight", 2) : 0,
        };
    }
}
