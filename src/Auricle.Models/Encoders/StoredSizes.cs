using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders;

/// <summary>What the names and shapes of a checkpoint's tensors tell where no configuration does.</summary>
internal static class StoredSizes
{
    /// <summary>The name of the mel matrix that PANNs and what followed them store.</summary>
    public const string MelFilters = "logmel_extractor.melW";

    // The front end is computed: an FFT instead of two convolutions, and a matrix that follows from its numbers.
    private static readonly string[] FrontEnd =
        ["spectrogram_extractor.stft.conv_real.weight", "spectrogram_extractor.stft.conv_imag.weight", MelFilters];

    /// <summary>Whether a name is that of the stored front end or of a norm's counter, which no network reads.</summary>
    /// <param name="name">The name behind the encoder's prefix.</param>
    public static bool IsFrontEndOrCounter(string name) =>
        FrontEnd.Contains(name, StringComparer.Ordinal) || name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    /// <summary>The shape of a tensor.</summary>
    /// <param name="stored">The tensors.</param>
    /// <param name="name">The whole name.</param>
    /// <param name="rank">How many dimensions it must have.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="model">Whose tensor it is, behind "every" in error messages.</param>
    /// <exception cref="WeightsException">There is no such tensor.</exception>
    public static IReadOnlyList<long> Shape(IReadOnlyDictionary<string, StoredTensor> stored, string name, int rank, string file, string model) =>
        stored.TryGetValue(name, out var tensor) && tensor.Shape.Count == rank
            ? tensor.Shape
            : throw new WeightsException(
                $"The checkpoint '{file}' has no tensor '{name}' of {rank} dimensions, which every {model} has; it may be another model.")
            { File = file, Names = [name] };

    /// <summary>How many different layers stand behind a prefix such as <c>encoder.layer.</c></summary>
    public static int Layers(IEnumerable<string> names, string prefix) => names
        .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..].Split('.')[0]).Distinct().Count();
}
