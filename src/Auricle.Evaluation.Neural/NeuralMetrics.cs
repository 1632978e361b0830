using Auricle.Fetching;
using Auricle.Models.Hub;

namespace Auricle.Evaluation.Neural;

/// <summary>The metrics that are models themselves; each is loaded when it is first asked for.</summary>
/// <param name="models">Where their published models are.</param>
/// <param name="sounds">The clips' sounds, where they are given.</param>
/// <param name="method">What CLAP-sim and MACE compare captions with.</param>
/// <param name="cancellationToken">Ends the work of these two between batches.</param>
public sealed class NeuralMetrics(MetricModels models, ClipSounds? sounds = null, ClapMethod method = ClapMethod.Text, CancellationToken cancellationToken = default) : IDisposable
{
    private static readonly FluencyDetectorOptions Strict = new() { Threshold = Mace.DefaultThreshold };

    private readonly Part<FluencyErrorDetector> _detector = new(() => FluencyErrorDetector.Load(models));
    private readonly Part<ClapSimilarity> _clap = new(() => ClapSimilarity.Load(models));
    private readonly Part<SentenceSimilarity> _similarity = new(() => SentenceSimilarity.Load(models));
    private readonly Part<BertScore> _bertScore = new(() => BertScore.Load(models));
    private (CaptionSet Set, float[][] Probabilities)? _errors;

    /// <summary>Takes the places of the metrics that lack a model; see <see cref="CaptionEvaluationOptions.Extend"/>.</summary>
    /// <param name="registry">Where they belong.</param>
    public void AddTo(MetricRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry
            .Add(new CaptionMetric(FluencyErrorRate.Name, [FluencyErrorRate.Name], set => [Fluency(set, new FluencyDetectorOptions())])
            {
                Obstacle = _ => _detector.Problem,
            })
            .Add(new CaptionMetric(SentenceSimilarity.Name, set => _similarity.Value.Evaluate(set)) { Obstacle = _ => _similarity.Problem })
            .Add(new CaptionMetric("bert_score", ["bert_score.precision", "bert_score.recall", "bert_score.f1"], set => _bertScore.Value.Evaluate(set))
            {
                Obstacle = _ => _bertScore.Problem,
            })
            .Add(new CaptionMetric(
                ClapSimilarity.Name, set => sounds is null || method == ClapMethod.Text
                    ? _clap.Value.Evaluate(set, cancellationToken: cancellationToken)
                    : sounds.Hear(set.Clips, _clap.Value.SampleRate, heard => _clap.Value.Evaluate(set, method, heard, cancellationToken)))
            {
                Obstacle = _ => _clap.Problem,
            })
            .Add(new CaptionMetric(
                Mace.Name, [Mace.Name], (set, parts) => [Mace.Combine(parts[ClapSimilarity.Name], Fluency(set, Strict))])
            {
                Needs = [ClapSimilarity.Name],
                Obstacle = _ => _detector.Problem,
            });
    }

    /// <summary>FER and MACE differ in the threshold alone, so the detector reads a set once for both.</summary>
    private MetricScores Fluency(CaptionSet set, FluencyDetectorOptions options)
    {
        if (_errors?.Set != set)
            _errors = (set, _detector.Value.Detect(set.Candidates, cancellationToken));
        return FluencyErrorRate.Scores(_errors.Value.Probabilities, options)[0];
    }

    /// <summary>Releases the models that were loaded.</summary>
    public void Dispose()
    {
        _detector.Dispose();
        _clap.Dispose();
        _similarity.Dispose();
        _bertScore.Dispose();
    }

    private sealed class Part<T>(Func<T> load) : IDisposable
        where T : class, IDisposable
    {
        private T? _value;

        public T Value => _value ??= load();

        /// <summary>What keeps it from being loaded, as the end of a sentence; <see langword="null"/> where nothing does.</summary>
        public string? Problem
        {
            get
            {
                try
                {
                    _ = Value;
                    return null;
                }
                catch (Exception error) when (error is FileNotFoundException or ModelNotFoundException or FetchException)
                {
                    return $"lacks its model: {error.Message.TrimEnd('.')}";
                }
            }
        }

        public void Dispose() => _value?.Dispose();
    }
}
