using Auricle.Evaluation;
using Auricle.Evaluation.Neural;

namespace Auricle.Cli.Evaluation;

/// <summary>The metrics that are models themselves, from a folder of published models; each is loaded when it is first asked for.</summary>
internal sealed class NeuralMetrics(string folder) : IDisposable
{
    private readonly Part<FluencyErrorRate> _fluency = new(() => FluencyErrorRate.Load(folder));
    private readonly Part<SentenceSimilarity> _similarity = new(() => SentenceSimilarity.Load(folder));
    private readonly Part<BertScore> _bertScore = new(() => BertScore.Load(folder));

    /// <summary>Takes the places of the metrics that lack a model.</summary>
    public void AddTo(MetricRegistry registry)
    {
        registry.Add(new CaptionMetric(FluencyErrorRate.Name, [FluencyErrorRate.Name], set => [_fluency.Value.Evaluate(set)[0]]) { Obstacle = _ => _fluency.Problem })
            .Add(new CaptionMetric(SentenceSimilarity.Name, set => _similarity.Value.Evaluate(set)) { Obstacle = _ => _similarity.Problem })
            .Add(new CaptionMetric("bert_score", ["bert_score.precision", "bert_score.recall", "bert_score.f1"], set => _bertScore.Value.Evaluate(set))
            {
                Obstacle = _ => _bertScore.Problem,
            });
    }

    public void Dispose()
    {
        _fluency.Dispose();
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
                catch (FileNotFoundException error)
                {
                    return $"lacks its model: {error.Message.TrimEnd('.')}";
                }
            }
        }

        public void Dispose() => _value?.Dispose();
    }
}
