using System.Text.Json;
using System.Xml.Linq;
using Auricle.Audio;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class TagTests
{
    [Fact]
    public async Task Tag_Table_GivesTheLabelsMostProbableFirst()
    {
        using var folder = new TestFolder();
        var run = await Tag(folder.Noise("a.wav"), "--top", "2");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var rows = run.Lines.Select(line => line.Split('\t')).ToArray();
        Assert.Equal(2, rows.Length);
        Assert.All(rows, row => Assert.Equal((folder.At("a.wav"), 3), (row[0], row.Length)));
        Assert.True(Number(rows[0][2]) >= Number(rows[1][2]));
    }

    [Fact]
    public async Task Tag_BadFileAmongOthers_IsReportedAndTheOthersGoOn()
    {
        using var folder = new TestFolder();
        folder.Noise("in/a.wav");
        folder.Text("in/b.wav", "no sound");
        folder.Noise("in/c.wav");
        folder.Text("in/notes.txt", "no sound either");
        var run = await Tag(Path.Combine(folder.Root, "in"), "-f", "jsonl", "-o", folder.At("out.jsonl"));
        Assert.Equal(1, run.Code);
        Assert.Equal("1 failed", run.ErrorLines[^1].Split(", ")[1]);
        Assert.Equal("2 tagged, 1 failed, 1 left out.", run.ErrorLines[^1]);
        Assert.Contains("b.wav", run.ErrorLines[0], StringComparison.Ordinal);
        var results = File.ReadLines(folder.At("out.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["a.wav", "c.wav"], results.Select(result => Path.GetFileName(result.GetProperty("file").GetString())));
        Assert.All(results, result => Assert.Equal(3, result.GetProperty("tags").GetArrayLength()));
    }

    [Fact]
    public async Task Tag_JsonAndCsv_SayWhatTheFacadeSays()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("=a.wav", 5);
        using var tagger = SoundTagger.Load(TestModel.Folder);
        var expected = tagger.TagFile(file, new TagOptions { Timeline = true, Threshold = 0 });
        var json = JsonDocument.Parse((await Tag(file, "-f", "json", "--timeline", "--threshold", "0")).Out).RootElement[0];
        Assert.Equal(expected.Tags.Select(tag => tag.Label), json.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("label").GetString()));
        Assert.Equal(expected.Timeline!.Select(timed => timed.Time), json.GetProperty("timeline").EnumerateArray().Select(timed => timed.GetProperty("time").GetDouble()));
        var table = await Tag(file, "-f", "csv", "--timeline", "--threshold", "0");
        Assert.Equal("file,time,rank,label,probability,model,version", table.Lines[0]);
        Assert.Equal(expected.Tags.Count * (1 + expected.Timeline!.Count), table.Lines.Length - 1);
        Assert.Contains(table.Lines, line => line.Contains("\"Male speech, man speaking\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tag_ThresholdOfOne_LeavesEveryLabelOut()
    {
        using var folder = new TestFolder();
        var run = await Tag(folder.Noise("a.wav"), "--threshold", "1", "-f", "jsonl");
        Assert.Equal(0, JsonDocument.Parse(run.Out).RootElement.GetProperty("tags").GetArrayLength());
    }

    [Fact]
    public async Task Tag_LabelsFile_ReplacesTheNames()
    {
        using var folder = new TestFolder();
        var run = await CliRun.InProcess("tag", folder.Noise("a.wav"), "--model", Encoder(folder), "--labels-file", folder.Text("labels.txt", "one\ntwo\nthree\n"));
        Assert.Equal(["one", "three", "two"], run.Lines.Select(line => line.Split('\t')[1]).Order());
    }

    [Fact]
    public async Task Picture_DrawsTheStrongestLabelsAsSvg()
    {
        using var folder = new TestFolder();
        var run = await Tag(folder.Noise("a.wav", 5), "--picture", folder.At("a.svg"));
        Assert.Equal((0, ""), (run.Code, run.Error));
        var svg = XDocument.Load(folder.At("a.svg"));
        var texts = svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value).ToArray();
        Assert.Contains("a.wav", texts);
        Assert.Contains("Male speech, man speaking", texts);
        Assert.Contains(svg.Descendants(), element => element.Name.LocalName == "rect" && element.Attribute("width")!.Value != "0");
    }

    [Theory]
    [InlineData("two sounds", "draws one sound", "a.wav", "b.wav", "--picture", "p.svg")]
    [InlineData("other format", "ends in .svg", "a.wav", "--picture", "p.gif")]
    [InlineData("over an input", "used twice", "a.wav", "-o", "a.wav")]
    [InlineData("a probability", "from 0 to 1", "a.wav", "--threshold", "nan")]
    [InlineData("labels of another model", "2 labels", "a.wav", "--model", "ENCODER", "--labels-file", "two.txt")]
    [InlineData("no labels", "none.txt", "a.wav", "--model", "ENCODER", "--labels-file", "none.txt")]
    public async Task Tag_WhatMakesNoSense_IsOneSentence(string what, string message, params string[] args)
    {
        using var folder = new TestFolder();
        folder.Noise("a.wav");
        folder.Noise("b.wav");
        folder.Text("two.txt", "one\ntwo\n");
        var before = File.ReadAllBytes(folder.At("a.wav"));
        var run = await CliRun.InProcess(["tag", .. args.Contains("--model") ? (string[])[] : ["--model", TestModel.Folder], .. args.Select(arg => arg == "ENCODER" ? Encoder(folder) : arg.Contains('.', StringComparison.Ordinal) ? folder.At(arg) : arg)]);
        Assert.True(run.Code != 0, what);
        Assert.Contains(message, run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder.At("a.wav")));
        Assert.False(File.Exists(folder.At("p.svg")));
    }

    [Fact]
    public void TagFiles_AloneOrInBatches_AreTheSame()
    {
        using var folder = new TestFolder();
        using var tagger = SoundTagger.Load(TestModel.Folder);
        string[] files = [folder.Noise("a.wav", 1, seed: 1), folder.Noise("b.wav", 2, seed: 2), folder.Noise("c.wav", 1, seed: 3), folder.Noise("d.wav", 0.1, seed: 4)];
        var alone = files.Select(file => tagger.TagFile(file)).ToArray();
        var together = tagger.TagFiles(files, new TagOptions { BatchSize = 8 }).Select(outcome => outcome.Result!).ToArray();
        for (var i = 0; i < files.Length; i++)
            Same(alone[i].Tags, together[i].Tags);
    }

    [Fact]
    public void TagFile_LongerThanAStretch_IsTheMeanOfItsStretches()
    {
        using var folder = new TestFolder();
        using var tagger = SoundTagger.Load(TestModel.Folder);
        var seconds = SoundTagger.LongestWhole + 20;
        var file = folder.Noise("long.wav", seconds, rate: 32000);
        var options = new TagOptions { Timeline = true, Threshold = 0 };
        var whole = tagger.TagFile(file, options);
        Assert.Equal(seconds, whole.Duration, 3);
        var clip = AudioFile.Load(file, 32000);
        Same(whole.Tags, tagger.Tag(clip, options).Tags);
        var stretches = AudioSegments.Cut(clip, SoundTagger.LongestWhole).Select(stretch => tagger.Tag(stretch.Clip, options)).ToArray();
        Assert.Equal(2, stretches.Length);
        foreach (var tag in whole.Tags)
        {
            var mean = stretches.Sum(stretch => stretch.Duration * stretch.Tags.Single(other => other.Label == tag.Label).Probability) / seconds;
            Assert.Equal(mean, tag.Probability, 1e-5);
        }
        Assert.Equal(stretches.Sum(stretch => stretch.Timeline!.Count), whole.Timeline!.Count);
        Assert.All(whole.Timeline.Zip(whole.Timeline.Skip(1)), pair => Assert.True(pair.Second.Time > pair.First.Time));
        Assert.InRange(whole.Timeline[^1].Time, seconds - 2, seconds);
    }

    private static void Same(IReadOnlyList<SoundTag> expected, IReadOnlyList<SoundTag> actual)
    {
        var found = actual.ToDictionary(tag => tag.Label, tag => tag.Probability);
        Assert.All(expected, tag => Assert.Equal(tag.Probability, found[tag.Label], 1e-5));
        Assert.Equal(expected.Count, actual.Count);
    }

    private static double Number(string text) => double.Parse(text, Times.Culture);

    private static string Encoder(TestFolder folder) => SmallEncoder.Write(folder.At("encoder.safetensors"));

    private static Task<CliRun> Tag(params string[] args)
    {
        _ = TestModel.Numbers;
        return CliRun.InProcess(["tag", "--model", TestModel.Name, .. args]);
    }
}
