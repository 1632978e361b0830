using System.Text.Json.Serialization;

namespace Auricle.Evaluation.Neural;

/// <summary>A score on each fold.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Folds">Its value on each fold; one where the task has none.</param>
public sealed record HearScore(string Name, IReadOnlyList<double> Folds)
{
    /// <summary>The mean over the folds.</summary>
    public double Mean => Folds.Average();

    /// <summary>The sample standard deviation over the folds, divided by one less than their number; <see langword="null"/> for one.</summary>
    public double? Deviation
    {
        get
        {
            var mean = Mean;
            return Folds.Count < 2 ? null : Math.Sqrt(Folds.Sum(value => (value - mean) * (value - mean)) / (Folds.Count - 1));
        }
    }
}

/// <summary>What became of one fold.</summary>
/// <param name="Test">The split that judged.</param>
/// <param name="Validation">The value by which the best state was chosen.</param>
/// <param name="Epoch">After how many epochs it was reached.</param>
/// <param name="Postprocessing">How events were made.</param>
public sealed record HearFoldResult(string Test, double Validation, int Epoch, EventPostprocessing? Postprocessing);

/// <summary>What an encoder reached in a task.</summary>
public sealed record HearResult
{
    /// <summary>The task's folder name.</summary>
    public required string Task { get; init; }

    /// <summary>The encoder's name.</summary>
    public required string Model { get; init; }

    /// <summary>The scores, the one that counts first.</summary>
    public required IReadOnlyList<HearScore> Scores { get; init; }

    /// <summary>Whether less of the first score is better.</summary>
    public bool IsLowerBetter { get; init; }

    /// <summary>The way of training that was chosen.</summary>
    public required HearPoint Point { get; init; }

    /// <summary>The folds in their order.</summary>
    public required IReadOnlyList<HearFoldResult> Folds { get; init; }

    /// <summary>What should be known about the figures, such as labels that a fold lacks.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The size of vectors.</summary>
    public required int Width { get; init; }

    /// <summary>How long it took to hear the clips, in seconds; those that were known take none.</summary>
    public required double HearingSeconds { get; init; }

    /// <summary>How long the grid and the folds took, in seconds.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>A hash of all that the figures depend on: encoder, task and options.</summary>
    public required string Key { get; init; }
}

/// <summary>Reads and writes results without reflection; scores that are not defined are spelled NaN.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HearResult))]
[JsonSerializable(typeof(IReadOnlyList<HearResult>))]
public sealed partial class HearJson : JsonSerializerContext;
