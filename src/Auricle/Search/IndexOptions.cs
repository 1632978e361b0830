using Auricle.Search;

namespace Auricle;

/// <summary>How files are indexed.</summary>
public sealed record IndexOptions
{
    /// <summary>The length of the stretches of long recordings in seconds, where nothing else is said.</summary>
    public const double DefaultSegmentSeconds = 10;

    /// <summary>How much of a stretch the next one repeats, in seconds, where nothing else is said.</summary>
    public const double DefaultOverlapSeconds = 2.5;

    internal const double ShortestSegment = 1;
    internal const double LargestOverlap = 0.9;

    /// <summary>The length of a stretch in seconds; <see langword="null"/> for that of the index, or <see cref="DefaultSegmentSeconds"/> for a new one.</summary>
    public double? SegmentSeconds { get; init; }

    /// <summary>How much of it the next one repeats; <see langword="null"/> for that of the index, or <see cref="DefaultOverlapSeconds"/> for a new one.</summary>
    public double? OverlapSeconds { get; init; }

    /// <summary>Whether an index that is there is emptied first, whoever made it.</summary>
    public bool Rebuild { get; init; }

    /// <summary>Whether files that failed before are tried again, though they have not changed.</summary>
    public bool Retry { get; init; }

    /// <summary>How many files are read and embedded at the same time; one for each core where it is absent.</summary>
    public int? Workers { get; init; }

    /// <summary>How many sounds of equal length go through the model at once.</summary>
    public int BatchSize { get; init; } = 8;
}

/// <summary>What was done about a file.</summary>
public enum IndexChange
{
    /// <summary>It is new in the index.</summary>
    Added,

    /// <summary>Its content had changed.</summary>
    Changed,

    /// <summary>Its content is as it was; only its time had changed.</summary>
    Kept,

    /// <summary>Its content was in the index under a name that is gone.</summary>
    Moved,
}

/// <summary>A file that was indexed.</summary>
/// <param name="File">The file.</param>
/// <param name="Change">What was done.</param>
/// <param name="Seconds">The length of its sound.</param>
/// <param name="Segments">How many stretches it has.</param>
/// <param name="Warnings">What a reader should know about it; usually empty.</param>
public sealed record IndexedSound(string File, IndexChange Change, double Seconds, int Segments, IReadOnlyList<string> Warnings);

/// <summary>Where the time of a run went, in seconds of work of all workers together.</summary>
/// <param name="Examining">Hashing files and reading their tags.</param>
/// <param name="Decoding">Decoding and resampling.</param>
/// <param name="Embedding">The model.</param>
/// <param name="Writing">Writing the index.</param>
public sealed record IndexTimes(double Examining, double Decoding, double Embedding, double Writing);

/// <summary>What has to be done to bring an index up to date with folders.</summary>
public sealed class IndexPlan
{
    internal List<PlannedFile> Work { get; } = [];

    internal List<IndexedFile> Gone { get; } = [];

    internal List<string> ProblemList { get; } = [];

    /// <summary>How many files are looked at.</summary>
    public int Files => Work.Count;

    /// <summary>How many files are in the index and have neither another size nor another time.</summary>
    public int Unchanged { get; internal set; }

    /// <summary>How many files of the index lie in the folders no more.</summary>
    public int Removed => Gone.Count;

    /// <summary>How many other files lie in the folders.</summary>
    public int LeftOut { get; internal set; }

    /// <summary>A sentence for each input or folder that could not be read.</summary>
    public IReadOnlyList<string> Problems => ProblemList;
}

/// <param name="Path">The absolute path.</param>
/// <param name="Root">The folder under which the index keeps it.</param>
/// <param name="Known">What the index has of it.</param>
internal sealed record PlannedFile(string Path, string Root, IndexedFile? Known);
