using System.Text.Json;

namespace Auricle.Models.Systems.Conette;

/// <summary>The display names of AudioSet's 527 classes in the order of its class list.</summary>
public static class AudioSetLabels
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = Read();

    private static IReadOnlyList<string> Read()
    {
        using var stream = typeof(AudioSetLabels).Assembly.GetManifestResourceStream("Auricle.Models.audioset_labels.json")!;
        return JsonSerializer.Deserialize(stream, ConetteJson.Default.TagLabelFile)!.Labels;
    }
}

/// <summary>The layout of the embedded file.</summary>
internal sealed record TagLabelFile(IReadOnlyList<string> Labels);
