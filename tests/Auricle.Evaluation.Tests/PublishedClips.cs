using System.Text.Json;

namespace Auricle.Evaluation.Tests;

/// <summary>The first clips of a published evaluation, with its score of each clip.</summary>
internal static class PublishedClips
{
    public static JsonElement Root { get; } = NGramCases.Read("conette_audiocaps_100.json");

    public static JsonElement[] Clips { get; } = [.. Root.GetProperty("clips").EnumerateArray()];

    public static CaptionSet Set { get; } = new(
        [.. Clips.Select(clip => clip.GetProperty("candidate").GetString()!)],
        [.. Clips.Select(clip => NGramCases.Texts(clip.GetProperty("references")))]);

    public static double[] Scores(string name) => [.. Clips.Select(clip => clip.GetProperty("scores").GetProperty(name).GetDouble())];
}
