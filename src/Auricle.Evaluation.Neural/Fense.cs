using Auricle.Models.Encoders.Text;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// FENSE (Zhou et al. 2022): sentence similarity, of which a caption with a fluency error loses nine tenths. DCASE ranked
/// captioners by it in 2024. Scores lie in [−1, 1]. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Texts are scored as they are given. The reference package hands over the words that its PTB tokenizer left; FENSE's own
/// program takes raw text. Both differ a little in the similarity.
/// </remarks>
public sealed class Fense : IDisposable
{
    /// <summary>Name of the metric in the reference package.</summary>
    public const string Name = "fense";

    private readonly SentenceSimilarity _similarity;
    private readonly FluencyErrorRate _fluency;
    private readonly double _penalty;
    private readonly bool _ownsParts;

    /// <summary>Combines two metrics, which stay the caller's.</summary>
    /// <param name="similarity">The similarity.</param>
    /// <param name="fluency">The fluency error rate.</param>
    /// <param name="penalty">The share of its score that a clip with a fluency error loses.</param>
    public Fense(SentenceSimilarity similarity, FluencyErrorRate fluency, double penalty = 0.9)
        : this(similarity, fluency, penalty, ownsParts: false)
    {
    }

    private Fense(SentenceSimilarity similarity, FluencyErrorRate fluency, double penalty, bool ownsParts)
    {
        ArgumentNullException.ThrowIfNull(similarity);
        ArgumentNullException.ThrowIfNull(fluency);
        _similarity = similarity;
        _fluency = fluency;
        _penalty = penalty;
        _ownsParts = ownsParts;
    }

    /// <summary>Finds the published models and loads them.</summary>
    /// <param name="models">
    /// A folder with <c>paraphrase-TinyBERT-L6-v2</c> (<see cref="SentenceSimilarity.Load"/>) and
    /// <c>echecker_clotho_audiocaps_base.ckpt</c> (<see cref="FluencyErrorDetector.Load(MetricModels, FluencyDetectorOptions)"/>).
    /// </param>
    /// <param name="options">FENSE's numbers.</param>
    /// <exception cref="FileNotFoundException">A file is missing; all of them are named.</exception>
    /// <exception cref="TextEncoderConfigException">A configuration makes no sense.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged.</exception>
    /// <exception cref="WeightsException">Weights cannot be read or do not fit.</exception>
    public static Fense Load(MetricModels models, FenseOptions? options = null)
    {
        options ??= new FenseOptions();
        var files = new MetricFiles(models, "FENSE");
        var folder = SentenceSimilarity.Find(files);
        var (checkpoint, words) = FluencyErrorDetector.Find(files, options.Fluency);
        files.ThrowIfMissing();
        var similarity = SentenceSimilarity.LoadFrom(folder, options.Fluency.Loading);
        try
        {
            var detector = FluencyErrorDetector.Load(checkpoint, words, options.Fluency.Loading);
            return new Fense(similarity, new FluencyErrorRate(detector, options.Fluency, ownsDetector: true), options.Penalty, ownsParts: true);
        }
        catch
        {
            similarity.Dispose();
            throw;
        }
    }

    /// <summary>Scores every clip and, by the mean, the set.</summary>
    /// <param name="set">The captions. Equal texts are encoded once.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <returns><c>fense</c>, then its parts <c>sbert_sim</c> and <c>fer</c>; where the detector reports probabilities, those behind them.</returns>
    public IReadOnlyList<MetricScores> Evaluate(CaptionSet set, CancellationToken cancellationToken = default)
    {
        var fluency = _fluency.Evaluate(set, cancellationToken);
        var similarity = _similarity.Evaluate(set, cancellationToken);
        return [FluencyPenalty.Apply(Name, similarity, fluency[0], _penalty), similarity, .. fluency];
    }

    /// <summary>Releases the models where this object loaded them.</summary>
    public void Dispose()
    {
        if (!_ownsParts)
            return;
        _similarity.Dispose();
        _fluency.Dispose();
    }
}

/// <summary>FENSE's numbers; the defaults are the published ones.</summary>
public sealed record FenseOptions
{
    /// <summary>The fluency error detector and its threshold.</summary>
    public FluencyDetectorOptions Fluency { get; init; } = new();

    /// <summary>The share of its score that a clip with a fluency error loses.</summary>
    public double Penalty { get; init; } = 0.9;
}
