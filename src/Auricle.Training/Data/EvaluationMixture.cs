namespace Auricle.Training;

/// <summary>A mixture of two clips, described so that anyone can make it again: see <see cref="EvaluationMixtures.Render"/>.</summary>
/// <param name="Id">A name, unique in its list.</param>
/// <param name="Relation">How the two lie in time.</param>
/// <param name="Caption">One true sentence.</param>
/// <param name="SampleRate">Samples a second.</param>
/// <param name="Length">The number of samples.</param>
/// <param name="First">The clip heard first, or the stronger one.</param>
/// <param name="Second">The other clip.</param>
public sealed record EvaluationMixture(
    string Id, PairRelation Relation, string Caption, int SampleRate, int Length, MixturePart First, MixturePart Second);
