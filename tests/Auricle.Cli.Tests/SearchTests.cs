using System.Text.Json;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class SearchTests
{
    [Fact]
    public async Task IndexThenSearch_BySound_FindsTheFileItself()
    {
        using var folder = new TestFolder();
        var sounds = ManySounds(folder);
        var run = await Run(folder, "index", sounds);
        Assert.Equal((0, ""), (run.Code, run.Out));
        Assert.Contains("4 added, 0 changed, 0 unchanged, 0 removed, 0 failed, 1 left out", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Contains("times real time", run.ErrorLines[^2], StringComparison.Ordinal);

        var found = await Run(folder, "search", "--like", folder.At("sounds/b.wav"), "--json");
        Assert.Equal((0, ""), (found.Code, found.Error));
        var hits = JsonDocument.Parse(found.Out).RootElement.EnumerateArray().ToArray();
        Assert.Equal(4, hits.Length);
        Assert.Equal(folder.At("sounds/b.wav"), hits[0].GetProperty("file").GetString());
        Assert.Equal(1, hits[0].GetProperty("score").GetDouble(), 1e-3);
        Assert.Equal(hits.Select(hit => hit.GetProperty("score").GetDouble()).OrderDescending(), hits.Select(hit => hit.GetProperty("score").GetDouble()));

        // Of the long file the best stretch is a hit, or each of them.
        var ofLong = await Run(folder, "search", "rain on a tin roof", "--under", folder.At("sounds/deep"), "--csv");
        Assert.Equal(2, ofLong.Lines.Length);
        Assert.StartsWith("rank,score,file,start,end,duration", ofLong.Lines[0], StringComparison.Ordinal);
        var each = await Run(folder, "search", "rain on a tin roof", "--under", folder.At("sounds/deep"), "--all-stretches", "--format", "jsonl");
        Assert.Equal([0, 7.5, 15], each.Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("start").GetDouble()).Order());
        var table = await Run(folder, "search", "rain", "--not", "voices", "--top", "2");
        Assert.Equal(2, table.Lines.Length);
        Assert.Equal(3, table.Lines[0].Split('\t').Length);
    }

    private static string ManySounds(TestFolder folder)
    {
        foreach (var (name, seed) in ((string, int)[])[("a", 1), ("b", 2), ("c", 3)])
            folder.Noise($"sounds/{name}.wav", seconds: 1 + seed % 2, seed: seed);
        folder.Noise("sounds/deep/long.wav", seconds: 24, seed: 4);
        folder.Text("sounds/notes.txt", "no sound");
        return folder.At("sounds");
    }

    private static Task<CliRun> Run(TestFolder folder, string verb, params string[] args)
    {
        var models = Directory.CreateDirectory(folder.At("models")).FullName;
        var checkpoint = Path.Combine(models, "CLAP_weights_2023.pth");
        if (!File.Exists(checkpoint))
            checkpoint = HashClap.WriteMs2023(models);
        return CliRun.InProcess([verb, "--model", checkpoint, "--tokenizer", Path.Combine(models, "gpt2"), "--index", folder.At("index"), .. args]);
    }
}
