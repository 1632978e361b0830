namespace Auricle.Fetching;

/// <summary>A lock between processes: the kernel's flock, which ends with its process however that ends. Lock files are left where they are.</summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;   // EWOULDBLOCK

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Waits until no other process holds the lock.</summary>
    /// <param name="path">The lock file; its folder exists.</param>
    /// <param name="waits">Called once for each look at a lock that another holds.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<FileLock> AcquireAsync(string path, Action waits, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
            }
            catch (IOException error) when (error.HResult == WouldBlock)
            {
                waits();
            }
            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _file.Dispose();
}
