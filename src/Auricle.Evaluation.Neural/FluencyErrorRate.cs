using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// The share of captions that are no fluent English, by FENSE's detector: 1 for a caption with an error, 0 otherwise. Lower is
/// better; it is a part of FENSE, MACE and SPIDEr-FL. Safe for concurrent use.
/// </summary>
public sealed class FluencyErrorRate : IDisposable
{
    /// <summary>Name of the metric in the reference package.</summary>
    public const string Name = "fer";

    private readonly FluencyErrorDetector _detector;
    private readonly FluencyDetectorOptions _options;
    private readonly bool _ownsDetector;

    /// <summary>Wraps a detector, which stays the caller's.</summary>
    /// <param name="detector">The detector.</param>
    /// <param name="options">The threshold and what is reported.</param>
    public FluencyErrorRate(FluencyErrorDetector detector, FluencyDetectorOptions? options = null)
        : this(detector, options ?? new FluencyDetectorOptions(), ownsDetector: false)
    {
    }

    internal FluencyErrorRate(FluencyErrorDetector detector, FluencyDetectorOptions options, bool ownsDetector)
    {
        ArgumentNullException.ThrowIfNull(detector);
        _detector = detector;
        _options = options;
        _ownsDetector = ownsDetector;
    }

    /// <summary>Finds the published detector and loads it.</summary>
    /// <param name="models">A folder as <see cref="FluencyErrorDetector.Load(MetricModels, FluencyDetectorOptions)"/> takes it.</param>
    /// <param name="options">Which detector, its threshold and what is reported.</param>
    /// <exception cref="FileNotFoundException">A file is missing; all of them are named.</exception>
    /// <exception cref="WeightsException">The checkpoint is no such detector.</exception>
    /// <exception cref="TokenizerFileException">The word list is not BERT's.</exception>
    public static FluencyErrorRate Load(MetricModels models, FluencyDetectorOptions? options = null)
    {
        options ??= new FluencyDetectorOptions();
        return new FluencyErrorRate(FluencyErrorDetector.Load(models, options), options, ownsDetector: true);
    }

    /// <summary>Judges the candidate of every clip; the corpus score is the mean.</summary>
    /// <param name="set">The captions; references are not used.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <returns><c>fer</c>; where probabilities are reported, <c>fluency_error.add_tail_prob</c> and so on behind it.</returns>
    public IReadOnlyList<MetricScores> Evaluate(CaptionSet set, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        return Scores(_detector.Detect(set.Candidates, cancellationToken), _options);
    }

    /// <summary>Releases the detector where this object loaded it.</summary>
    public void Dispose()
    {
        if (_ownsDetector)
            _detector.Dispose();
    }

    /// <summary>Counts probabilities above the threshold, for instance those of one reading under several thresholds.</summary>
    /// <param name="probabilities">What <see cref="FluencyErrorDetector.Detect"/> gave: for each clip one of each of
    /// <see cref="FluencyErrorDetector.Types"/>.</param>
    /// <param name="options">The threshold and what is reported.</param>
    /// <returns>As <see cref="Evaluate"/>.</returns>
    public static IReadOnlyList<MetricScores> Scores(IReadOnlyList<float[]> probabilities, FluencyDetectorOptions options)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(options);
        var columns = FluencyErrorDetector.Types
            .Select((type, place) => MetricScores.Mean($"fluency_error.{type}_prob", [.. probabilities.Select(clip => (double)clip[place])]))
            .ToArray();
        var rate = MetricScores.Mean(Name, [.. columns[^1].Sentences.Select(probability => probability > options.Threshold ? 1.0 : 0.0)]);
        return options.ReportsProbabilities ? [rate, .. columns] : [rate];
    }
}
