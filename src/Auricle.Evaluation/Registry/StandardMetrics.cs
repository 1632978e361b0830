namespace Auricle.Evaluation;

/// <summary>The registry of every metric Auricle knows.</summary>
public static class StandardMetrics
{
    private const string NeedsWordNet = "needs WordNet 3.0; install it with: apt-get install wordnet-base";
    private const string NeedsModel = "needs a published model; fetch it with auricle models pull, or name the folder that holds it with --models-folder";

    /// <summary>Registers the metrics.</summary>
    /// <param name="meteor">METEOR's data, read when it is first needed; <see langword="null"/> where there is none.</param>
    public static MetricRegistry Create(Func<MeteorResources>? meteor)
    {
        var data = meteor is null ? null : new Lazy<Meteor>(() => new Meteor(meteor()));
        var spice = meteor is null ? null : new Lazy<Spice>(() => new Spice(meteor()));
        return new MetricRegistry()
            .Add(new CaptionMetric("bleu", ["bleu_1", "bleu_2", "bleu_3", "bleu_4"], Bleu.Evaluate))
            .Add(new CaptionMetric("rouge_l", RougeL.Evaluate))
            .Add(data is null
                ? CaptionMetric.Missing(Meteor.Name, [Meteor.Name], NeedsWordNet)
                : new CaptionMetric(Meteor.Name, set => data.Value.Evaluate(set)))
            .Add(new CaptionMetric(CiderD.Name, CiderD.Evaluate) { Obstacle = LackOfClips })
            .Add(spice is null
                ? CaptionMetric.Missing(Spice.Name, [Spice.Name], NeedsWordNet)
                : new CaptionMetric(Spice.Name, set => spice.Value.Evaluate(set).Scores))
            .Add(new CaptionMetric(Spider.Name, [Spider.Name],
                (_, parts) => [Spider.Combine(parts[CiderD.Name], parts[Spice.Name])]) { Needs = [CiderD.Name, Spice.Name] })
            .Add(CaptionMetric.Missing("fer", ["fer"], NeedsModel))
            .Add(new CaptionMetric(Spider.FluencyName, [Spider.FluencyName], (_, parts) => [Spider.WithFluency(parts[Spider.Name], parts["fer"])])
            {
                Needs = [Spider.Name, "fer"],
            })
            .Add(new CaptionMetric(Spider.MaxName, ["cider_d_max", "spice_max", Spider.MaxName], EvaluateSpiderMax)
            {
                Needs = [CiderD.Name, Spice.Name],
                Obstacle = set => set.Alternatives.Count == 0
                    ? "needs several candidates for each clip; give a file that holds them, as auricle caption --candidates writes it" : null,
            })
            .Add(CaptionMetric.Missing("sbert_sim", ["sbert_sim"], NeedsModel))
            .Add(new CaptionMetric("fense", ["fense"],
                (_, parts) => [FluencyPenalty.Apply("fense", parts["sbert_sim"], parts["fer"])]) { Needs = ["sbert_sim", "fer"] })
            .Add(CaptionMetric.Missing("bert_score", ["bert_score.precision", "bert_score.recall", "bert_score.f1"], NeedsModel))
            .Add(CaptionMetric.Missing("clap_sim", ["clap_sim"], NeedsModel))
            .Add(CaptionMetric.Missing("mace", ["mace"], NeedsModel))
            .Add(new CaptionMetric("vocab", VocabularyScores, EvaluateVocabulary))
            .Add(new CaptionMetric("diversity", [.. Orders.SelectMany(DiversityScores)],
                set => [.. Orders.SelectMany(order => EvaluateDiversity(set, order))]));
    }

    private static readonly int[] Orders = [1, 2, 3];

    private static readonly string[] VocabularyScores =
    [
        "vocab.cands", "vocab.mrefs_full", "vocab.ratio_full", "vocab.mrefs_avg", "vocab.ratio_avg", "vocab.precision", "vocab.recall", "vocab.f1",
        "vocab.jaccard",
    ];

    private static string? LackOfClips(CaptionSet set) =>
        set.Count < 2 ? "weighs n-grams by the clips that hold them, which takes 2 clips or more; give more clips" : null;

    private static IReadOnlyList<MetricScores> EvaluateSpiderMax(CaptionSet set, MetricParts parts) =>
        Spider.Max([.. set.Alternatives.Prepend(set).Select(candidates => (parts.Of(candidates, CiderD.Name), parts.Of(candidates, Spice.Name)))]);

    private static IReadOnlyList<MetricScores> EvaluateVocabulary(CaptionSet set)
    {
        var words = VocabularyStatistics.Of(set);
        double[] values =
        [
            words.Candidates, words.References, words.Ratio, words.AverageReferences, words.AverageRatio, words.Precision, words.Recall, words.F1,
            words.Jaccard,
        ];
        // A selection with repetitions holds fewer different words than the set: no interval can come from it.
        return [.. VocabularyScores.Select(
            (name, place) => new MetricScores(name, values[place], place == 0 ? [.. words.CandidateSentences] : []) { Statistics = null })];
    }

    private static string[] DiversityScores(int order) =>
        [$"sents_div{order}.cands", $"sents_div{order}.mrefs", $"sents_div{order}.ratio", $"corpus_div{order}.cands"];

    private static MetricScores[] EvaluateDiversity(CaptionSet set, int order)
    {
        var diversity = Diversity.Of(set, order);
        var names = DiversityScores(order);
        return
        [
            MetricScores.Mean(names[0], diversity.Candidates), MetricScores.Mean(names[1], diversity.References),
            MetricScores.Mean(names[2], diversity.Ratio),
            new MetricScores(names[3], diversity.CandidateCorpus, []),
        ];
    }
}
