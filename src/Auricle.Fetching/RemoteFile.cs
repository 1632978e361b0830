namespace Auricle.Fetching;

/// <summary>A file somewhere else.</summary>
/// <param name="Name">What people call it: its name, or its path within what it belongs to.</param>
/// <param name="Address">Where it is, over HTTP.</param>
public sealed record RemoteFile(string Name, Uri Address)
{
    /// <summary>Its length in bytes, where it is known beforehand.</summary>
    public long? Size { get; init; }

    /// <summary>Its hash, where one is published.</summary>
    public FileHash? Hash { get; init; }

    /// <summary>The secret that its host wants.</summary>
    public AccessToken? Token { get; init; }
}

/// <summary>Where a file is to lie.</summary>
/// <param name="Path">The file; its folder is made.</param>
public sealed record FetchTarget(string Path)
{
    /// <summary>Where its bytes are collected until they are complete; on the same file system.</summary>
    public string PartialPath { get; init; } = Path + ".incomplete";

    /// <summary>The file that one process at a time locks (flock) to fetch it.</summary>
    public string LockPath { get; init; } = Path + ".lock";
}

/// <summary>How far a fetch has come.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="State">What is going on.</param>
/// <param name="Done">Bytes that are here.</param>
/// <param name="Total">All bytes, where they are known.</param>
/// <param name="BytesPerSecond">The rate of the last seconds; 0 where it is not known yet.</param>
public readonly record struct FetchProgress(string Name, FetchState State, long Done, long? Total, double BytesPerSecond)
{
    /// <summary>The time that is left at this rate.</summary>
    public TimeSpan? Left => Total is { } total && BytesPerSecond > 0 ? TimeSpan.FromSeconds(Math.Max(0, total - Done) / BytesPerSecond) : null;
}

/// <summary>What a fetch is doing.</summary>
public enum FetchState
{
    /// <summary>Another process fetches the same file; this one waits for it.</summary>
    Waiting,

    /// <summary>Bytes arrive.</summary>
    Running,

    /// <summary>Something broke; the next attempt comes soon.</summary>
    Retrying,

    /// <summary>The file is complete and its hash is computed.</summary>
    Checking,

    /// <summary>It is where it belongs.</summary>
    Finished,
}
