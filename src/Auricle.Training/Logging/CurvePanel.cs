namespace Auricle.Training;

/// <summary>One diagram of a curve plot.</summary>
/// <param name="Title">What the vertical axis shows.</param>
/// <param name="Names">The measurements drawn, by their names in the log; those the log lacks are left out.</param>
public sealed record CurvePanel(string Title, IReadOnlyList<string> Names);
