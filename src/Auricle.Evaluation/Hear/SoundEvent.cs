namespace Auricle.Evaluation;

/// <summary>Something that is heard from one time to another.</summary>
/// <param name="Label">What it is, as its place in a vocabulary.</param>
/// <param name="Start">When it begins, in seconds.</param>
/// <param name="End">When it ends, in seconds.</param>
public readonly record struct SoundEvent(int Label, double Start, double End);

/// <summary>The events of one recording: those that are in it and those that were found.</summary>
/// <param name="References">What is in it.</param>
/// <param name="Estimates">What was found.</param>
public sealed record RecordingEvents(IReadOnlyList<SoundEvent> References, IReadOnlyList<SoundEvent> Estimates);
