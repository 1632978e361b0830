using System.Text.Json;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class EvaluateClapTests
{
    private const string Captions = "file_name,caption_1,caption_2\na.wav,A dog barks loudly.,Loud barking of a dog.\nb.wav,Rain falls.,It rains.\nc.wav,Birds sing.,A bird is singing.\n";
    private const string Labels = "filename,fold,target,category\na.wav,1,0,dog\nb.wav,1,1,rain\nc.wav,2,0,dog\n";

    [Fact]
    public async Task Retrieval_SmallModel_RanksSoundsAndCaptions()
    {
        using var folder = new TestFolder();
        var run = await Run(folder, "retrieval", "--captions", folder.Text("captions.csv", Captions), "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var report = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal(("MS-CLAP 2023", 3, 6), (report.GetProperty("model").GetString(), report.GetProperty("clips").GetInt32(), report.GetProperty("captions").GetInt32()));
        Assert.Equal(1, report.GetProperty("text_to_audio").GetProperty("r@5").GetDouble()); // of three sounds
        Assert.InRange(report.GetProperty("text_to_audio").GetProperty("median_rank").GetDouble(), 1, 3);
        Assert.Equal(1, report.GetProperty("audio_to_text").GetProperty("r@10").GetDouble()); // of six captions
        Assert.InRange(report.GetProperty("audio_to_text").GetProperty("r@1").GetDouble(), 0, 0.5); // one of two
        var table = await Run(folder, "retrieval", "--captions", folder.At("captions.csv"));
        Assert.Equal("query\tr@1\tr@5\tr@10\thit@1\thit@5\thit@10\tmap@10\tmap@16\tmedian_rank", table.Lines[0]);
        Assert.StartsWith("a caption, for its sound\t", table.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ZeroShot_LabelsWithFolds_GivesTheMeanOfFolds()
    {
        using var folder = new TestFolder();
        var run = await Run(folder, "zero-shot", "--labels", folder.Text("labels.csv", Labels), "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var report = JsonDocument.Parse(run.Out).RootElement;
        var clips = report.GetProperty("clips").EnumerateArray().ToArray();
        var right = clips.Select(clip => clip.GetProperty("label").GetString() == clip.GetProperty("named").GetString() ? 1.0 : 0).ToArray();
        Assert.Equal(right.Average(), report.GetProperty("accuracy").GetDouble(), 1e-12);
        Assert.Equal(((right[0] + right[1]) / 2 + right[2]) / 2, report.GetProperty("fold_mean").GetDouble(), 1e-12);
        var other = await Run(folder, "zero-shot", "--labels", folder.At("labels.csv"), "--fold", "2", "--template", "{} is heard");
        Assert.Equal("clips\tlabels\taccuracy\tfrom\tto\tmean of folds\tdeviation", other.Lines[0]);
        Assert.Equal("1\t1\t1.0000\t1.0000\t1.0000\t1.0000\t", other.Lines[1]);
    }

    [Theory]
    [InlineData("no column", "a,b\n1,2\n", "labels need one that names the sound")]
    [InlineData("bad fold", "file,label,fold\na.wav,dog,x\n", "the fold 'x' in line 2")]
    [InlineData("no label", "file,label\na.wav,\n", "an empty name or label in line 2")]
    [InlineData("no clips", "file,label\n", "has no clips")]
    [InlineData("no sound", "file,label\nz.wav,dog\n", "has no sound for 1 of the 1 clips: 'z.wav'")]
    [InlineData("open quote", "file,label\n\"a.wav,dog\n", "that is never closed")]
    [InlineData("short line", "file,label\na.wav\n", "1 fields in line 2")]
    public async Task ZeroShot_BadLabels_IsOneSentence(string what, string labels, string message)
    {
        using var folder = new TestFolder();
        var run = await Run(folder, "zero-shot", "--labels", folder.Text("labels.csv", labels));
        Assert.True(run.Code == 2, what);
        Assert.Contains(message, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ZeroShot_TemplateWithoutPlace_OrModelWithoutTokenizer_IsOneSentence()
    {
        using var folder = new TestFolder();
        folder.Text("labels.csv", Labels);
        var template = await Run(folder, "zero-shot", "--labels", folder.At("labels.csv"), "--template", "a sound");
        Assert.Equal(2, template.Code);
        Assert.Contains("lacks {}", Assert.Single(template.ErrorLines), StringComparison.Ordinal);
        var model = await CliRun.InProcess("evaluate", "zero-shot", "--labels", folder.At("labels.csv"), "--sounds", folder.Root, "--model", folder.At("models/CLAP_weights_2023.pth"));
        Assert.Equal(2, model.Code);
        Assert.Contains("--tokenizer", model.ErrorLines[0], StringComparison.Ordinal);
        var none = await CliRun.InProcess("evaluate", "zero-shot", "--labels", folder.At("labels.csv"), "--sounds", folder.Root, "--model", folder.At("none.pt"), "--tokenizer", folder.Root);
        Assert.Equal(2, none.Code);
        Assert.Contains("There is no model", Assert.Single(none.ErrorLines), StringComparison.Ordinal);
    }

    private static Task<CliRun> Run(TestFolder folder, string verb, params string[] args)
    {
        var models = Directory.CreateDirectory(folder.At("models")).FullName;
        var checkpoint = HashClap.WriteMs2023(models);
        foreach (var name in (string[])["a", "b", "c"])
            folder.Noise($"sounds/{name}.wav", seed: name[0]);
        return CliRun.InProcess(["evaluate", verb, "--sounds", folder.At("sounds"), "--model", checkpoint, "--tokenizer", Path.Combine(models, "gpt2"), .. args]);
    }
}
