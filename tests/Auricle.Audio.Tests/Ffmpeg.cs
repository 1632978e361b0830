using System.Diagnostics;

namespace Auricle.Audio.Tests;

/// <summary>The program that makes the tests' inputs.</summary>
internal static class Ffmpeg
{
    public static void Run(params string[] arguments)
    {
        using var process = Process.Start("ffmpeg", ["-v", "error", "-nostdin", "-y", "-strict", "-2", .. arguments]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
