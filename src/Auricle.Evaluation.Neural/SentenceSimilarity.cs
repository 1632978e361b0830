using System.Numerics.Tensors;
using Auricle.Models;
using Auricle.Models.Encoders.Text;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// How close a caption's meaning is to its references': the mean cosine of sentence embeddings (Reimers and Gurevych 2019).
/// Scores lie in [−1, 1]. Safe for concurrent use.
/// </summary>
public sealed class SentenceSimilarity : IDisposable
{
    /// <summary>Name of the metric in the reference package.</summary>
    public const string Name = "sbert_sim";

    /// <summary>The folder of the sentence encoder that FENSE uses.</summary>
    public const string PublishedName = "paraphrase-TinyBERT-L6-v2";

    internal const string PublishedRepository = "sentence-transformers/" + PublishedName;

    private readonly SentenceEncoder _encoder;
    private readonly bool _ownsEncoder;

    /// <summary>Wraps an encoder, which stays the caller's.</summary>
    public SentenceSimilarity(SentenceEncoder encoder)
        : this(encoder, ownsEncoder: false)
    {
    }

    private SentenceSimilarity(SentenceEncoder encoder, bool ownsEncoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        _encoder = encoder;
        _ownsEncoder = ownsEncoder;
    }

    /// <summary>Finds the published encoder and loads it.</summary>
    /// <param name="models">A folder with <c>paraphrase-TinyBERT-L6-v2</c>, as the hub has it.</param>
    /// <param name="loading">How it is loaded.</param>
    /// <exception cref="FileNotFoundException">The folder or a file in it is missing.</exception>
    /// <exception cref="TextEncoderConfigException">A configuration makes no sense.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or do not fit the configuration.</exception>
    public static SentenceSimilarity Load(MetricModels models, ModelLoadOptions? loading = null)
    {
        var files = new MetricFiles(models, "The sentence similarity");
        var folder = Find(files);
        files.ThrowIfMissing();
        return LoadFrom(folder, loading);
    }

    /// <summary>Scores every clip: the mean over its references; the corpus score is the mean.</summary>
    /// <param name="set">The captions. Equal texts are encoded once.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    public MetricScores Evaluate(CaptionSet set, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        var texts = set.Candidates.Concat(set.References.SelectMany(captions => captions)).Distinct(StringComparer.Ordinal).ToArray();
        var vectors = texts.Zip(_encoder.Embed(texts, normalise: true, cancellationToken))
            .ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        double[] scores = [.. set.Candidates.Zip(set.References, (candidate, references) =>
            references.Average(reference => (double)TensorPrimitives.Dot<float>(vectors[candidate], vectors[reference])))];
        return MetricScores.Mean(Name, scores);
    }

    /// <summary>Releases the encoder where this object loaded it.</summary>
    public void Dispose()
    {
        if (_ownsEncoder)
            _encoder.Dispose();
    }

    internal static string Find(MetricFiles files) =>
        files.Folder(PublishedRepository,
            "config.json, modules.json, 1_Pooling/config.json, sentence_bert_config.json, vocab.txt and pytorch_model.bin or model.safetensors");

    internal static SentenceSimilarity LoadFrom(string folder, ModelLoadOptions? loading) =>
        new(SentenceEncoder.Load(folder, loading), ownsEncoder: true);
}
