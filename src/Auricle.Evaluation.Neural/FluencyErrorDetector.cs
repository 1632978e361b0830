using System.Globalization;
using System.Text;
using Auricle.Models;
using Auricle.Models.Encoders.Text;
using Auricle.Text;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// FENSE's fluency error detector (Zhou et al. 2022): a BERT with one linear layer on its first token, which tells whether a
/// caption has one of the errors that captioners make. Safe for concurrent use.
/// </summary>
public sealed class FluencyErrorDetector : IDisposable
{
    private const int MaximumLength = 64;
    private const string EncoderPrefix = "encoder.";
    private const string Classifier = "clf";

    private readonly TextModel _model;
    private readonly WeightStore _store;
    private readonly Tensor _weight;
    private readonly Tensor _bias;

    private FluencyErrorDetector(TextModel model, WeightStore store)
    {
        _model = model;
        _store = store;
        _weight = (store.Root / Classifier).Get("weight", [Types.Count, model.Encoder.Width], Initialisers.Zeros);
        _bias = (store.Root / Classifier).Get("bias", [Types.Count], Initialisers.Zeros);
    }

    /// <summary>What the detector looks for, in the order of its outputs; the last one is any error at all.</summary>
    public static IReadOnlyList<string> Types { get; } = ["add_tail", "repeat_event", "repeat_adv", "remove_conj", "remove_verb", "error"];

    /// <summary>Finds and loads a published detector.</summary>
    /// <param name="models">
    /// A folder with the detector's checkpoint and BERT's word list: <c>echecker_clotho_audiocaps_base.ckpt</c> of release V0.1 of the
    /// FENSE repository, and <c>bert-base-uncased/vocab.txt</c> (or a <c>vocab.txt</c> directly in the folder, or that of
    /// <c>paraphrase-TinyBERT-L6-v2</c>, which is the same list).
    /// </param>
    /// <param name="options">Which detector.</param>
    /// <exception cref="FileNotFoundException">A file is missing; all of them are named.</exception>
    /// <exception cref="WeightsException">The checkpoint is no such detector.</exception>
    /// <exception cref="TokenizerFileException">The word list is not BERT's.</exception>
    public static FluencyErrorDetector Load(MetricModels models, FluencyDetectorOptions? options = null)
    {
        options ??= new FluencyDetectorOptions();
        var files = new MetricFiles(models, "The fluency error rate");
        var (checkpoint, words) = Find(files, options);
        files.ThrowIfMissing();
        return Load(checkpoint, words, options.Loading);
    }

    /// <summary>Loads a detector from its two files.</summary>
    /// <param name="checkpoint">A checkpoint with <c>model_type</c>, <c>num_classes</c> and <c>state_dict</c>, as FENSE publishes it.</param>
    /// <param name="wordList">The <c>vocab.txt</c> of the BERT it was trained from.</param>
    /// <param name="loading">How it is loaded.</param>
    /// <exception cref="WeightsException">The checkpoint is no such detector.</exception>
    /// <exception cref="TokenizerFileException">The word list is not BERT's.</exception>
    public static FluencyErrorDetector Load(string checkpoint, string wordList, ModelLoadOptions? loading = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpoint);
        ArgumentException.ThrowIfNullOrEmpty(wordList);
        var stored = Checkpoint.Open(checkpoint).Tensors;
        var encoder = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        var rest = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in stored)
            (name.StartsWith(EncoderPrefix, StringComparison.Ordinal) ? encoder : rest)[name] = tensor;
        var model = TextModel.LoadBert(encoder, checkpoint, wordList, loading);
        var store = WeightStore.Load(rest, checkpoint, device: loading?.Device);
        try
        {
            var detector = new FluencyErrorDetector(model, store);
            store.ThrowIfMismatched();
            return detector;
        }
        catch
        {
            store.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>The probability of each kind of error in each text. Equal texts are looked at once.</summary>
    /// <param name="texts">The captions; marks and capitals do not count.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <returns>A list for each text in order, with a probability in [0, 1] for each of <see cref="Types"/>; equal texts share one.</returns>
    public float[][] Detect(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var clean = texts.Select(Clean).ToArray();
        var distinct = clean.Distinct(StringComparer.Ordinal).ToArray();
        var results = new Dictionary<string, float[]>(StringComparer.Ordinal);
        _model.ForEachBatch(
            distinct,
            MaximumLength,
            (places, _, hidden) =>
            {
                var probabilities = hidden.Select(1, 0).Linear(_weight, _bias).Sigmoid().ToArray<float>(); // [rows, types]
                for (var row = 0; row < places.Count; row++)
                    results[distinct[places[row]]] = probabilities[(row * Types.Count)..((row + 1) * Types.Count)];
            },
            cancellationToken: cancellationToken);
        return Array.ConvertAll(clean, text => results[text]);
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose()
    {
        _store.Dispose();
        _model.Dispose();
    }

    internal static (string Checkpoint, string WordList) Find(MetricFiles files, FluencyDetectorOptions options) => (
        files.File("release V0.1 of the FENSE repository", options.Detector, null, options.Detector + ".ckpt"),
        files.File("the word list of google-bert/bert-base-uncased", "bert-base-uncased", "vocab.txt",
            "bert-base-uncased/vocab.txt", "google-bert/bert-base-uncased/vocab.txt", "vocab.txt",
            $"{SentenceSimilarity.PublishedName}/vocab.txt", $"{SentenceSimilarity.PublishedRepository}/vocab.txt"));

    /// <summary>Deletes what is neither letter, digit, underscore nor white space, and lower-cases the rest.</summary>
    internal static string Clean(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // Python's word characters: marks and joiners, which .NET's \w has, are none.
            if (rune.Value == '_' || Rune.IsLetter(rune) || Rune.IsNumber(rune) || (rune.IsBmp && WhiteSpace.Contains((char)rune.Value)))
                result.Append(Rune.ToLower(rune, CultureInfo.InvariantCulture));
        }
        return result.ToString();
    }
}
