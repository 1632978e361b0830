namespace Auricle.Models.Systems.Conette;

/// <summary>A tag of a clip.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Probability">How probable it is, 0 to 1; tags are judged independently.</param>
/// <param name="Index">Its place in the model's list.</param>
public sealed record TagScore(string Label, double Probability, int Index);
