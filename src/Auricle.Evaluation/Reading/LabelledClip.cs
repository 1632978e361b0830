namespace Auricle.Evaluation;

/// <summary>A clip with the one label that is right.</summary>
/// <param name="Clip">Its name.</param>
/// <param name="Label">The label.</param>
/// <param name="Fold">The fold it belongs to, where there are folds.</param>
public sealed record LabelledClip(string Clip, string Label, int? Fold);
