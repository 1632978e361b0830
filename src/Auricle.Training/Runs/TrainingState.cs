using System.Text.Json;
using System.Text.Json.Serialization;

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

    /// <summary>Writes the state as JSON, whole or not at all.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, TrainingStateJson.Default.TrainingState) + "\n");

    /// <summary>Reads a state.</summary>
    /// <exception cref="InvalidDataException">The file is no training state.</exception>
    public static TrainingState Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), TrainingStateJson.Default.TrainingState)
                ?? throw new InvalidDataException($"'{path}' holds null, not a training state; continue from another checkpoint.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' is no training state ({error.Message.TrimEnd('.')}); continue from another checkpoint.", error);
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TrainingState))]
internal sealed partial class TrainingStateJson : JsonSerializerContext;
