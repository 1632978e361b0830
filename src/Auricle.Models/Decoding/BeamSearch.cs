namespace Auricle.Models.Decoding;

/// <summary>Follows the most promising texts at a time; a beam of one is greedy search.</summary>
public sealed record BeamSearch : Search
{
    /// <summary>Texts followed at a time for each clip.</summary>
    public int Size { get; init; } = 3;

    /// <summary>
    /// Whether finished texts go on competing with those under way, as in MS-CLAP. Otherwise the beam shrinks, as in CoNeTTE (Labbé
    /// et al. 2023): a finished text leaves its place for good, and the search goes on with one less.
    /// </summary>
    public bool FinishedCompete { get; init; }

    internal override int Places => Size;

    internal override IReadOnlyList<Draft> Continue(IReadOnlyList<Draft> texts, StepLogits logits, Ranking ranking)
    {
        // All places of a clip start alike, so that the first step has one text to continue.
        var isFirst = texts.Count < Size;
        var open = texts.Where(text => !text.IsFinished).ToList();
        var places = FinishedCompete || isFirst ? Size : open.Count;
        var candidates = new List<(double Score, Draft Text, int Token, double LogProbability)>();
        foreach (var text in FinishedCompete ? texts : open)
        {
            if (text.IsFinished)
            {
                candidates.Add((text.Score(ranking), text, 0, 0));
                continue;
            }
            var row = logits.After(text);
            var total = Logits.LogSum(row);
            foreach (var token in Logits.Top(row, places))
            {
                var logProbability = row[token] - total;
                candidates.Add((ranking(text.LogProbability + logProbability, text.Length + 1), text, token, logProbability));
            }
        }
        var next = FinishedCompete ? [] : texts.Where(text => text.IsFinished).ToList();
        foreach (var (_, text, token, logProbability) in candidates.OrderByDescending(candidate => candidate.Score).Take(places))
        {
            var rank = FinishedCompete ? next.Count : next.Count - (texts.Count - open.Count);
            var place = FinishedCompete || isFirst ? rank : open[rank].Place;
            next.Add(text.IsFinished ? text with { Place = place } : text.With(token, logProbability, place));
        }
        return next;
    }

    internal override void Check(int vocabulary)
    {
        Require(Size >= 1, Size, nameof(Size), $"A beam of {Size} follows nothing; give at least 1.");
        Require(Size <= vocabulary, Size, nameof(Size), $"A beam of {Size} is wider than the vocabulary of {vocabulary} tokens; make it smaller.");
    }
}
