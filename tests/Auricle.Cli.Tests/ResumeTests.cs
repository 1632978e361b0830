using System.Text.Json;

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
