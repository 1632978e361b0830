using System.Diagnostics;
using System.Text.Json;

namespace Auricle.Cli.Tests;

/// <summary>What only a process of its own shows: signals, standard input, a full disk.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class ProcessTests
{
    [Fact]
    public async Task Caption_OneDnnHeldToAvx2_RefusesBFloat16AndChoosesFloat32()
    {
        using var folder = new TestFolder();
        _ = TestModel.Numbers;
        var file = folder.Noise("a.wav");
        var held = ("ONEDNN_MAX_CPU_ISA", "AVX2");
        string[] args = ["caption", "--model", TestModel.Name, file, "--format", "jsonl", "--precision"];
        var asked = await CliRun.End(CliRun.Launch([.. args, "bfloat16"], held));
        // Without AVX-512 libtorch does not hand the products to oneDNN, and computes them itself.
        Assert.Equal(ProcessorInfo.HasAvx512 ? 2 : 0, asked.Code);
        if (ProcessorInfo.HasAvx512)
            Assert.Contains("bfloat16 cannot be computed here", Assert.Single(asked.ErrorLines), StringComparison.Ordinal);
        var chosen = await CliRun.End(CliRun.Launch([.. args, "auto"], held));
        Assert.Equal((0, ""), (chosen.Code, chosen.Error));
        Assert.Contains("caption", chosen.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caption_StandardInput_IsReadToItsEnd()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("a.wav");
        using var process = CliRun.Start("-", "--format", "jsonl");
        await process.StandardInput.BaseStream.WriteAsync(await File.ReadAllBytesAsync(file));
        var run = await CliRun.End(process);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.Code);
        var row = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal("-", row.GetProperty("file").GetString());
        Assert.Equal((await CliRun.Caption(file)).Lines[0].Split('\t')[1], row.GetProperty("caption").GetString());
    }

    [Fact]
    public async Task Caption_CtrlC_KeepsFinishedRowsAndResumeGoesOn()
    {
        using var folder = new TestFolder();
        var files = Enumerable.Range(0, 300).Select(place => folder.Noise($"sounds/{place:000}.wav", 4, seed: place)).ToList();
        var sounds = Path.GetDirectoryName(files[0])!;
        var output = folder.At("out.jsonl");
        using var process = CliRun.Start(sounds, "--output", output);
        while (!process.HasExited && (!File.Exists(output) || new FileInfo(output).Length == 0))
            await Task.Delay(5);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            await kill.WaitForExitAsync();
        var run = await CliRun.End(process);
        Assert.Equal(130, run.Code);
        Assert.Contains("--resume", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        var text = await File.ReadAllTextAsync(output);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        var finished = text.Count(letter => letter == '\n');
        Assert.InRange(finished, 1, files.Count - 1);

        // A few more files are enough to see where it goes on.
        var next = files.Take(finished + 2).ToArray();
        Assert.Equal(0, (await CliRun.Caption([.. next, "--output", output, "--resume"])).Code);
        Assert.StartsWith(text, await File.ReadAllTextAsync(output), StringComparison.Ordinal);
        Assert.Equal(next, File.ReadLines(output).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("file").GetString()));
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("json")]
    [InlineData("csv")]
    [InlineData("table")]
    [InlineData("srt")]
    public async Task Caption_FullDisk_IsOneSentenceAndAFailure(string format)
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption(folder.Noise("a.wav"), "--format", format, "--output", "/dev/full");
        Assert.Equal(1, run.Code);
        Assert.Contains("/dev/full", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Contains("No space left", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caption_FullDiskAtCsvExport_IsOneSentenceAndAFailure()
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption(folder.Noise("a.wav"), "--csv_export", "/dev/full");
        Assert.Equal(1, run.Code);
        Assert.Contains("/dev/full", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caption_FullDiskBehindStandardOutput_IsOneSentenceAndAFailure()
    {
        using var folder = new TestFolder();
        var start = new ProcessStartInfo("sh") { RedirectStandardError = true };
        foreach (var argument in (string[])["-c", "exec dotnet \"$@\" >/dev/full", "sh", typeof(CommandLine).Assembly.Location, "caption", "-m", TestModel.Folder, folder.Noise("a.wav")])
            start.ArgumentList.Add(argument);
        _ = TestModel.Numbers;
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("standard output", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("caption -m {model} {folder}/a.wav -f csv 0<&-", 0, "a.wav", "")]
    [InlineData("caption -m {model} - 0<&-", 1, "", "Standard input is closed")]
    [InlineData("caption -m {model} {folder}/a.wav -f csv 1>&-", 1, "", "standard output")]
    [InlineData("caption -m {model} {folder}/a.wav -f csv 2>&-", 0, "a.wav", "")]
    [InlineData("caption -m {model} {folder}/none.wav 2>&-", 1, "", "")]
    [InlineData("caption -m {model} {folder}/a.wav -f jsonl -o - 0<&- | head -c 8", 0, "{\"file\":", "")]
    [InlineData("caption -m {model} {folder}/a.wav -f jsonl -o /dev/stdout | cat", 0, "a.wav", "")]
    [InlineData("caption -m {model} {folder}/a.wav -f csv -o /dev/fd/1 | cat", 0, "a.wav", "")]
    [InlineData("evaluate captions -c - -r {folder}/r.csv --metrics bleu --bootstrap 0 --json < {folder}/c.csv", 0, "bleu_1", "")]
    [InlineData("evaluate captions -c {folder}/c.csv -r - --metrics bleu --bootstrap 0 --json < {folder}/r.csv", 0, "bleu_1", "")]
    [InlineData("evaluate captions -c - -r - --metrics bleu < {folder}/c.csv", 2, "", "can be read once only")]
    [InlineData("evaluate captions -c - -r {folder}/r.csv --metrics bleu 0<&-", 2, "", "Standard input is closed")]
    [InlineData("evaluate captions -c {folder}/c.csv -r {folder}/r.csv --metrics bleu --bootstrap 0 1>&-", 1, "", "standard output")]
    [InlineData("evaluate captions -c {folder}/c.csv -r {folder}/r.csv --metrics bleu --report - | cat", 0, "", "is used twice")]
    [InlineData("doctor 1>&-", 1, "", "standard output")]
    [InlineData("--version 2>&- 0<&-", 0, "0.", "")]
    public async Task Command_StandardStreams_AreReadAndWrittenOrMissedInASentence(string command, int code, string output, string error)
    {
        using var folder = new TestFolder();
        folder.Noise("a.wav");
        folder.Text("c.csv", "file,caption\na.wav,a dog barks\n");
        folder.Text("r.csv", "file,caption\na.wav,a dog barks at the door\n");
        var run = await Shell(command.Replace("{model}", TestModel.Folder, StringComparison.Ordinal).Replace("{folder}", folder.At("."), StringComparison.Ordinal));
        Assert.Equal((code, error.Length > 0 ? 1 : 0), (run.Code, run.ErrorLines.Length));
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
        Assert.Contains(output, run.Out, StringComparison.Ordinal);
        Assert.Equal(output.Length == 0, run.Out.Length == 0);
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("jsonl")]
    [InlineData("table")]
    public async Task Caption_ReaderThatLeaves_EndsWithoutAWord(string format)
    {
        using var folder = new TestFolder();
        var files = string.Join(' ', Enumerable.Range(0, 40).Select(place => folder.Noise($"{place}.wav", 0.2, seed: place)));
        var run = await Shell($"caption -m {TestModel.Folder} {files} -f {format} | head -n 1; exit ${{PIPESTATUS[0]}}");
        Assert.Equal("", run.Error);
        Assert.Single(run.Lines);
        Assert.Equal(ExitCode.BrokenPipe, run.Code);
    }

    /// <summary>Runs a command line of a shell that begins with the arguments of <c>auricle</c>.</summary>
    private static async Task<CliRun> Shell(string command)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", $"dotnet {typeof(CommandLine).Assembly.Location} {command}"])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        return await CliRun.End(process);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Caption_TwoHoursInSegments_StaysBelowOneGigabyte()
    {
        const double Seconds = 7200;
        using var folder = new TestFolder();
        var file = folder.Noise("long.wav", Seconds, rate: 8000);
        using var process = CliRun.Start(file, "--segments", "10", "--format", "jsonl");
        var end = CliRun.End(process);
        long peak = 0;
        while (!end.IsCompleted)
        {
            process.Refresh();
            peak = process.HasExited ? peak : Math.Max(peak, process.PeakWorkingSet64);
            await Task.WhenAny(end, Task.Delay(20));
        }
        var run = await end;
        Assert.Equal((0, ""), (run.Code, run.Error));
        var segments = JsonDocument.Parse(run.Out).RootElement.GetProperty("segments");
        Assert.Equal(Seconds / 10, segments.GetArrayLength());
        Assert.InRange(peak, 1, 1L << 30);
    }
}
