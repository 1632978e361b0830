using System.Text.Json;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class HearTests
{
    private const string Metadata = """{"task_name":"NAME","embedding_type":"EMBEDDING","prediction_type":"multilabel","split_mode":"trainvaltest","evaluation":["SCORE"]}""";

    [SharedFact]
    public async Task MadeTasks_SmallModelAndFloor_GiveTablesAndAreNotRunAgain()
    {
        using var folder = new TestFolder();
        string[] make = ["hear", "make", Path.Combine(Fixtures.SharedRoot!, "data", "sounds"), folder.At("tasks"), "--labels", "4", "--clips", "10", "--event-labels", "3", "--recordings", "10"];
        var made = await CliRun.InProcess(make);
        Assert.Equal((0, "", 2), (made.Code, made.Error, made.Lines.Length));
        var content = Hashes();
        Assert.Equal(0, (await CliRun.InProcess(make)).Code);
        Assert.Equal(content, Hashes());
        var task = Auricle.Evaluation.HearTask.Load(folder.At("tasks/sounds_scene-v1-full"));
        Assert.All(task.Splits, split => Assert.Equal(task.Labels.Count, task.Clips[split].SelectMany(clip => clip.Labels).Distinct().Count()));

        string[] run = ["hear", "--tasks", folder.At("tasks"), "--model", "log-mel", "--model", "auricle-small", "--grid", "faster", "--points", "2", "--output", folder.At("results")];
        var first = await CliRun.InProcess(run);
        Assert.True(first.Code == 0, first.Error);
        Assert.Equal("model\tsounds_events-v1-full (event_onset_200ms_fms)\tsounds_scene-v1-full (top1_acc)", first.Lines[0]);
        Assert.Equal(["log-mel", "auricle-small"], first.Lines[1..].Select(line => line.Split('\t')[0]));
        var results = JsonDocument.Parse(File.ReadAllText(folder.At("results/scores.json"))).RootElement;
        var scenes = results.EnumerateArray().Where(result => result.GetProperty("task").GetString() == "sounds_scene-v1-full").Select(result => result.GetProperty("scores")[0].GetProperty("mean").GetDouble()).ToArray();
        Assert.True(scenes[1] > scenes[0] + 0.2, $"{scenes[0]} {scenes[1]}");
        Assert.StartsWith("| model | sounds_events", File.ReadAllText(folder.At("results/scores.md")), StringComparison.Ordinal);
        Assert.Equal(1 + 2 * (4 + 4), File.ReadAllLines(folder.At("results/scores.csv")).Length);
        // A second run finds everything, even without the clips.
        Directory.Delete(folder.At("tasks/sounds_scene-v1-full/32000/fold00"), recursive: true);
        var second = await CliRun.InProcess(run);
        Assert.Equal((0, first.Out), (second.Code, second.Out));

        string[] Hashes() => [.. Directory.GetFiles(folder.At("tasks"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))) + Path.GetFileName(file))];
    }

    [Fact]
    public async Task BrokenTasksAndMissingRoles_AreSaidAndTheOthersRun()
    {
        using var folder = new TestFolder();
        Make(folder, "scenes", Metadata.Replace("EMBEDDING", "scene", StringComparison.Ordinal).Replace("SCORE", "mAP", StringComparison.Ordinal), """["a"]""");
        Make(folder, "events", Metadata.Replace("EMBEDDING", "event", StringComparison.Ordinal).Replace("SCORE", "segment_1s_er", StringComparison.Ordinal), """[{"label":"a","start":0,"end":40}]""");
        folder.Text("tasks/broken/task_metadata.json", "{}");
        var models = Directory.CreateDirectory(folder.At("models")).FullName;
        string[] rest = ["--grid", "faster", "--points", "1", "--output", folder.At("results")];
        var clap = await CliRun.InProcess(["hear", "--tasks", folder.At("tasks"), "--model", HashClap.WriteMs2023(models), "--tokenizer", Path.Combine(models, "gpt2"), .. rest]);
        Assert.Equal(1, clap.Code);
        Assert.Contains("embedding_type ''", clap.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains(clap.ErrorLines, line => line.Contains("gives no vectors along a sound, which 'events'", StringComparison.Ordinal));
        Assert.Equal("model\tscenes (mAP)", clap.Lines[0]);
        // Clips far shorter than a model's window are filled with silence.
        var encoder = await CliRun.InProcess(["hear", "--tasks", folder.At("tasks"), "--task", "scenes", "--task", "events", "--model", SmallEncoder.Write(folder.At("encoder.safetensors")), "--model", folder.At("none.pt"), .. rest]);
        Assert.Equal(1, encoder.Code);
        Assert.Contains(encoder.ErrorLines, line => line.Contains("There is no model", StringComparison.Ordinal));
        Assert.Equal("model\tevents (segment_1s_er, less is better)\tscenes (mAP)", encoder.Lines[0]);
    }

    [Theory]
    [InlineData("No tasks are named", "hear")]
    [InlineData("There is no folder", "hear", "--tasks", "/none/there")]
    [InlineData("has no task of HEAR", "hear", "--tasks", "/proc/self/fdinfo")]
    [InlineData("--split has no 'night'", "hear", "make", "/tmp", "/tmp/none", "--split", "night")]
    public async Task BadRequests_AreOneSentence(string message, params string[] args)
    {
        var run = await CliRun.InProcess(args);
        Assert.NotEqual(0, run.Code);
        Assert.Contains(message, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private static void Make(TestFolder folder, string name, string metadata, string labels)
    {
        folder.Text($"tasks/{name}/task_metadata.json", metadata.Replace("NAME", name, StringComparison.Ordinal));
        folder.Text($"tasks/{name}/labelvocabulary.csv", "idx,label\n0,a\n1,b\n");
        foreach (var split in (string[])["train", "valid", "test"])
        {
            folder.Text($"tasks/{name}/{split}.json", $"{{\"0.wav\":{labels},\"1.wav\":[]}}");
            folder.Noise($"tasks/{name}/16000/{split}/0.wav", 0.05, seed: split[0]);
            folder.Noise($"tasks/{name}/16000/{split}/1.wav", 0.05, seed: split[1]);
        }
    }
}
