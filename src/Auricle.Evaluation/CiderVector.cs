namespace Auricle.Evaluation;

/// <summary>A sentence as CIDEr-D sees it.</summary>
/// <param name="Grams">Distinct n-grams in order of first appearance, unigrams first, with their weights.</param>
/// <param name="Norms">Euclidean length of the weights of each order, 1 to 4.</param>
/// <param name="BigramCount">Number of bigrams, which the length penalty goes by.</param>
internal sealed record CiderVector((NGram Gram, double Weight)[] Grams, double[] Norms, int BigramCount);
