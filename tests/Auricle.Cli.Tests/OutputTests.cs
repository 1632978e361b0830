using System.Diagnostics;

namespace Auricle.Cli.Tests;

/// <summary>What becomes of files that a command writes to, or might.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class OutputTests
{
    [Theory]
    [InlineData("same", "--output")]
    [InlineData("same", "--csv_export")]
    [InlineData("other spelling", "--output")]
    [InlineData("symbolic link", "--output")]
    [InlineData("link to a link", "--csv_export")]
    [InlineData("hard link", "--output")]
    [InlineData("linked folder", "--output")]
    public async Task Output_ThatIsAnInput_IsRefusedAndLeftAsItWas(string kind, string option)
    {
        using var folder = new TestFolder();
        var input = folder.Noise("sounds/in.wav");
        var before = await File.ReadAllBytesAsync(input);
        var output = folder.At("out.csv");
        switch (kind)
        {
            case "same":
                output = input;
                break;
            case "other spelling":
                output = Path.Combine(folder.Root, "sounds", "..", "sounds", "in.wav");
                break;
            case "symbolic link":
                File.CreateSymbolicLink(output, Path.Combine("sounds", "in.wav"));
                break;
            case "link to a link":
                File.CreateSymbolicLink(folder.At("between"), input);
                File.CreateSymbolicLink(output, "between");
                break;
            case "hard link":
                using (var link = Process.Start("ln", [input, output]))
                    await link.WaitForExitAsync();
                break;
            default:
                Directory.CreateSymbolicLink(folder.At("also"), Path.GetDirectoryName(input)!);
                output = Path.Combine(folder.Root, "also", "in.wav");
                break;
        }
        var run = await CliRun.Caption(folder.Noise("b.wav"), input, option, output);
        Assert.Equal(2, run.Code);
        Assert.Equal($"'{output}' is used twice in this command and would be written over; name another file with {option}.", Assert.Single(run.ErrorLines));
        Assert.Equal(before, await File.ReadAllBytesAsync(input));
    }

    [Theory]
    [InlineData("out.csv", "./out.csv")]
    [InlineData("out.csv", "link.csv")]
    public async Task Outputs_ThatAreOneFile_AreRefused(string first, string second)
    {
        using var folder = new TestFolder();
        File.CreateSymbolicLink(folder.At("link.csv"), "out.csv");
        var run = await CliRun.Caption(folder.Noise("a.wav"), "-o", Path.Combine(folder.Root, first), "--csv_export", Path.Combine(folder.Root, second));
        Assert.Equal(2, run.Code);
        Assert.Contains("used twice", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.At("out.csv")));
    }

    [Fact]
    public async Task Output_OfFolderOfSubtitles_MayNotBeALinkToAnInput()
    {
        using var folder = new TestFolder();
        string[] files = [folder.Noise("a.wav"), folder.Noise("b.wav")];
        Directory.CreateDirectory(folder.At("subs"));
        File.CreateSymbolicLink(folder.At("subs/b.vtt"), files[1]);
        var run = await CliRun.Caption([.. files, "-f", "vtt", "-o", folder.At("subs")]);
        Assert.Equal(2, run.Code);
        Assert.Equal(["b.vtt"], Directory.GetFiles(folder.At("subs")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("film.vtt")]
    [InlineData("out.csv")]
    [InlineData("out.jsonl")]
    [InlineData("out.json")]
    [InlineData("out.txt")]
    public async Task Output_OfAFailedRun_IsAsBefore(string name)
    {
        using var folder = new TestFolder();
        var output = folder.Text(name, "KEEP\n");
        var run = await CliRun.Caption(folder.At("missing.mp4"), "--output", output);
        Assert.Equal(1, run.Code);
        Assert.Equal("KEEP\n", await File.ReadAllTextAsync(output));
        Assert.Equal([output], Directory.GetFiles(folder.Root));

        Assert.Equal(1, (await CliRun.Caption(folder.At("missing.mp4"), "--output", folder.At("new" + Path.GetExtension(name)))).Code);
        Assert.Equal([output], Directory.GetFiles(folder.Root));
    }

    [Fact]
    public async Task Output_ThatIsReplaced_KeepsItsLinkAndPermissions()
    {
        using var folder = new TestFolder();
        var target = folder.Text("real/out.csv", "old\n");
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(target, Mode);
        File.CreateSymbolicLink(folder.At("out.csv"), target);
        var run = await CliRun.Caption(folder.Noise("a.wav"), "--output", folder.At("out.csv"));
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal(target, new FileInfo(folder.At("out.csv")).LinkTarget);
        Assert.StartsWith("file,start", await File.ReadAllTextAsync(target), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(Mode, File.GetUnixFileMode(target));
        Assert.DoesNotContain(Directory.GetFiles(Path.GetDirectoryName(target)!), path => path.EndsWith(".part", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Output_ALinkWhereRowsAreKept_IsNotFollowed()
    {
        using var folder = new TestFolder();
        var output = folder.Text("out.csv", "old\n");
        var other = folder.Text("other.txt", "mine\n");
        var path = Outputs.OutputPath.Find(output, "--output");
        File.CreateSymbolicLink(path.Beside("part"), other);
        Assert.Equal(0, (await CliRun.Caption(folder.Noise("a.wav"), "--output", output)).Code);
        Assert.Equal("mine\n", await File.ReadAllTextAsync(other));
        Assert.StartsWith("file,start", await File.ReadAllTextAsync(output), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-")]
    [InlineData("/dev/stdout")]
    public async Task Output_StandardOutput_IsWhatNoOutputGives(string name)
    {
        using var folder = new TestFolder();
        var file = folder.Noise("a.wav");
        var plain = await CliRun.Caption(file, "--format", "csv");
        var named = await CliRun.Caption(file, "--format", "csv", "--output", name);
        Assert.Equal((0, plain.Out), (named.Code, named.Out));
        Assert.Equal(2, (await CliRun.Caption(file, "--output", name, "--csv_export", "-")).Code);
        Assert.Equal(2, (await CliRun.Caption(file, "--format", "csv", "--output", name, "--resume")).Code);
    }

    [Fact]
    public async Task Output_ThatAnotherRunWrites_IsRefused()
    {
        using var folder = new TestFolder();
        var output = folder.Text("out.jsonl", "");
        using (new FileStream(output, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            var run = await CliRun.Caption(folder.Noise("a.wav"), "--output", output);
            Assert.Equal(1, run.Code);
            Assert.Contains("another run", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }
        Assert.Equal(0, (await CliRun.Caption(folder.Noise("a.wav"), "--output", output)).Code);
    }

    [Fact]
    public async Task Output_WhoseFolderGoesWhileItRuns_IsAFailure()
    {
        using var folder = new TestFolder();
        var output = folder.At("gone/out.jsonl");
        var files = Enumerable.Range(0, 3).Select(place => folder.Noise($"{place}.wav", seed: place)).ToArray();
        using var process = CliRun.Start([.. files, "-", "--output", output]);
        while (!process.HasExited && (!File.Exists(output) || new FileInfo(output).Length == 0))
            await Task.Delay(5);
        Directory.Delete(Path.GetDirectoryName(output)!, recursive: true);
        var run = await CliRun.End(process);
        Assert.Equal(1, run.Code);
        Assert.Contains($"'{output}' is gone", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subtitles_LongNamesAndFoldersInTheWay_DoNotStopTheBatch()
    {
        using var folder = new TestFolder();
        folder.Noise("in/a.wav");
        folder.Noise($"in/{new string('n', 251)}.wav");
        folder.Noise("in/z.wav");
        Directory.CreateDirectory(folder.At("subs/a.vtt"));
        var run = await CliRun.Caption(folder.At("in"), "-f", "vtt", "-o", folder.At("subs"));
        Assert.Equal(1, run.Code);
        Assert.Contains("a.vtt' is a folder", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.StartsWith("2 captioned, 1 failed", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Equal([$"{new string('n', 251)}.vtt", "z.vtt"], Directory.GetFiles(folder.At("subs")).Select(Path.GetFileName).Order());
    }
}
