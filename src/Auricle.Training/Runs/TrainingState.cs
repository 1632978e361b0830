using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Reading;

namespace Auricle.Training;

/// <summary>
/// Where a run stands, beside its tensors (which include libtorch's random state). Checkpoints are made between epochs, and an
/// example depends on seed, epoch and index alone, so no position in the data is needed to continue as if it had never stopped.
/// </summary>
public sealed record TrainingState
{
    /// <summary>Epochs completed.</summary>
    public required int Epoch { get; init; }

    /// <summary>Optimiser steps completed.</summary>
    public required long Step { get; init; }

    /// <summary>The best score so far, or <see langword="null"/> before the first evaluation.</summary>
    public double? BestScore { get; init; }

    /// <summary>The epoch of the best score.</summary>
    public int? BestEpoch { get; init; }

    /// <summary>The rate that a plateau schedule has come to.</summary>
    public double? PlateauRate { get; init; }

    /// <summary>The best measurement of a plateau schedule.</summary>
    public double? PlateauBest { get; init; }

    /// <summary>How many measurements of a plateau schedule in a row brought nothing.</summary>
    public int? PlateauWaited { get; init; }

    /// <summary>What was trained, by the recipe's task; a checkpoint of another is refused.</summary>
    public string? Task { get; init; }

    /// <summary>Writes the state as JSON, whole or not at all.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, TrainingStateJson.Default.TrainingState) + "\n");

    /// <summary>Reads a state.</summary>
    /// <exception cref="TrainingException">The file is no training state.</exception>
    public static TrainingState Load(string path)
    {
        using var document = JsonText.Parse(WholeFile.Read(path, LargestFile, Report), Report);
        try
        {
            return document.RootElement.Deserialize(TrainingStateJson.Default.TrainingState) is { Epoch: >= 0, Step: >= 0 } state
                ? state
                : throw Report(new("holds no epoch and step"));
        }
        catch (JsonException error)
        {
            throw Report(new($"is no training state ({JsonText.Reason(error)})") { Inner = error });
        }

        TrainingException Report(FileProblem problem) => new($"'{path}' {problem.What}; continue from another checkpoint.", innerException: problem.Inner);
    }

    private const int LargestFile = 1 << 20;
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TrainingState))]
internal sealed partial class TrainingStateJson : JsonSerializerContext;
