namespace Auricle.Evaluation;

/// <summary>What one metric says of a set of clips. Every score is a fraction, never a percentage.</summary>
/// <param name="Name">Name in the reference package, for example <c>cider_d</c>.</param>
/// <param name="Corpus">Score of the whole set; not always the mean of the clips.</param>
/// <param name="Sentences">Score of each clip, in clip order.</param>
public sealed record MetricScores(string Name, double Corpus, IReadOnlyList<double> Sentences);
