namespace Auricle.Training;

/// <summary>One of the two clips of an evaluation mixture. All places count samples at the mixture's rate.</summary>
/// <param name="File">The clip's path below the corpus folder.</param>
/// <param name="Label">Its label.</param>
/// <param name="Start">The first sample taken from the clip.</param>
/// <param name="Length">How many are taken.</param>
/// <param name="Offset">Where they begin in the mixture.</param>
/// <param name="Gain">The change of level, in dB.</param>
public sealed record MixturePart(string File, string Label, int Start, int Length, int Offset, double Gain);
