namespace Auricle.Fetching;

/// <summary>How things are fetched.</summary>
public sealed record FetcherOptions
{
    /// <summary>Refuses every connection.</summary>
    public bool IsOffline { get; init; }

    /// <summary>How a user comes online again, as the end of a sentence.</summary>
    public string OfflineRemedy { get; init; } = "allow connections";

    /// <summary>How often a broken attempt is repeated in a row; attempts that brought bytes along do not count.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The wait before the first repetition; it doubles with each, and varies by chance.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait that a server may ask for (<c>Retry-After</c>).</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a server may be silent, before it answers and between bytes.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The most bytes of a file whose size is not known beforehand.</summary>
    public long LargestFile { get; init; } = 64L << 30;

    /// <summary>What the program calls itself to servers.</summary>
    public string UserAgent { get; init; } = "auricle";
}
