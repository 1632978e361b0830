namespace Auricle.Training;

/// <summary>What is heard in an example.</summary>
/// <param name="Labels">The class numbers: of a sequence in order, of simultaneous sounds the stronger first.</param>
/// <param name="Caption">One sentence.</param>
/// <param name="Relation">How two sounds lie in time; <see langword="null"/> for a single one.</param>
/// <param name="Clips">The numbers of the clips in the <see cref="ClipCache"/>, in the order of <paramref name="Labels"/>.</param>
public sealed record MixtureContent(int[] Labels, string Caption, PairRelation? Relation, int[] Clips);
