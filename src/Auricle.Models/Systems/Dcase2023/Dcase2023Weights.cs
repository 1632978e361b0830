using Auricle.Models.Encoders.Cnn;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Dcase2023;

/// <summary>The names of the weights of DCASE 2023's baseline. The model's own are the authors', but for those of the audio encoder.</summary>
internal static class Dcase2023Weights
{
    public const string Audio = "audio_enc";
    public const string Text = "text_enc";

    // The sentence vectors of the captions that training knew; a caption's own vector takes its row's place.
    private const string Table = Text + ".embedding.weight";

    // A pair of the model's state and the optimiser's, as the authors' training saves it.
    private const string StateOfPair = "0.";
    private const string OptimiserOfPair = "1.";

    /// <summary>Whether the tensors are those of such a model.</summary>
    public static bool Recognises(IReadOnlyDictionary<string, StoredTensor> stored) => stored.Keys.Any(name => Before(name) is not null);

    /// <summary>The width of the sentence vectors it was trained with.</summary>
    public static int SentenceWidth(IReadOnlyDictionary<string, StoredTensor> stored) =>
        stored.TryGetValue(Text + ".fc.weight", out var tensor) && tensor.Shape is [_, > 0 and < int.MaxValue] ? (int)tensor.Shape[1] : 768;

    /// <summary>The weights under the model's own names: trainers put something before all of them.</summary>
    /// <param name="stored">The tensors of the file.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <exception cref="WeightsException">They are no such model.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> FromCheckpoint(IReadOnlyDictionary<string, StoredTensor> stored, string file)
    {
        var prefix = stored.Keys.Select(Before).FirstOrDefault(before => before is not null);
        if (prefix is null)
        {
            var hint = CnnWeights.IsBaseline(stored, "") ? "it is the audio encoder alone; name the checkpoint of training, which has 'text_enc.fc' as well"
                : CnnWeights.Recognises(stored, "") ? "it is a CNN of PANNs; name a checkpoint of the baseline's training"
                : "name a checkpoint of its training";
            throw new WeightsException($"The checkpoint '{file}' is no baseline of DCASE 2023, task 6B: it has no tensor '{Audio}.…'; {hint}.") { File = file };
        }
        var result = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in stored)
        {
            if (prefix == StateOfPair && name.StartsWith(OptimiserOfPair, StringComparison.Ordinal))
                continue;
            var own = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
            result[own.StartsWith(Audio + ".", StringComparison.Ordinal) ? $"{Audio}.{CnnWeights.FromBaseline(own[(Audio.Length + 1)..])}" : own] = tensor;
        }
        return result;
    }

    /// <summary>The sizes of the audio encoder; where a tensor is missing, those that were published, so that everything missing is told at once.</summary>
    public static CnnConfig AudioSizes(IReadOnlyDictionary<string, StoredTensor> stored)
    {
        var published = CnnConfig.Dcase2023;
        return published with
        {
            Widths = [.. published.Widths.Select((width, block) => Rows(stored, $"{Audio}.conv_block{block + 1}.conv1.weight", width))],
            EmbeddingWidth = Rows(stored, $"{Audio}.fc1.weight", published.EmbeddingWidth),
            ProjectionWidth = Rows(stored, $"{Audio}.fc2.weight", published.ProjectionWidth),
        };
    }

    /// <summary>Whether a name may be in a checkpoint without being a weight of the network.</summary>
    public static bool IsExpected(string name) =>
        name == Table || name.StartsWith(Audio + ".", StringComparison.Ordinal) && CnnWeights.IsExpected(name[(Audio.Length + 1)..]);

    private static int Rows(IReadOnlyDictionary<string, StoredTensor> stored, string name, int published) =>
        stored.TryGetValue(name, out var tensor) && tensor.Shape is [> 0 and < int.MaxValue, ..] ? (int)tensor.Shape[0] : published;

    private static string? Before(string name)
    {
        var place = name.IndexOf(Audio + ".", StringComparison.Ordinal);
        return place == 0 || place > 0 && name[place - 1] == '.' ? name[..place] : null;
    }
}
