namespace Auricle.Models.Systems.Conette;

/// <summary>How a batch is mixed with itself: value := weight × value + (1 − weight) × value of another clip.</summary>
/// <param name="Weight">The weight of each clip itself, 0.5 to 1.</param>
/// <param name="Permutation">For each clip the other one.</param>
public sealed record ConetteMixup(double Weight, IReadOnlyList<long> Permutation);
