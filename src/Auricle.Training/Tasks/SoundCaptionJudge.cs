using Auricle.Evaluation;
using Auricle.Text;

namespace Auricle.Training;

/// <summary>
/// Tells which labels a caption names: those whose reference captions and clauses score the highest CIDEr-D against it.
/// Document frequencies are those of all labels' references.
/// </summary>
public sealed class SoundCaptionJudge
{
    private readonly CiderD _scorer;
    private readonly CiderReferences[] _captions;
    private readonly CiderReferences[] _clauses;
    private readonly string[] _labels;

    /// <summary>Prepares the references of every label of a corpus.</summary>
    public SoundCaptionJudge(SoundCorpus corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        _labels = [.. corpus.Labels];
        _scorer = new CiderD([.. _labels.Select(label => (IReadOnlyList<string>)[.. corpus.Captions[label].Select(Normalise)])]);
        _captions = [.. _labels.Select(label => _scorer.Prepare([.. corpus.Captions[label].Select(Normalise)]))];
        _clauses = [.. _labels.Select(label => _scorer.Prepare([.. corpus.Clauses[label].Select(Normalise)]))];
    }

    /// <summary>The one label that a caption of a single sound names.</summary>
    public string Name(string caption) => _labels[Ranking.Best<double>(_scorer.Score(Normalise(caption), _captions))];

    /// <summary>The two labels that a caption of a mixture names, judged by their clauses.</summary>
    public (string First, string Second) NameTwo(string caption)
    {
        var scores = _scorer.Score(Normalise(caption), _clauses);
        var first = Ranking.Best<double>(scores);
        return (_labels[first], _labels[Ranking.Best<double>(scores, first)]);
    }

    // Captions of the model have neither capitals nor punctuation; the references are compared in the same form.
    private static string Normalise(string caption) => CaptionNormalizer.Normalize(caption);
}
