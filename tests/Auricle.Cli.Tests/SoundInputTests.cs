using System.Diagnostics;
using System.Text.Json;

namespace Auricle.Cli.Tests;

/// <summary>What a user sees of sound that is not as simple as a wav file.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class SoundInputTests
{
    [Fact]
    public async Task Caption_FilmWithSeveralSoundTracks_TakesTheOneAskedForOrSaysSo()
    {
        using var folder = new TestFolder();
        var film = folder.At("film.mkv");
        Ffmpeg.Run("-i", folder.Noise("long.wav", 2), "-i", folder.Noise("short.wav", 1), "-map", "0", "-map", "1", "-c:a", "flac", "-metadata:s:a:1", "language=deu", film);
        var said = await CliRun.Caption(film, "--format", "jsonl");
        Assert.Equal(2, Duration(said), 0.05);
        Assert.Contains("several sound tracks", Assert.Single(said.ErrorLines), StringComparison.Ordinal);
        var chosen = await CliRun.Caption(film, "--format", "jsonl", "--track", "deu");
        Assert.Equal(1, Duration(chosen), 0.05);
        Assert.Equal("", chosen.Error);
        var missing = await CliRun.Caption(film, "--track", "3");
        Assert.Equal(1, missing.Code);
        Assert.Contains("2 (deu)", Assert.Single(missing.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(2, (await CliRun.Caption(film, "--track", "0")).Code);

        static double Duration(CliRun run) => JsonDocument.Parse(Assert.Single(run.Lines)).RootElement.GetProperty("duration").GetDouble();
    }

    [Fact]
    public async Task Caption_FolderWithOtherThings_SaysHowManyWereLeftOut()
    {
        using var folder = new TestFolder();
        folder.Noise("sounds/a.wav");
        folder.Text("sounds/notes.txt", "x");
        folder.Pipe("sounds/b.wav");
        var run = await CliRun.Caption(folder.At("sounds"), "--format", "jsonl");
        Assert.Equal(0, run.Code);
        Assert.Single(run.Lines);
        Assert.Equal("1 captioned, 0 failed, 2 left out.", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task Caption_BrokenMp3_LeavesStandardErrorToAuricle()
    {
        using var folder = new TestFolder();
        Ffmpeg.Run("-i", folder.Noise("a.wav", 2), folder.At("a.mp3"));
        var bytes = await File.ReadAllBytesAsync(folder.At("a.mp3"));
        var cut = folder.Bytes("cut.mp3", bytes[..(bytes.Length / 2)]);
        var words = folder.Text("words.mp3", string.Concat(Enumerable.Repeat("<p>Not found.</p>", 500)));
        using var process = CliRun.Start(cut, words, "--format", "jsonl");
        var run = await CliRun.End(process);
        Assert.Equal(1, run.Code);
        Assert.Equal(3, run.ErrorLines.Length);
        Assert.StartsWith("1 captioned, 1 failed", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Contains(run.ErrorLines, line => line.Contains("before its stated end", StringComparison.Ordinal));
        Assert.Contains(run.ErrorLines, line => line.Contains("is not sound", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Caption_KilledWhileFfmpegDecodes_LeavesNoFfmpegBehind()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var folder = new TestFolder();
        var film = folder.At("film.mka");
        Ffmpeg.Run("-f", "lavfi", "-i", "anoisesrc=r=8000:d=1200", "-c:a", "pcm_u8", film);
        using var process = CliRun.Start(film, "--format", "srt");
        int? child = null;
        while (child is null && !process.HasExited)
        {
            await Task.Delay(20);
            child = Array.Find(Process.GetProcessesByName("ffmpeg"), candidate => ParentOf(candidate.Id) == process.Id)?.Id;
        }
        Assert.NotNull(child);
        // Stopped, it cannot notice by itself that nobody reads any more.
        using (var stop = Process.Start("kill", ["-STOP", $"{child}"]))
            await stop.WaitForExitAsync();
        process.Kill();
        await process.WaitForExitAsync();
        for (var tries = 0; tries < 200 && Lives(child.Value); tries++)
            await Task.Delay(50);
        Assert.False(Lives(child.Value));

        static string[] StateOf(int id)
        {
            try
            {
                // The name of the program is in parentheses; the state and the parent follow.
                return File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ');
            }
            catch (IOException)
            {
                return ["X", "0"];
            }
        }

        static int ParentOf(int id) => int.Parse(StateOf(id)[1], System.Globalization.CultureInfo.InvariantCulture);

        static bool Lives(int id) => StateOf(id)[0] is not ("X" or "Z");
    }
}
