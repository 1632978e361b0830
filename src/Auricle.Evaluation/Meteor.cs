using System.Collections.Concurrent;
using Auricle.Text;

namespace Auricle.Evaluation;

/// <summary>
/// METEOR 1.5 for English: aligns a caption with each reference by equal words, stems, synonyms and paraphrases, and scores the best alignment. Scores lie in [0, 1]. Safe for concurrent use.
/// </summary>
/// <param name="resources">The language data.</param>
/// <param name="stages">Which kinds of agreement count.</param>
public sealed class Meteor(MeteorResources resources, MeteorStages stages = MeteorStages.All)
{
    /// <summary>Name of the metric in the reference package.</summary>
    public const string Name = "meteor";

    private readonly MeteorAligner _aligner = new(stages, resources.Paraphrases);

    /// <summary>Scores every clip and the set; the corpus score comes from summed counts, not from a mean.</summary>
    public MetricScores Evaluate(CaptionSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var words = new ConcurrentDictionary<string, MeteorWord>(StringComparer.Ordinal);
        var scores = new double[set.Count];
        var statistics = new MeteorStatistics[set.Count];
        Parallel.For(0, set.Count, clip =>
        {
            var best = Best(set.Candidates[clip], set.References[clip], words, null);
            (scores[clip], statistics[clip]) = (best.Statistics.Score().Score, best.Statistics);
        });
        var total = MeteorStatistics.Empty();
        foreach (var clip in statistics)
            total.Add(clip);
        var values = statistics.SelectMany(clip => clip.ToValues()).ToArray();
        return new MetricScores(Name, total.Score().Score, scores)
        {
            Statistics = new ClipStatistics(values, MeteorStatistics.Count, (sums, _) => MeteorStatistics.FromSums(sums).Score().Score),
        };
    }

    /// <summary>The score of one candidate with its alignment.</summary>
    /// <param name="candidate">The caption to score.</param>
    /// <param name="references">At least one reference.</param>
    /// <exception cref="MetricInputException">There is no reference.</exception>
    public MeteorScore Score(string candidate, IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(references);
        if (references.Count == 0)
            throw new MetricInputException("There is no reference caption to score against; give at least one.");
        var perReference = new double[references.Count];
        var best = Best(candidate, references, new(StringComparer.Ordinal), perReference);
        var (score, precision, recall, mean, penalty) = best.Statistics.Score();
        return new MeteorScore
        {
            Score = score,
            PerReference = perReference,
            BestReference = best.Index,
            Precision = precision,
            Recall = recall,
            FMean = mean,
            Penalty = penalty,
            Statistics = best.Statistics.Values,
            CandidateWords = [.. best.Candidate.Select(word => word.Text)],
            ReferenceWords = [.. best.Reference.Select(word => word.Text)],
            Matches = best.Matches,
        };
    }

    private Alignment Best(string candidate, IReadOnlyList<string> references, ConcurrentDictionary<string, MeteorWord> words, double[]? perReference)
    {
        // The original's protocol uses this separator, and its callers clean only candidates.
        var line = Read(candidate.Replace("|||", "", StringComparison.Ordinal).Replace("  ", " ", StringComparison.Ordinal), words);
        Alignment? best = null;
        var bestScore = -1.0;
        for (var i = 0; i < references.Count; i++)
        {
            var reference = Read(references[i], words);
            var matches = _aligner.Align(line, reference);
            var statistics = MeteorStatistics.Of(line, reference, matches);
            var score = statistics.Score().Score;
            if (perReference is not null)
                perReference[i] = score;
            if (score > bestScore)
                (best, bestScore) = (new Alignment(i, line, reference, matches, statistics), score);
        }
        return best!;
    }

    private MeteorWord[] Read(string text, ConcurrentDictionary<string, MeteorWord> words) => Array.ConvertAll(
        WhiteSpace.Split(resources.Normalizer.Normalize(text).ToLowerInvariant()),
        word => words.GetOrAdd(word, static (key, data) => new MeteorWord(key, data), resources));

    private sealed record Alignment(int Index, MeteorWord[] Candidate, MeteorWord[] Reference, MeteorMatch[] Matches, MeteorStatistics Statistics);
}

/// <summary>METEOR's verdict on one clip, with the evidence: everything but the score belongs to the reference that scored best.</summary>
public sealed record MeteorScore
{
    /// <summary>The score, in [0, 1].</summary>
    public required double Score { get; init; }

    /// <summary>The score against each reference alone.</summary>
    public required IReadOnlyList<double> PerReference { get; init; }

    /// <summary>The reference that scored best; the first of equals.</summary>
    public required int BestReference { get; init; }

    /// <summary>Weighted share of the candidate's words that are matched; not a number for an empty candidate.</summary>
    public required double Precision { get; init; }

    /// <summary>Weighted share of the reference's words that are matched; not a number for an empty reference.</summary>
    public required double Recall { get; init; }

    /// <summary>Weighted harmonic mean of precision and recall.</summary>
    public required double FMean { get; init; }

    /// <summary>What the score loses because the matches are scattered.</summary>
    public required double Penalty { get; init; }

    /// <summary>The 23 counts of the original's score line.</summary>
    public required IReadOnlyList<long> Statistics { get; init; }

    /// <summary>Words of the candidate after normalisation.</summary>
    public required IReadOnlyList<string> CandidateWords { get; init; }

    /// <summary>Words of the best reference after normalisation.</summary>
    public required IReadOnlyList<string> ReferenceWords { get; init; }

    /// <summary>The alignment, in reference order.</summary>
    public required IReadOnlyList<MeteorMatch> Matches { get; init; }
}
