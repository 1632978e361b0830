using System.Text.Json;
using Auricle.Testing;

namespace Auricle.Audio.Tests;

public class HashWeightsTests
{
    private const int LargestTensor = 20_000;

    [Fact]
    public void Weight_EveryHashedTensorOfTheFixture_HasItsSums()
    {
        var folder = Fixtures.Folder("conette");
        using var keys = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "state_dict_keys.json")));
        var seed = Fixtures.Seed("conette");
        var compared = 0;
        foreach (var key in keys.RootElement.EnumerateArray().Where(key => key.GetProperty("role").GetString() == "hash"))
        {
            var shape = key.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
            if (shape.Aggregate(1L, (a, b) => a * b) > LargestTensor)
                continue;
            var scale = key.TryGetProperty("scale", out var factor) && factor.ValueKind == JsonValueKind.Number ? factor.GetSingle() : 1f;
            var values = HashWeights.Weight(key.GetProperty("name").GetString()!, shape, seed).Select(value => value * scale).ToArray();
            var first = key.GetProperty("first").EnumerateArray().Select(value => value.GetSingle());
            Assert.Equal(first, values.Take(first.Count()));
            Assert.Equal(key.GetProperty("sum").GetDouble(), values.Sum(value => (double)value), 1e-6);
            compared++;
        }
        Assert.True(compared > 0);
    }
}
