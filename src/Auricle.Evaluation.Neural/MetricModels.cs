using Auricle.Models.Hub;

namespace Auricle.Evaluation.Neural;

/// <summary>Where the published models of metrics are found: a folder of the user's, then the caches; what is in neither is fetched with leave.</summary>
/// <param name="Folder">The folder, if any.</param>
public sealed record MetricModels(string? Folder = null)
{
    /// <summary>Leave to fetch; without it nothing is fetched.</summary>
    public ModelFetching? Fetching { get; init; }

    /// <summary>A folder alone.</summary>
    public static implicit operator MetricModels(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new(folder);
    }

    /// <summary>As the conversion.</summary>
    public static MetricModels FromString(string folder) => folder;
}
