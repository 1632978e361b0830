using System.Text.Json;
using Microsoft.VisualBasic.FileIO;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class CaptionFormatTests
{
    [Fact]
    public async Task Caption_PipedFile_PrintsPathAndCaption()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("a.wav");
        var run = await CliRun.Caption(file);
        Assert.Equal(0, run.Code);
        Assert.Empty(run.Error);
        var cells = Assert.Single(run.Lines).Split('\t');
        Assert.Equal(file, cells[0]);
        Assert.NotEmpty(cells[1]);
    }

    [Fact]
    public async Task Caption_OneFileOnScreen_PrintsTheCaptionAlone()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("a.wav");
        var piped = await CliRun.Caption(file);
        var screen = new StringWriter();
        await CommandLine.RunAsync(["caption", "-m", TestModel.Name, file], new Terminal(screen, new StringWriter()) { OutIsScreen = true });
        Assert.Equal(piped.Lines[0].Split('\t')[1], screen.ToString().Trim());
    }

    [Fact]
    public async Task Caption_SeveralFilesOnScreen_DrawsTableAndReportsBesideTheBar()
    {
        using var folder = new TestFolder();
        folder.Noise("a.wav");
        folder.Noise("b.wav", seed: 1);
        folder.Text("c.wav", "no sound");
        var screen = new StringWriter();
        var error = new StringWriter();
        var code = await CommandLine.RunAsync(
            ["caption", "-m", TestModel.Name, folder.Root], new Terminal(screen, error) { OutIsScreen = true, ErrorIsScreen = true });
        Assert.Equal(1, code);
        Assert.Contains("caption", screen.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, screen.ToString().Split("wav").Length - 1);
        Assert.Contains("c.wav", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caption_ATaskForEachFile_IsKeptWhenTheRunGoesOn()
    {
        using var folder = new TestFolder();
        string[] files = [folder.Noise("a.wav"), folder.Noise("b.wav"), folder.Noise("c.wav")];
        var output = folder.At("out.jsonl");
        await CliRun.Caption(files[0], "--output", output, "--task", "audiocaps");
        await CliRun.Caption([.. files, "--output", output, "--resume", "--task", "audiocaps,clotho", "--task", "audiocaps"]);
        var rows = (await File.ReadAllLinesAsync(output)).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(files, rows.Select(row => row.GetProperty("file").GetString()));
        Assert.Equal(["audiocaps", "clotho", "audiocaps"], rows.Select(row => row.GetProperty("task").GetString()));

        var wrong = await CliRun.Caption([.. files, "--task", "audiocaps,clotho"]);
        Assert.Equal(2, wrong.Code);
        Assert.Equal("--task names 2 tasks and there are 3 files; name one for each file, or one for all.", Assert.Single(wrong.ErrorLines));
    }

    [Fact]
    public async Task Caption_JsonLines_CarryTheDocumentedFields()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("ä's.wav", 2);
        var run = await CliRun.Caption(file, "--format", "jsonl", "--candidates", "3", "--task", "audiocaps");
        var line = Assert.Single(run.Lines);
        Assert.Contains("ä's.wav", line, StringComparison.Ordinal);
        var row = JsonDocument.Parse(line).RootElement;
        Assert.Equal(file, row.GetProperty("file").GetString());
        Assert.Equal("audiocaps", row.GetProperty("task").GetString());
        Assert.Equal(TestModel.Name, row.GetProperty("model").GetString());
        Assert.Equal(AuricleInfo.Version, row.GetProperty("version").GetString());
        Assert.Equal(2, row.GetProperty("duration").GetDouble(), 3);
        Assert.Equal(JsonValueKind.Array, row.GetProperty("tags").ValueKind);
        Assert.Equal(0, row.GetProperty("segments").GetArrayLength());

        var candidates = row.GetProperty("candidates").EnumerateArray().ToList();
        Assert.Equal(row.GetProperty("caption").GetString(), candidates[0].GetProperty("caption").GetString());
        Assert.Equal(row.GetProperty("score").GetDouble(), candidates[0].GetProperty("score").GetDouble());
        Assert.Equal(candidates.Count, candidates.Select(candidate => candidate.GetProperty("caption").GetString()).Distinct().Count());
        var scores = candidates.ConvertAll(candidate => candidate.GetProperty("score").GetDouble());
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.All(scores, score => Assert.InRange(score, double.MinValue, 0));
    }

    [Fact]
    public async Task Caption_Timestamps_PlaceEveryWord_AlsoInSegments()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("a.wav", 4);
        var whole = JsonDocument.Parse((await CliRun.Caption(file, "--timestamps", "--format", "jsonl")).Out).RootElement;
        Assert.Equal(whole.GetProperty("caption").GetString(), string.Join(' ', Words(whole).Select(word => word.Text)));
        Assert.All(Words(whole), word => Assert.InRange(word.Time, 0, 4));

        var cut = JsonDocument.Parse((await CliRun.Caption(file, "--timestamps", "--segments", "2", "--format", "jsonl")).Out).RootElement.GetProperty("segments");
        Assert.All(Words(cut[1]), word => Assert.InRange(word.Time, 2, 4));
        Assert.False(JsonDocument.Parse((await CliRun.Caption(file, "--format", "jsonl")).Out).RootElement.TryGetProperty("words", out _));

        static List<(string Text, double Time)> Words(JsonElement row) =>
            [.. row.GetProperty("words").EnumerateArray().Select(word => (word.GetProperty("word").GetString()!, word.GetProperty("time").GetDouble()))];
    }

    [Theory]
    [InlineData("--timestamps", "--timestamps are written in JSON alone")]
    [InlineData("--rerank", "--rerank needs several sentences")]
    [InlineData("--rerank --candidates 3", "does not do what was asked for (matches sound and text)")]
    public async Task Caption_WhatCannotBeDone_IsSaid(string options, string expected)
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption([folder.Noise("a.wav"), .. options.Split(' ')]);
        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caption_Json_IsOneArrayOnOutputAndInFile()
    {
        using var folder = new TestFolder();
        folder.Noise("a.wav");
        folder.Noise("b.wav");
        var printed = await CliRun.Caption(Path.Combine(folder.Root, "*.wav"), "--format", "json");
        var target = folder.At("out.json");
        await CliRun.Caption(Path.Combine(folder.Root, "*.wav"), "--output", target);
        Assert.Equal(2, JsonDocument.Parse(printed.Out).RootElement.GetArrayLength());
        Assert.Equal(printed.Out, await File.ReadAllTextAsync(target));
    }

    [Fact]
    public async Task Caption_JsonWithoutResult_IsAnEmptyArray()
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption(folder.Text("a.wav", "no sound"), "--format", "json");
        Assert.Equal(1, run.Code);
        Assert.Equal(0, JsonDocument.Parse(run.Out).RootElement.GetArrayLength());
    }

    [Fact]
    public async Task Caption_Csv_IsReadBackByAnotherReader()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("a, \"b\".wav", 3);
        var run = await CliRun.Caption(file, "--format", "csv", "--candidates", "2", "--segments", "1.5");
        using var reader = new TextFieldParser(new StringReader(run.Out)) { Delimiters = [","] };
        Assert.Equal("file,start,end,rank,caption,score,tags,task,model,version", string.Join(',', reader.ReadFields()!));
        var rows = new List<(string File, string Start, string End, string Rank)>();
        while (reader.ReadFields() is { } fields)
            rows.Add((fields[0], fields[1], fields[2], fields[3]));
        Assert.All(rows, row => Assert.Equal(file, row.File));
        Assert.Equal([("0", "1.5"), ("1.5", "3")], rows.Where(row => row.Rank == "1").Select(row => (row.Start, row.End)));
    }

    [Fact]
    public async Task Caption_CsvExport_IsByteForByteCoNeTTEs()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("rain, heavy.wav");
        var target = folder.At("export.csv");
        var run = await CliRun.Caption(file, "--csv_export", target);
        var caption = run.Lines[0].Split('\t')[1];
        Assert.Equal($"audio,task,candidate\r\n\"rain, heavy.wav\",clotho,{caption}\r\n", await File.ReadAllTextAsync(target));
    }

    [Fact]
    public async Task Caption_Segments_CoverTheFileInOrder()
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption(folder.Noise("a.wav", 7), "--segments", "2", "--batch", "2", "--format", "jsonl");
        var row = JsonDocument.Parse(run.Out).RootElement;
        var times = row.GetProperty("segments").EnumerateArray()
            .Select(segment => (segment.GetProperty("start").GetDouble(), segment.GetProperty("end").GetDouble()));
        Assert.Equal([(0, 2), (2, 4), (4, 6), (6, 7)], times);
        Assert.Equal(0, row.GetProperty("candidates").GetArrayLength());
    }

    [Fact]
    public async Task Caption_SegmentsInBatches_SayTheSameAsOneByOne()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("a.wav", 7);
        var one = await CliRun.Caption(file, "--segments", "1.5");
        var many = await CliRun.Caption(file, "--segments", "1.5", "--batch", "4");
        Assert.Equal(one.Out, many.Out);
    }

    [Fact]
    public async Task Caption_BatchOfUnequalFiles_SaysTheSameAsOneByOneInOrder()
    {
        using var folder = new TestFolder();
        foreach (var (place, seconds) in new[] { 1, 2.5, 1, 0.4, 2.5, 1, 3 }.Index())
            folder.Noise($"{place}.wav", seconds, seed: place);
        folder.Text("35.wav", "no sound");
        var one = await CliRun.Caption(folder.Root);
        var many = await CliRun.Caption(folder.Root, "--batch", "2");
        Assert.Equal(7, one.Lines.Length);
        Assert.Equal(one.Out, many.Out);
        Assert.Equal(one.Error, many.Error);
        Assert.Equal(1, many.Code);
    }

    [Theory]
    [InlineData("srt", "1\n00:00:00,000 --> 00:00:")]
    [InlineData("vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:")]
    public async Task Caption_Subtitles_StartAsTheFormatSays(string format, string start)
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption(folder.Noise("a.wav", 3), "--format", format, "--segments", "1");
        Assert.Equal(0, run.Code);
        Assert.StartsWith(start, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caption_SubtitlesOfSeveralFiles_GoIntoFolderUnderTheirNames()
    {
        using var folder = new TestFolder();
        string[] files = [folder.Noise("a.wav"), folder.Noise("b.wav"), folder.Noise("sub/a.wav"), folder.Text("bad.wav", "no sound")];
        var target = folder.At("subtitles/x")[..^2];
        var run = await CliRun.Caption([.. files, "--format", "vtt", "--output", target]);
        Assert.Equal(1, run.Code);
        Assert.Equal(["a.vtt", "a.wav.vtt", "b.vtt"], Directory.GetFiles(target).Select(Path.GetFileName).Order());

        File.WriteAllText(Path.Combine(target, "a.vtt"), "mine");
        await CliRun.Caption([.. files, "--format", "vtt", "--output", target, "--resume"]);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(target, "a.vtt")));
    }

    [Fact]
    public async Task Caption_SubtitlesOfSeveralFilesWithoutFolder_IsAUsageError()
    {
        using var folder = new TestFolder();
        folder.Noise("a.wav");
        folder.Noise("b.wav");
        var run = await CliRun.Caption(folder.Root, "--format", "srt");
        Assert.Equal(2, run.Code);
        Assert.Contains("--output", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }
}
