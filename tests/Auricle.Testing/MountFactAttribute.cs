using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Auricle.Testing;

/// <summary>A test that needs a file system of its own, which only some users may make.</summary>
public sealed class MountFactAttribute : FactAttribute
{
    private static readonly bool CanMount = TryMount();

    /// <summary>Skips the test where the user may not.</summary>
    public MountFactAttribute()
    {
        if (!CanMount)
            Skip = "this user may not mount a file system (unshare --mount)";
    }

    private static bool TryMount()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("unshare", ["--mount", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
