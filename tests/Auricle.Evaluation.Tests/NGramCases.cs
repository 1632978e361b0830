using System.Text.Json;
using Auricle.Testing;

namespace Auricle.Evaluation.Tests;

/// <summary>The small sets with the reference program's n-gram scores.</summary>
internal static class NGramCases
{
    public static IEnumerable<JsonElement> All => Read("ngram_cases.json").GetProperty("cases").EnumerateArray();

    public static TheoryData<string> Names => [.. All.Select(item => item.GetProperty("name").GetString()!)];

    public static JsonElement Case(string name) => All.Single(item => item.GetProperty("name").GetString() == name);

    public static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("metrics"), file))).RootElement;

    public static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    public static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetDouble())];

    public static CaptionSet Set(JsonElement item) =>
        new(Texts(item.GetProperty("candidates")), [.. item.GetProperty("references").EnumerateArray().Select(Texts)]);

    public static void AssertClose(IEnumerable<double> expected, IReadOnlyList<double> actual, double tolerance)
    {
        var values = expected.ToArray();
        Assert.Equal(values.Length, actual.Count);
        for (var i = 0; i < values.Length; i++)
            Assert.True(Math.Abs(values[i] - actual[i]) <= tolerance, $"item {i}: expected {values[i]:R}, got {actual[i]:R}");
    }
}
