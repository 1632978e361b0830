using Auricle.Evaluation;
using Auricle.Text;

namespace Auricle.Training;

/// <summary>
/// Tells which labels a caption names: those whose reference captions and clauses score the highest CIDEr-D against it.
/// Document frequencies are those of all labels' references.
/// </summary>
public sealed class SoundCaptionJudge
{
    private readonly CiderD scorer;
    private readonly CiderReferences[] captions;
    private readonly CiderReferences[] clauses;
    private readonly string[] labels;

    /// <summary>Prepares the references of every label of a corpus.</summary>
    public SoundCaptionJudge(SoundCorpus corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        labels = [.. corpus.Labels];
        scorer = new CiderD([.. labels.Select(label => (IReadOnlyList<string>)[.. corpus.Captions[label].Select(Normalise)])]);
        captions = [.. labels.Select(label => scorer.Prepare([.. corpus.Captions[label].Select(Normalise)]))];
        clauses = [.. labels.Select(label => scorer.Prepare([.. corpus.Clauses[label].Select(Normalise)]))];
    }

    /// <summary>The one label that a caption of a single sound names.</summary>
    public string Name(string caption) => labels[Ranking.Best<double>(scorer.Score(Normalise(caption), captions))];

    /// <summary>The two labels that a caption of a mixture names, judged by their clauses.</summary>
    public (string First, string Second) NameTwo(string caption)
    {
        var scores = scorer.Score(Normalise(caption), clauses);
        var first = Ranking.Best<double>(scores);
        return (labels[first], labels[Ranking.Best<double>(scores, first)]);
    }

    // Captions of the model have neither capitals nor punctuation; the references are compared in the same form.
    private static string Normalise(string caption) => CaptionNormalizer.Normalize(caption);
}
