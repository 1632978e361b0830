using Auricle.Fetching;

namespace Auricle.Models.Hub;

/// <summary>What fetching a model by name comes to, before anything is fetched.</summary>
/// <param name="Name">The name that was asked for.</param>
/// <param name="Models">The model, and those that belong to it.</param>
public sealed record FetchPlan(string Name, IReadOnlyList<PlannedModel> Models)
{
    /// <summary>The files that are not here yet.</summary>
    public IEnumerable<PlannedFile> Missing => Models.SelectMany(model => model.Files).Where(file => !file.IsHere);

    /// <summary>The bytes of the missing files whose sizes are known.</summary>
    public long Bytes => Missing.Sum(file => file.Remote.Size ?? 0);

    /// <summary>Whether the sizes of all missing files are known.</summary>
    public bool IsSizeKnown => Missing.All(file => file.Remote.Size is not null);
}

/// <summary>A model of a <see cref="FetchPlan"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Origin">Where it comes from, for people.</param>
/// <param name="License">The licence of its weights, as the catalogue or the place it comes from states it; <see langword="null"/> where none is stated.</param>
/// <param name="Files">Its files.</param>
public sealed record PlannedModel(string Name, string Origin, string? License, IReadOnlyList<PlannedFile> Files)
{
    /// <summary>What makes the files a model once all are here.</summary>
    internal Action? Complete { get; init; }
}

/// <summary>A file of a <see cref="PlannedModel"/>.</summary>
/// <param name="Remote">Where it comes from.</param>
/// <param name="Path">Where it is found once it is here.</param>
/// <param name="Target">Where its bytes are put.</param>
public sealed record PlannedFile(RemoteFile Remote, string Path, FetchTarget Target)
{
    /// <summary>Whether it is here already.</summary>
    public bool IsHere => File.Exists(Path);
}

/// <summary>Leave to fetch models that are named and not here. Without it nothing is ever fetched.</summary>
public sealed record ModelFetching
{
    /// <summary>Asked once for each name, before anything is fetched, with sizes and licences.</summary>
    public required Func<FetchPlan, bool> Allows { get; init; }

    /// <summary>Hears how far a fetch has come.</summary>
    public IProgress<FetchProgress>? Progress { get; init; }

    /// <summary>Ends a fetch; what has come is kept for the next time.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Leave to fetch whatever is named.</summary>
    public static ModelFetching Always { get; } = new() { Allows = _ => true };
}
