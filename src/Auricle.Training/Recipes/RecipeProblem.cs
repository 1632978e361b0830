namespace Auricle.Training;

/// <summary>One thing that is wrong with a recipe.</summary>
/// <param name="Key">The dotted key, for example <c>optimizer.lr</c>.</param>
/// <param name="Value">The value as it was written, or <see langword="null"/> where the key itself is the problem.</param>
/// <param name="Expected">What the key takes, or the nearest known key where the key is unknown; <see langword="null"/> where nothing is near.</param>
/// <param name="Message">One sentence with the key, the value, where it was written and what is expected.</param>
public sealed record RecipeProblem(string Key, string? Value, string? Expected, string Message);
