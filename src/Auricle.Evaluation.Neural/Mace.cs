using Auricle.Audio;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Clap;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// MACE (Dixit et al. 2024): CLAP-sim, of which a caption with a fluency error loses three tenths. Scores lie in [−1, 1]. Safe for
/// concurrent use.
/// </summary>
public sealed class Mace : IDisposable
{
    /// <summary>Name of the metric in the reference package.</summary>
    public const string Name = "mace";

    /// <summary>The detector has to be surer of an error here than in FENSE.</summary>
    public const double DefaultThreshold = 0.97;

    /// <summary>The share of its score that a clip with a fluency error loses.</summary>
    public const double DefaultPenalty = 0.3;

    private readonly ClapSimilarity _similarity;
    private readonly FluencyErrorRate _fluency;
    private readonly double _penalty;
    private readonly bool _ownsFluency;

    /// <summary>Combines a model and a detector, which stay the caller's.</summary>
    /// <param name="model">The audio-text model.</param>
    /// <param name="detector">The fluency error detector.</param>
    /// <param name="threshold">The probability of an error above which a caption counts as not fluent.</param>
    /// <param name="penalty">The share of its score that such a clip loses.</param>
    /// <exception cref="ArgumentNullException">No model or no detector was given.</exception>
    public Mace(IAudioTextModel model, FluencyErrorDetector detector, double threshold = DefaultThreshold, double penalty = DefaultPenalty)
        : this(new ClapSimilarity(model), new FluencyErrorRate(detector, new FluencyDetectorOptions { Threshold = threshold }),
            penalty, ownsFluency: false)
    {
    }

    private Mace(ClapSimilarity similarity, FluencyErrorRate fluency, double penalty, bool ownsFluency)
    {
        _similarity = similarity;
        _fluency = fluency;
        _penalty = penalty;
        _ownsFluency = ownsFluency;
    }

    /// <summary>Finds the published fluency error detector and loads it.</summary>
    /// <param name="models">A folder as <see cref="FluencyErrorDetector.Load(MetricModels, FluencyDetectorOptions)"/> takes it.</param>
    /// <param name="model">The audio-text model, which stays the caller's; <see cref="ClapModel"/> loads one.</param>
    /// <param name="options">Which detector and how it is loaded; its threshold is <see cref="DefaultThreshold"/> where nothing is given.</param>
    /// <exception cref="ArgumentNullException">No model was given.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; all of them are named.</exception>
    /// <exception cref="WeightsException">The checkpoint is no such detector.</exception>
    /// <exception cref="TokenizerFileException">The word list is not BERT's.</exception>
    public static Mace Load(MetricModels models, IAudioTextModel model, FluencyDetectorOptions? options = null) => new(
        new ClapSimilarity(model), FluencyErrorRate.Load(models, options ?? new FluencyDetectorOptions { Threshold = DefaultThreshold }),
            DefaultPenalty, ownsFluency: true);

    /// <summary>Scores every clip and, by the mean, the set.</summary>
    /// <param name="set">The captions. Equal texts are encoded once.</param>
    /// <param name="method">What captions are compared with.</param>
    /// <param name="sounds">The sound of each clip, in clip order; not needed for <see cref="ClapMethod.Text"/>.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <returns><c>mace</c>, then its parts <c>clap_sim</c> and <c>fer</c>; where the detector reports probabilities, those behind them.</returns>
    /// <exception cref="MetricInputException">Sounds are needed and missing, or there are not as many as clips.</exception>
    public IReadOnlyList<MetricScores> Evaluate(
        CaptionSet set, ClapMethod method = ClapMethod.Text, IEnumerable<AudioClip>? sounds = null, CancellationToken cancellationToken = default)
    {
        var similarity = _similarity.Evaluate(set, method, sounds, cancellationToken);
        var fluency = _fluency.Evaluate(set, cancellationToken);
        return [Combine(similarity, fluency[0], _penalty), similarity, .. fluency];
    }

    /// <summary>MACE from its parts.</summary>
    /// <param name="similarity">CLAP-sim.</param>
    /// <param name="fluency">The fluency error rate at MACE's threshold.</param>
    /// <param name="penalty">The share of its score that a clip with a fluency error loses.</param>
    public static MetricScores Combine(MetricScores similarity, MetricScores fluency, double penalty = DefaultPenalty) =>
        FluencyPenalty.Apply(Name, similarity, fluency, penalty);

    /// <summary>Releases the detector where this object loaded it.</summary>
    public void Dispose()
    {
        if (_ownsFluency)
            _fluency.Dispose();
    }
}
