using System.Numerics.Tensors;
using Auricle.Models.Encoders.Text;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// BERTScore (Zhang et al. 2020) with several references: each token of one text is matched with the closest token of the
/// other by the cosine of contextual vectors. Scores lie in [0, 1] unless stretched. Safe for concurrent use.
/// </summary>
public sealed class BertScore : IDisposable
{
    // Enough texts to fill batches of one length, few enough that their token vectors fit into memory.
    private const int ClipsAtATime = 256;

    private readonly TextModel _model;
    private readonly BertScoreOptions _options;
    private readonly bool _ownsModel;

    /// <summary>Wraps an encoder, which stays the caller's.</summary>
    /// <param name="model">The encoder.</param>
    /// <param name="options">The choices; the name of the model is not used.</param>
    /// <exception cref="ArgumentOutOfRangeException">The encoder has no such layer.</exception>
    public BertScore(TextModel model, BertScoreOptions? options = null)
        : this(model, options ?? new BertScoreOptions(), ownsModel: false)
    {
    }

    private BertScore(TextModel model, BertScoreOptions options, bool ownsModel)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (options.Layer is { } layer && (layer < 0 || layer > model.Encoder.Config.Layers))
            throw new ArgumentOutOfRangeException(
                nameof(options), layer, $"BERTScore cannot compare vectors of layer {layer}; the encoder has the layers 0 to {model.Encoder.Config.Layers}.");
        _model = model;
        _options = options;
        _ownsModel = ownsModel;
    }

    /// <summary>Finds the published encoder and loads it.</summary>
    /// <param name="models">A folder with <c>roberta-large</c>, as the hub has it.</param>
    /// <param name="options">The choices.</param>
    /// <exception cref="FileNotFoundException">The folder or a file in it is missing.</exception>
    /// <exception cref="TextEncoderConfigException">The configuration makes no sense.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or do not fit the configuration.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The encoder has no such layer.</exception>
    public static BertScore Load(MetricModels models, BertScoreOptions? options = null)
    {
        options ??= new BertScoreOptions();
        var files = new MetricFiles(models, "BERTScore");
        var folder = files.Folder(options.Model,
            "config.json, vocab.json, merges.txt (or tokenizer.json) and model.safetensors or pytorch_model.bin");
        files.ThrowIfMissing();
        var model = TextModel.Load(folder, options.Loading);
        try
        {
            return new BertScore(model, options, ownsModel: true);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Scores every clip and, by the mean, the set. Precision, recall and F1 are each the best that some reference gives, not
    /// always the same one.
    /// </summary>
    /// <param name="set">The captions. Equal texts are encoded once.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <returns><c>bert_score.precision</c>, <c>bert_score.recall</c> and <c>bert_score.f1</c>.</returns>
    public IReadOnlyList<MetricScores> Evaluate(CaptionSet set, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        var texts = Enumerable.Range(0, set.Count).Select(clip => new[] { set.Candidates[clip] }.Concat(set.References[clip]).ToArray()).ToArray();
        var uses = texts.SelectMany(clip => clip).CountBy(text => text, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var known = new Dictionary<string, TokenVectors>(StringComparer.Ordinal);
        var scores = new Agreement[set.Count];
        foreach (var clips in Enumerable.Range(0, set.Count).Chunk(ClipsAtATime))
        {
            Encode([.. clips.SelectMany(clip => texts[clip]).Distinct(StringComparer.Ordinal).Where(text => !known.ContainsKey(text))],
                known, cancellationToken);
            Parallel.ForEach(clips, clip => scores[clip] = Best(known[texts[clip][0]], texts[clip].Skip(1).Select(text => known[text])));
            foreach (var text in clips.SelectMany(clip => texts[clip]))
            {
                if (--uses[text] == 0)
                    known.Remove(text);
            }
        }
        MetricScores Column(string name, Func<Agreement, double> value) =>
            new($"bert_score.{name}", scores.Average(value), Array.ConvertAll(scores, score => value(score)));
        return [Column("precision", score => score.Precision), Column("recall", score => score.Recall), Column("f1", score => score.F1)];
    }

    /// <summary>Releases the encoder where this object loaded it.</summary>
    public void Dispose()
    {
        if (_ownsModel)
            _model.Dispose();
    }

    /// <summary>How two texts agree.</summary>
    internal static Agreement Compare(TokenVectors candidate, TokenVectors reference, BertScoreBaseline? baseline = null)
    {
        if (candidate.Count == 0 || reference.Count == 0)
            return default;
        var precise = new float[candidate.Count];
        var recalled = new float[reference.Count];
        // The reference program leaves zeros in place of the special tokens, so that no token's best match is below 0.
        for (var i = 0; i < candidate.Count; i++)
        {
            for (var j = 0; j < reference.Count; j++)
            {
                var cosine = TensorPrimitives.Dot(candidate[i], reference[j]);
                precise[i] = Math.Max(precise[i], cosine);
                recalled[j] = Math.Max(recalled[j], cosine);
            }
        }
        var precision = precise.Average();
        var recall = recalled.Average();
        var f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
        return baseline is null ? new Agreement(precision, recall, f1) : new Agreement(
            (precision - baseline.Precision) / (1 - baseline.Precision),
            (recall - baseline.Recall) / (1 - baseline.Recall),
            (f1 - baseline.F1) / (1 - baseline.F1));
    }

    private Agreement Best(TokenVectors candidate, IEnumerable<TokenVectors> references)
    {
        var all = references.Select(reference => Compare(candidate, reference, _options.Baseline)).ToArray();
        return new Agreement(all.Max(pair => pair.Precision), all.Max(pair => pair.Recall), all.Max(pair => pair.F1));
    }

    private void Encode(string[] texts, Dictionary<string, TokenVectors> known, CancellationToken cancellationToken) => _model.ForEachBatch(
        texts,
        _options.MaximumLength,
        (places, batch, hidden) =>
        {
            var width = _model.Encoder.Width;
            var values = hidden.Div(hidden.Square().Sum([-1], keepdim: true).Sqrt()).ToArray<float>(); // [rows, length, width]
            for (var row = 0; row < places.Count; row++)
            {
                // Without the tokens put around a text: one before and one after.
                var tokens = (int)batch.Mask.AsSpan(row * batch.Length, batch.Length).ToArray().Sum() - 2;
                var start = (row * batch.Length + 1) * width;
                known[texts[places[row]]] = new TokenVectors(values[start..(start + tokens * width)], width);
            }
        },
        _options.Layer,
        cancellationToken: cancellationToken);

    /// <summary>Vectors of length 1, one for each token of a text.</summary>
    internal sealed class TokenVectors(float[] values, int width)
    {
        public int Count => values.Length / width;

        public ReadOnlySpan<float> this[int token] => values.AsSpan(token * width, width);
    }

    /// <summary>Precision, recall and F1.</summary>
    internal readonly record struct Agreement(double Precision, double Recall, double F1);
}
