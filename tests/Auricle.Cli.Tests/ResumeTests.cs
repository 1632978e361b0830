using System.Text.Json;
using Auricle.Cli.Outputs;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class ResumeTests
{
    [Theory]
    [InlineData("jsonl")]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task Resume_AfterSomeFiles_GivesTheSameFileAsOneRun(string format)
    {
        using var folder = new TestFolder();
        string[] files = [folder.Noise("a.wav"), folder.Noise("b, c.wav", seed: 1), folder.Noise("d.wav", seed: 2)];
        var whole = folder.At("whole." + format);
        var parts = folder.At("parts." + format);
        await CliRun.Caption([.. files, "--output", whole]);
        await CliRun.Caption(files[0], files[1], "--output", parts);
        var again = await CliRun.Caption([.. files, "--output", parts, "--resume"]);
        Assert.Equal(0, again.Code);
        Assert.Equal(await File.ReadAllTextAsync(whole), await File.ReadAllTextAsync(parts));
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task Resume_OutputCutAnywhere_EndsAsOneRun(string format)
    {
        using var folder = new TestFolder();
        string[] files = [folder.Noise("a.wav"), folder.Noise("b \"c\".wav", seed: 1)];
        var whole = folder.At("whole." + format);
        await CliRun.Caption([.. files, "--output", whole]);
        var bytes = await File.ReadAllBytesAsync(whole);
        var cut = folder.At("cut." + format);
        foreach (var length in new[] { 0, 1, 2, 30, bytes.Length / 2, bytes.Length - 40, bytes.Length - 3, bytes.Length - 1, bytes.Length })
        {
            await File.WriteAllBytesAsync(cut, bytes[..length]);
            var run = await CliRun.Caption([.. files, "--output", cut, "--resume"]);
            Assert.True(run.Code == 0, $"cut at {length} of {bytes.Length}: {run.Error}");
            Assert.Equal(bytes, await File.ReadAllBytesAsync(cut));
        }
    }

    [Fact]
    public async Task Resume_FileThatFailed_IsTriedAgain()
    {
        using var folder = new TestFolder();
        var good = folder.Noise("a.wav");
        var bad = folder.Text("b.wav", "no sound");
        var output = folder.At("out.jsonl");
        Assert.Equal(1, (await CliRun.Caption(good, bad, "--output", output)).Code);
        folder.Noise("b.wav");
        Assert.Equal(0, (await CliRun.Caption(good, bad, "--output", output, "--resume")).Code);
        Assert.Equal([good, bad], Files(output));
    }

    [Fact]
    public async Task Resume_CsvExport_Continues()
    {
        using var folder = new TestFolder();
        var first = folder.Noise("a.wav");
        var second = folder.Noise("b.wav");
        var output = folder.At("out.jsonl");
        var export = folder.At("export.csv");
        await CliRun.Caption(first, "--output", output, "--csv_export", export);
        await CliRun.Caption(first, second, "--output", output, "--csv_export", export, "--resume");
        var lines = (await File.ReadAllTextAsync(export)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["audio", "a.wav", "b.wav"], lines.Select(line => line.Split(',')[0]));
    }

    [Fact]
    public async Task Resume_FileOfAnotherKind_IsLeftUntouched()
    {
        using var folder = new TestFolder();
        var output = folder.Text("notes.csv", "name,value\na,1\n");
        var run = await CliRun.Caption(folder.Noise("a.wav"), "--output", output, "--resume");
        Assert.Equal(2, run.Code);
        Assert.Contains(output, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("name,value\na,1\n", await File.ReadAllTextAsync(output));
    }

    [Fact]
    public async Task Interruption_InTheMiddle_KeepsWhatIsFinishedAndResumes()
    {
        using var folder = new TestFolder();
        string[] files = [.. Enumerable.Range(0, 5).Select(place => folder.Noise($"{place}.wav", seed: place))];
        using var interruption = new CancellationTokenSource();
        var output = new CancellingWriter(interruption, 2);
        var error = new StringWriter();
        var code = await CommandLine.RunAsync(["caption", "-m", TestModel.Name, "--format", "json", .. files], output, error, interruption.Token);
        Assert.Equal(130, code);
        Assert.Equal(2, JsonDocument.Parse(output.ToString()).RootElement.GetArrayLength());
        Assert.Contains("2 of 5", error.ToString(), StringComparison.Ordinal);

        var target = folder.Text("out.json", output.ToString());
        Assert.Equal(0, (await CliRun.Caption([.. files, "--output", target, "--resume"])).Code);
        Assert.Equal(files, JsonDocument.Parse(await File.ReadAllTextAsync(target)).RootElement.EnumerateArray().Select(row => row.GetProperty("file").GetString()));
    }

    [Theory]
    [InlineData("--candidates", "3")]
    [InlineData("--segments", "1")]
    public async Task Resume_TableTornInsideASound_DescribesThatSoundAgain(string option, string value)
    {
        using var folder = new TestFolder();
        string[] files = [folder.Noise("a.wav", 3), folder.Noise("b.wav", 3, seed: 1)];
        var whole = folder.At("whole.csv");
        var export = folder.At("whole-export.csv");
        await CliRun.Caption([.. files, option, value, "--output", whole, "--csv_export", export]);
        var lines = await File.ReadAllLinesAsync(whole);
        var exported = await File.ReadAllLinesAsync(export);
        Assert.True(lines.Length > 4);
        for (var kept = 1; kept <= lines.Length; kept++)
        {
            // The export is a row behind or a row ahead, depending on where the kill struck.
            var torn = folder.Text($"torn{kept}.csv", string.Concat(lines[..kept].Select(line => line + "\n")));
            var tornExport = folder.Text($"export{kept}.csv", string.Concat(exported[..(kept % 2 == 0 || kept == lines.Length ? 1 : 2)].Select(line => line + "\r\n")));
            if (kept < 2)
                File.Delete(tornExport);
            var run = await CliRun.Caption([.. files, option, value, "--output", torn, "--csv_export", tornExport, "--resume"]);
            Assert.True(run.Code == 0, $"{kept} lines kept: {run.Error}");
            Assert.Equal(lines, await File.ReadAllLinesAsync(torn));
            Assert.Equal(exported, await File.ReadAllLinesAsync(tornExport));
        }
    }

    [Theory]
    [InlineData(',', "\n")]
    [InlineData(',', "\r\n")]
    [InlineData(';', "\r\n")]
    [InlineData('\t', "\n")]
    public async Task Resume_TableSavedByASpreadsheet_GoesOnAsItIsSpelled(char separator, string lineEnd)
    {
        using var folder = new TestFolder();
        string[] files = [folder.Noise("a.wav"), folder.Noise("b.wav", seed: 1)];
        var whole = folder.At("whole.csv");
        await CliRun.Caption([.. files, "--output", whole]);
        var lines = CsvText.Read(await File.ReadAllBytesAsync(whole), out _)
            .ConvertAll(record => CsvText.Record(record.Fields, new CsvDialect(separator, lineEnd)));
        var saved = folder.At("saved.csv");
        await File.WriteAllTextAsync(saved, "\uFEFF" + lines[0] + lines[1]);
        var run = await CliRun.Caption([.. files, "--output", saved, "--resume"]);
        Assert.Equal((0, "1 captioned, 1 done before, 0 failed, 0 left out."), (run.Code, run.Error.Trim()));
        Assert.Equal(string.Concat(lines), await File.ReadAllTextAsync(saved));
        Assert.Equal(0xEF, (await File.ReadAllBytesAsync(saved))[0]);
    }

    [Theory]
    [InlineData("notes.json", "[{\"name\": \"x\"}]")]
    [InlineData("notes.json", "[{\"name\": \"x\"")]
    [InlineData("notes.json", "[{\"file\": 1}]")]
    [InlineData("notes.json", "[{\"file\":\"a.wav\",\"caption\":\"a dog\"},\n{\"file\":\"b.wav\",\"capt ion\n{\"file\":\"c.wav\",\"caption\":\"x\"}]")]
    [InlineData("notes.jsonl", "{\"name\":1}\n")]
    [InlineData("notes.jsonl", "{\"file\":\"\\ud800red\",\"caption\":\"x\"}\n")]
    [InlineData("notes.jsonl", "text")]
    [InlineData("notes.csv", "file,start,end,rank,caption,score,tags,task,model,version\n/w\0ork,0,1,1,x,-1,,,,\n")]
    [InlineData("notes.csv", "file,start,end,rank,caption,score,tags,task,model,version\nshort,1\n")]
    [InlineData("notes.csv", "file_name,caption_1\na.wav,x\n")]
    public async Task Resume_ForeignOrDamagedFile_IsLeftUntouched(string name, string content)
    {
        using var folder = new TestFolder();
        var output = folder.Text(name, content);
        var run = await CliRun.Caption(folder.Noise("a.wav"), "--output", output, "--resume");
        Assert.Equal(2, run.Code);
        Assert.Contains("cannot be resumed", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(output));
    }

    [Fact]
    public async Task Resume_ForeignCsvExport_IsLeftUntouched()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("a.wav");
        var output = folder.At("out.csv");
        await CliRun.Caption(file, "--output", output);
        foreach (var content in new[] { "name,value\n1,2\n", "audio,task,candidate\r\nother.wav,clotho,a dog\r\n" })
        {
            var export = folder.Text("export.csv", content);
            Assert.Equal(2, (await CliRun.Caption(file, folder.Noise("b.wav"), "--output", output, "--csv_export", export, "--resume")).Code);
            Assert.Equal(content, await File.ReadAllTextAsync(export));
        }
    }

    [Theory]
    [InlineData("csv", true)]
    [InlineData("csv", false)]
    [InlineData("jsonl", true)]
    [InlineData("json", false)]
    public async Task Resume_WithOtherOptions_IsRefused(string format, bool hasRecord)
    {
        using var folder = new TestFolder();
        string[] files = [folder.Noise("a.wav", 3), folder.Noise("b.wav", 3)];
        var output = folder.At("out." + format);
        await CliRun.Caption(files[0], "--output", output, "--candidates", "2", "--task", "audiocaps", "--beam", "3");
        var before = await File.ReadAllBytesAsync(output);
        if (!hasRecord)
            Directory.GetFiles(folder.Root, ".auricle-*").ToList().ForEach(File.Delete);
        string[] same = ["--candidates", "2", "--task", "audiocaps", "--beam", "3"];
        List<string[]> others = [["--candidates", "1", "--task", "audiocaps", "--beam", "3"], ["--candidates", "2", "--beam", "3"], [.. same, "--segments", "1"]];
        if (hasRecord)
            others.Add(["--candidates", "2", "--task", "audiocaps", "--beam", "4"]);
        foreach (var other in others)
        {
            var run = await CliRun.Caption([.. files, "--output", output, "--resume", .. other]);
            Assert.True(run.Code == 2, $"{string.Join(' ', other)}: {run.Error}");
            Assert.Contains("was made", run.ErrorLines[^1], StringComparison.Ordinal);
            Assert.Equal(before, await File.ReadAllBytesAsync(output));
        }
        Assert.Equal(0, (await CliRun.Caption([.. files, "--output", output, "--resume", .. same])).Code);
    }

    [Fact]
    public async Task Resume_AfterAKillOfARunThatReplaces_GoesOnWithItsRowsAndKeepsTheOldFileUntilItsEnd()
    {
        using var folder = new TestFolder();
        string[] files = [.. Enumerable.Range(0, 3).Select(place => folder.Noise($"{place}.wav", seed: place))];
        var output = folder.Text("out.jsonl", "{\"file\":\"old.wav\",\"caption\":\"old\"}\n");
        var part = OutputPath.Find(output, "--output").Beside("part");
        using (var process = CliRun.Start([.. files[..2], "-", "--output", output]))
        {
            while (!process.HasExited && (!File.Exists(part) || File.ReadAllText(part).Count(letter => letter == '\n') < 2))
                await Task.Delay(5);
            process.Kill();
            await process.WaitForExitAsync();
        }
        Assert.Contains("old.wav", await File.ReadAllTextAsync(output), StringComparison.Ordinal);
        var run = await CliRun.Caption([.. files, "--output", output, "--resume"]);
        Assert.Equal((0, "1 captioned, 2 done before, 0 failed, 0 left out."), (run.Code, run.Error.Trim()));
        Assert.Equal(files, Files(output));
        Assert.False(File.Exists(part));
    }

    private static IEnumerable<string?> Files(string output) =>
        File.ReadLines(output).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("file").GetString());

    /// <summary>Interrupts the run once so many rows were written.</summary>
    private sealed class CancellingWriter(CancellationTokenSource interruption, int rows) : StringWriter
    {
        private int _seen;

        public override void Write(string? value)
        {
            base.Write(value);
            if (value!.Contains("\"file\"", StringComparison.Ordinal) && ++_seen == rows)
                interruption.Cancel();
        }
    }
}
