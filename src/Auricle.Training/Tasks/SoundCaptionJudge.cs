using System.Text.RegularExpressions;
using Auricle.Evaluation;
using Auricle.Text;

namespace Auricle.Training;

/// <summary>
/// Tells which labels a caption names: those whose reference captions and clauses score the highest CIDEr-D against it.
/// Document frequencies are those of all labels' references.
/// </summary>
public sealed class SoundCaptionJudge
{
    private const string Place = "xqx";
    private const string Part = @"\S+ \S+ \S.*";

    private readonly CiderD _scorer;
    private readonly CiderReferences[] _captions;
    private readonly CiderReferences[] _clauses;
    private readonly string[] _labels;
    private readonly HashSet<string> _single;
    private readonly Regex[] _joined;
    private readonly Dictionary<string, string[][]> _words;

    /// <summary>Prepares the references of every label of a corpus.</summary>
    public SoundCaptionJudge(SoundCorpus corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        _labels = [.. corpus.Labels];
        _single = [.. corpus.Captions.Values.SelectMany(captions => captions).Concat(corpus.Clips.Select(clip => clip.Caption)).Select(Normalise)];
        _words = corpus.Clauses.ToDictionary(pair => pair.Key, string[][] (pair) => [.. pair.Value.Select(clause => Normalise(clause).Split(' '))]);
        _joined = [.. corpus.PairTemplates.Select(template => new Regex(
            $"^{Regex.Escape(Normalise(template.Text.Replace("{a}", Place, StringComparison.Ordinal).Replace("{b}", Place, StringComparison.Ordinal))).Replace(Place, Part, StringComparison.Ordinal)}$",
            RegexOptions.CultureInvariant))];
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

    /// <summary>
    /// Whether a caption speaks of two sounds: it is no caption of a single label, and a template of the corpus joins its two parts, of at
    /// least three words each.
    /// </summary>
    public bool TellsOfTwo(string caption)
    {
        var plain = Normalise(caption);
        return !_single.Contains(plain) && _joined.Any(template => template.IsMatch(plain));
    }

    /// <summary>The words of each clause of a label.</summary>
    internal string[][] ClausesOf(string label) => _words[label];

    // Captions of the model have neither capitals nor punctuation; the references are compared in the same form.
    private static string Normalise(string caption) => CaptionNormalizer.Normalize(caption);
}
