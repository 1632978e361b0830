namespace Auricle.Training;

/// <summary>How well an encoder's tags name labels, over the labels that can be learned.</summary>
internal sealed class TaggingScore(SoundCorpus corpus)
{
    private readonly IReadOnlySet<string> _counted = corpus.LearnableLabels;

    /// <summary>The share of clips whose own label has the highest logit.</summary>
    /// <param name="clips">The clips, with their samples.</param>
    /// <param name="logits">Gives a logit per label for some samples.</param>
    public (double Accuracy, double Esc10) Clips(ClipCache clips, Func<float[], float[]> logits)
    {
        int right = 0, all = 0, rightInEsc10 = 0, esc10 = 0;
        for (var i = 0; i < clips.Clips.Count; i++)
        {
            var clip = clips.Clips[i];
            if (!_counted.Contains(clip.Label))
                continue;
            var isRight = corpus.Labels[Ranking.Best<float>(logits(clips.Samples(i)))] == clip.Label ? 1 : 0;
            all++;
            right += isRight;
            if (clip.Fold is not null)
            {
                esc10++;
                rightInEsc10 += isRight;
            }
        }
        return ((double)right / Math.Max(1, all), (double)rightInEsc10 / Math.Max(1, esc10));
    }

    /// <summary>The share of mixtures whose two labels have the two highest logits.</summary>
    public static double Mixtures(SoundCorpus corpus, ClipCache clips, IReadOnlyList<EvaluationMixture> mixtures, Func<float[], float[]> logits)
    {
        var both = 0;
        foreach (var mixture in mixtures)
        {
            var values = logits(EvaluationMixtures.Render(mixture, clips));
            var first = Ranking.Best<float>(values);
            var second = Ranking.Best<float>(values, first);
            string[] named = [corpus.Labels[first], corpus.Labels[second]];
            both += named.Contains(mixture.First.Label) && named.Contains(mixture.Second.Label) ? 1 : 0;
        }
        return (double)both / Math.Max(1, mixtures.Count);
    }
}
