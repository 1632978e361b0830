namespace Auricle.Evaluation;

/// <summary>A metric from a function.</summary>
/// <param name="name">The name it is asked for by.</param>
/// <param name="scores">Names of the scores it gives.</param>
/// <param name="score">Gives one item for each name.</param>
public sealed class CaptionMetric(string name, IReadOnlyList<string> scores, Func<CaptionSet, MetricParts, IReadOnlyList<MetricScores>> score)
    : ICaptionMetric
{
    /// <summary>A metric that needs no other.</summary>
    /// <param name="name">The name it is asked for by.</param>
    /// <param name="scores">Names of the scores it gives.</param>
    /// <param name="score">Gives one item for each name.</param>
    public CaptionMetric(string name, IReadOnlyList<string> scores, Func<CaptionSet, IReadOnlyList<MetricScores>> score)
        : this(name, scores, (set, _) => score(set))
    {
    }

    /// <summary>A metric with a single score of its own name.</summary>
    /// <param name="name">The name of both.</param>
    /// <param name="score">The score.</param>
    public CaptionMetric(string name, Func<CaptionSet, MetricScores> score)
        : this(name, [name], (set, _) => [score(set)])
    {
    }

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Scores => scores;

    /// <inheritdoc/>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>What stands in the way of scoring a set; nothing unless told otherwise.</summary>
    public Func<CaptionSet, string?> Obstacle { get; init; } = _ => null;

    /// <summary>A metric that is known but cannot run here.</summary>
    /// <param name="name">The name it is asked for by.</param>
    /// <param name="scores">Names of the scores it would give.</param>
    /// <param name="reason">Why, and how to enable it, as the end of a sentence that begins with the name.</param>
    public static CaptionMetric Missing(string name, IReadOnlyList<string> scores, string reason) =>
        new(name, scores, _ => throw new InvalidOperationException($"{name} {reason}.")) { Obstacle = _ => reason };

    /// <inheritdoc/>
    public string? ObstacleTo(CaptionSet captions) => Obstacle(captions);

    /// <inheritdoc/>
    public IReadOnlyList<MetricScores> Score(CaptionSet captions, MetricParts parts) => score(captions, parts);
}
