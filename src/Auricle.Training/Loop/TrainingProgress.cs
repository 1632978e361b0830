namespace Auricle.Training;

/// <summary>Where a run stands, for a progress display.</summary>
/// <param name="Epoch">The epoch now running, from 0.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Step">Steps done in this epoch.</param>
/// <param name="Steps">Steps in an epoch.</param>
/// <param name="Loss">The mean loss of this epoch so far.</param>
/// <param name="SamplesPerSecond">Examples per second of this epoch.</param>
/// <param name="Validation">The newest validation measurements; empty before the first.</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, int Step, int Steps, double Loss, double SamplesPerSecond, IReadOnlyList<KeyValuePair<string, double>> Validation);
