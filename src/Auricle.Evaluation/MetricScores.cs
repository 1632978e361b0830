namespace Auricle.Evaluation;

/// <summary>What one metric says of a set of clips. Every score is a fraction, never a percentage.</summary>
/// <param name="Name">Name in the reference package, for example <c>cider_d</c>.</param>
/// <param name="Corpus">Score of the whole set; not always the mean of the clips.</param>
/// <param name="Sentences">Score of each clip, in clip order; empty where the metric has a value for the set alone.</param>
public sealed record MetricScores(string Name, double Corpus, IReadOnlyList<double> Sentences)
{
    /// <summary>
    /// How <see cref="Corpus"/> follows from the clips: the mean unless the metric says otherwise; <see langword="null"/> where no
    /// selection of clips has a comparable value, as with the size of a vocabulary.
    /// </summary>
    public ClipStatistics? Statistics { get; init; } = Sentences.Count > 0 ? ClipStatistics.Mean(Sentences) : null;

    /// <summary>Scores whose corpus value is the mean of the clips.</summary>
    public static MetricScores Mean(string name, IReadOnlyList<double> sentences)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        return new(name, sentences.Average(), sentences);
    }
}
