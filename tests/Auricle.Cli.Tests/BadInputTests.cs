using System.Text.Json;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class BadInputTests
{
    public static TheoryData<string, string> Broken => new()
    {
        { "missing", "no file" },
        { "empty", "0 bytes" },
        { "text", "not sound" },
        { "no samples", "0 samples" },
        { "nan", "NaN" },
        { "infinite", "infinite" },
        { "unreadable", "permissions" },
        { "no folder", "check" },
        { "folder without sound", "holds no sound" },
        { "pattern without match", "No sound file matches" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Caption_BrokenInputBetweenGoodOnes_IsReportedAndSkipped(string kind, string part)
    {
        using var folder = new TestFolder();
        var first = folder.Noise("first.wav");
        var last = folder.Noise("last.wav");
        var broken = Make(kind, folder);
        var run = await CliRun.Caption(first, broken, last, "--format", "jsonl");
        Assert.Equal(1, run.Code);
        Assert.Equal("2 captioned, 1 failed, 0 left out.", run.ErrorLines[^1]);
        var error = Assert.Single(run.ErrorLines[..^1]);
        Assert.Contains(broken, error, StringComparison.Ordinal);
        Assert.Contains(part, error, StringComparison.Ordinal);
        Assert.Equal([first, last], run.Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("file").GetString()));
    }

    [Theory]
    [InlineData(10, 16000, 1)]
    [InlineData(1, 8000, 1)]
    [InlineData(192000, 192000, 1)]
    [InlineData(8 * 44100, 44100, 8)]
    public async Task Caption_UnusualSound_IsDescribed(int samples, int rate, int channels)
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption(folder.Wav("a.wav", HashWeights.Signal("a", samples), rate, channels));
        Assert.Equal(0, run.Code);
        Assert.Empty(run.Error);
        Assert.NotEmpty(Assert.Single(run.Lines).Split('\t')[1]);
    }

    [Fact]
    public async Task Caption_Silence_IsDescribedWithAFiniteScore()
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption(folder.Wav("a.wav", new float[32000], 16000), "--format", "jsonl");
        Assert.Equal(0, run.Code);
        Assert.True(double.IsFinite(JsonDocument.Parse(run.Out).RootElement.GetProperty("score").GetDouble()));
    }

    [Fact]
    public async Task Caption_TruncatedWav_IsDescribedWithAWarning()
    {
        using var folder = new TestFolder();
        var file = folder.Wav("a.wav", HashWeights.Signal("a", 16000), 16000, missingBytes: 64000);
        var run = await CliRun.Caption(file, "--format", "jsonl");
        Assert.Equal(0, run.Code);
        Assert.StartsWith("Warning: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(1, JsonDocument.Parse(run.Out).RootElement.GetProperty("warnings").GetArrayLength());
    }

    [Fact]
    public async Task Caption_SoundTooLongForAWhole_SaysHowToDescribeIt()
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption(folder.Wav("a.wav", new float[301 * 1000], 1000, pcm: true));
        Assert.Equal(1, run.Code);
        Assert.Contains("segments", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--model", "nonsense", "tiny")]
    [InlineData("--model", "Labbeti/nonsense", "auricle models pull Labbeti/nonsense")]
    [InlineData("--model", "/dev", "model.safetensors")]
    [InlineData("--task", "nonsense", "clotho, audiocaps")]
    [InlineData("--beam", "0", "above zero")]
    [InlineData("--candidates", "many", "above zero")]
    [InlineData("--batch", "-1", "above zero")]
    [InlineData("--segments", "0", "seconds")]
    [InlineData("--segments", "NaN", "seconds")]
    [InlineData("--segments", "1000", "300")]
    [InlineData("--segments", "1e-9", "0.1")]
    [InlineData("--beam", "1447", "1000")]
    [InlineData("--beam", "900", "vocabulary")]
    [InlineData("--candidates", "2000", "1000")]
    [InlineData("--batch", "2147483647", "1024")]
    [InlineData("--threads", "1000", "up to")]
    [InlineData("--format", "cvs", "did you mean csv?")]
    [InlineData("--threads", "1.5", "above zero")]
    [InlineData("--format", "xml", "jsonl")]
    [InlineData("--precision", "float64", "bfloat16")]
    public async Task Caption_UnknownValue_IsAUsageErrorThatListsTheKnownAndWritesNothing(string option, string value, string known)
    {
        _ = TestModel.Numbers;
        using var folder = new TestFolder();
        var output = folder.Text("out.jsonl", "earlier\n");
        string[] model = option == "--model" ? [] : ["--model", TestModel.Name];
        var run = await CliRun.InProcess(["caption", folder.Noise("a.wav"), "--output", output, option, value, .. model]);
        Assert.Equal(2, run.Code);
        Assert.Contains(known, run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains(value, run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Empty(run.Out);
        Assert.Equal("earlier\n", await File.ReadAllTextAsync(output));
    }

    [Theory]
    [InlineData]
    [InlineData("nonsense")]
    [InlineData("caption")]
    [InlineData("caption", "a.wav", "--nonsense")]
    [InlineData("caption", "a.wav", "--resume")]
    [InlineData("caption", "a.wav", "--resume", "--output", "out.txt")]
    public async Task CommandLine_Incomplete_IsAUsageError(params string[] args)
    {
        _ = TestModel.Numbers;
        var run = await CliRun.InProcess(args.Length > 1 ? [.. args, "--model", TestModel.Name] : args);
        Assert.Equal(2, run.Code);
        Assert.NotEmpty(run.Error + run.Out);
    }

    [Fact]
    public async Task Caption_OutputFolderForOneFormat_IsAUsageError()
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption(folder.Noise("a.wav"), "--format", "jsonl", "--output", folder.Root);
        Assert.Equal(2, run.Code);
        Assert.Contains(folder.Root, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("caption", "")]
    [InlineData("caption", "a.wav", "", "b.wav")]
    [InlineData("caption", "a.wav", "--model", "")]
    [InlineData("caption", "a.wav", "--model", "  ")]
    [InlineData("caption", "a.wav", "-o", "")]
    [InlineData("caption", "a.wav", "--csv_export", "")]
    [InlineData("caption", "a.wav", "--task", "")]
    [InlineData("caption", "a.wav", "--beam", "")]
    [InlineData("caption", "a.wav", "--format", "")]
    [InlineData("caption", "a.wav", "--device", "")]
    [InlineData("info", "")]
    [InlineData("train", "")]
    [InlineData("train", "x.yaml", "")]
    [InlineData("train", "spice-parser", "--data", "", "--output", "x")]
    [InlineData("evaluate", "sounds", "")]
    [InlineData("evaluate", "captions", "-c", "", "-r", "x")]
    [InlineData("evaluate", "captions", "-c", "x", "-r", "x", "--report", "")]
    [InlineData("evaluate", "zero-shot", "-l", "x", "-m", "x", "-s", "")]
    [InlineData("help", "")]
    public async Task CommandLine_EmptyValue_IsOneSentenceAboutIt(params string[] args)
    {
        var run = await CliRun.InProcess(args);
        Assert.Equal(2, run.Code);
        Assert.Contains("is given an empty", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Equal(2, run.ErrorLines.Length);
        Assert.Empty(run.Out);
    }

    [Theory]
    [InlineData("There is no command 'captoin'; did you mean caption?", "captoin", "a.wav")]
    [InlineData("There is no command 'captoins'; did you mean captions?", "evaluate", "captoins")]
    [InlineData("There is no command 'captoin'; did you mean caption?", "help", "captoin")]
    [InlineData("There is no option '--formt'; did you mean --format?", "caption", "a.wav", "--formt", "csv")]
    [InlineData("There is no option '--jsn'; did you mean --json?", "info", "--jsn")]
    [InlineData("There is no option '--thread'; did you mean --threads?", "train", "x.yaml", "--thread", "3")]
    [InlineData("There is no option '--nothing-like-it'.", "doctor", "--nothing-like-it")]
    [InlineData("'more' is more than doctor takes; leave it out.", "doctor", "more")]
    public async Task CommandLine_Misspelt_TellsWhatWasMeant(string sentence, params string[] args)
    {
        var run = await CliRun.InProcess(args);
        Assert.Equal(2, run.Code);
        Assert.Equal(sentence, run.ErrorLines[0]);
    }

    [Fact]
    public async Task Help_OfACommand_IsWhatItsOptionShows()
    {
        var option = await CliRun.InProcess("evaluate", "captions", "--help");
        var verb = await CliRun.InProcess("help", "evaluate", "captions");
        Assert.Equal((0, option.Out), (verb.Code, verb.Out));
        Assert.Contains("caption", (await CliRun.InProcess("help")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caption_NameWithAnAtSign_IsAFile()
    {
        using var folder = new TestFolder();
        folder.Noise("a.wav");
        File.Move(folder.At("a.wav"), folder.At("@a.wav"));
        folder.Text("a.wav", "--nonsense");
        var before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder.Root;
        try
        {
            var run = await CliRun.Caption("@a.wav");
            Assert.Equal((0, ""), (run.Code, run.Error));
            Assert.StartsWith("@a.wav\t", run.Out, StringComparison.Ordinal);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    [Theory]
    [InlineData("--candidates", "--candidates", "2", "-f", "srt")]
    [InlineData("--beam 1", "--candidates", "2", "--beam", "1")]
    [InlineData("--batch", "--batch", "2")]
    public async Task Caption_OptionWithoutEffect_IsSaid(string part, params string[] options)
    {
        using var folder = new TestFolder();
        var run = await CliRun.Caption([folder.Noise("a.wav"), .. options]);
        Assert.Equal(0, run.Code);
        Assert.StartsWith($"Note: {part} has no effect", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private static string Make(string kind, TestFolder folder)
    {
        switch (kind)
        {
            case "missing": return folder.At("missing.wav");
            case "empty": return folder.Text("empty.wav", "");
            case "text": return folder.Text("text.wav", "These are words, and no sound at all.");
            case "no samples": return folder.Wav("none.wav", [], 16000);
            case "nan": return folder.Wav("nan.wav", [0, float.NaN, 0], 16000);
            case "infinite": return folder.Wav("infinite.wav", [0, float.PositiveInfinity], 16000);
            case "no folder": return Path.Combine(folder.Root, "nowhere", "a.wav");
            case "folder without sound":
                folder.Text("silent/notes.txt", "no sound");
                return Path.Combine(folder.Root, "silent");
            case "pattern without match": return Path.Combine(folder.Root, "*.flac");
            case "unreadable":
                var closed = folder.Noise("closed.wav");
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(closed, UnixFileMode.None);
                // Permissions do not bind root, but this file of the kernel can only be written by anyone.
                return Environment.IsPrivilegedProcess ? "/proc/sys/vm/compact_memory" : closed;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }
}
