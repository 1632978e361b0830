namespace Auricle.Search;

/// <summary>
/// Vectors of stretches of sound files, with what is known of the files, and the search among them. Every engine keeps the same promises:
/// what <see cref="Put"/> returned from is there after any crash, and nothing of what it did not return from; one writer at a time, readers
/// beside it; any number of threads may search at once.
/// </summary>
public interface ISoundIndex : IDisposable
{
    /// <summary>Where the index lies: a folder, or the address of a database without its password.</summary>
    string Location { get; }

    /// <summary>The model that made the vectors, and how files were cut.</summary>
    IndexSettings Settings { get; }

    /// <summary>Counts of what is in it.</summary>
    IndexCounts Count();

    /// <summary>The folders whose files are in it, absolute.</summary>
    IReadOnlyList<string> Roots();

    /// <summary>What is recorded of every file, those that failed included.</summary>
    IReadOnlyList<IndexedFile> Files(IndexFilter? filter = null);

    /// <summary>Files by their numbers; those that are gone are left out.</summary>
    IReadOnlyDictionary<long, IndexedFile> Find(IReadOnlyCollection<long> ids);

    /// <summary>
    /// Adds files with the vectors of their stretches, all of them or none. A file of the same root and path takes the place of the earlier one.
    /// </summary>
    /// <param name="files">The files; a vector has <see cref="IndexSettings.Width"/> numbers and the length 1, or is all zero.</param>
    /// <exception cref="IndexException">There is no room, or the database is gone.</exception>
    void Put(IReadOnlyList<NewFile> files);

    /// <summary>Records another place, size or time of files whose sound has stayed the same.</summary>
    void Update(IReadOnlyList<(long Id, FileStamp Stamp)> files);

    /// <summary>Takes files out.</summary>
    void Remove(IReadOnlyList<long> ids);

    /// <summary>Records that a root folder lies elsewhere now; its files are found under the new place.</summary>
    /// <exception cref="IndexException">There is no such root, or the new place is one already.</exception>
    void MoveRoot(string oldRoot, string newRoot);

    /// <summary>The stretches whose vectors have the largest dot products with each query.</summary>
    /// <param name="queries">Vectors of <see cref="IndexSettings.Width"/> numbers.</param>
    /// <param name="top">How many are wanted.</param>
    /// <param name="filter">Which files are looked at; all of them where it is absent.</param>
    /// <param name="exact">Whether a graph, where there is one, is passed over.</param>
    /// <returns>For each query the best stretches, the best first.</returns>
    IReadOnlyList<IndexHit>[] Search(IReadOnlyList<float[]> queries, int top, IndexFilter? filter = null, bool exact = false);

    /// <summary>The vectors of stretches, as they are stored.</summary>
    /// <param name="segments">Numbers of stretches, as in <see cref="IndexHit.Segment"/>.</param>
    IReadOnlyList<float[]> Vectors(IReadOnlyList<long> segments);

    /// <summary>Sentences about what is damaged; none where everything can be read and is as it was written.</summary>
    IReadOnlyList<string> Verify();

    /// <summary>Builds a graph for approximate search, and measures it against exact search.</summary>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Ends the work; an earlier graph stays.</param>
    GraphReport BuildGraph(IProgress<double>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>What was measured when the graph was built; <see langword="null"/> where there is none.</summary>
    GraphReport? Graph { get; }
}

/// <summary>Which model made an index, and how files were cut for it. Vectors of two models cannot be compared.</summary>
/// <param name="Model">The model's name, for people.</param>
/// <param name="Fingerprint">A hash of its weights.</param>
/// <param name="Width">The size of each vector.</param>
/// <param name="SegmentSeconds">The length of a stretch of a long recording in seconds.</param>
/// <param name="OverlapSeconds">How much of it the next stretch repeats, in seconds.</param>
public sealed record IndexSettings(string Model, string Fingerprint, int Width, double SegmentSeconds, double OverlapSeconds);

/// <summary>Where a file lies and by what a change of it is recognised.</summary>
/// <param name="Root">The folder that was indexed, absolute.</param>
/// <param name="Path">The path below it, with <c>/</c> between its parts.</param>
/// <param name="Bytes">The size of the file; -1 where the system does not tell.</param>
/// <param name="Modified">When it was written last.</param>
/// <param name="Hash">The SHA-256 of its content in hexadecimal digits; empty where it could not be read.</param>
public sealed record FileStamp(string Root, string Path, long Bytes, DateTimeOffset Modified, string Hash)
{
    /// <summary>The absolute path.</summary>
    public string FullPath => System.IO.Path.Combine(Root, Path);
}

/// <summary>What is known of a sound besides its vectors.</summary>
/// <param name="Seconds">Its length.</param>
/// <param name="Recorded">When it was recorded, where the file says so, else when the file was written.</param>
/// <param name="Tags">What the file says about itself: title, artist, description and more, by key in small letters.</param>
public sealed record SoundFacts(double Seconds, DateTimeOffset Recorded, IReadOnlyDictionary<string, string> Tags);

/// <summary>A file for the index.</summary>
/// <param name="Stamp">Where it lies.</param>
/// <param name="Facts">What is known of it.</param>
/// <param name="Segments">The stretches with their vectors; none for a file that failed.</param>
/// <param name="Error">Why it failed; <see langword="null"/> where it did not.</param>
public sealed record NewFile(FileStamp Stamp, SoundFacts Facts, IReadOnlyList<NewSegment> Segments, string? Error = null);

/// <summary>A stretch of a file.</summary>
/// <param name="Start">Where it begins, in seconds.</param>
/// <param name="End">Where it ends, in seconds.</param>
/// <param name="Vector">Its vector.</param>
public sealed record NewSegment(double Start, double End, float[] Vector);

/// <summary>A file that is in the index.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Stamp">Where it lies.</param>
/// <param name="Facts">What is known of it.</param>
/// <param name="Segments">How many stretches it has.</param>
/// <param name="Error">Why it failed; <see langword="null"/> where it did not.</param>
public sealed record IndexedFile(long Id, FileStamp Stamp, SoundFacts Facts, int Segments, string? Error);

/// <summary>A stretch that was found.</summary>
/// <param name="Segment">The number of the stretch.</param>
/// <param name="File">The number of its file.</param>
/// <param name="Start">Where it begins, in seconds.</param>
/// <param name="End">Where it ends, in seconds.</param>
/// <param name="Score">The dot product with the query: the cosine, where both have the length 1.</param>
public sealed record IndexHit(long Segment, long File, double Start, double End, float Score);

/// <summary>Which files are looked at. What is absent does not matter.</summary>
public sealed record IndexFilter
{
    /// <summary>A folder or file, absolute: only what lies in it.</summary>
    public string? Under { get; init; }

    /// <summary>Only what was recorded then or later.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Only what was recorded before then.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>The shortest length of a file in seconds.</summary>
    public double? MinSeconds { get; init; }

    /// <summary>The longest length of a file in seconds.</summary>
    public double? MaxSeconds { get; init; }

    /// <summary>Tags and the text that each must contain, in any case; all of them must.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>Whether it leaves out nothing.</summary>
    public bool IsEmpty => this is { Under: null, After: null, Before: null, MinSeconds: null, MaxSeconds: null, Tags.Count: 0 };
}

/// <summary>How much is in an index.</summary>
/// <param name="Files">Files with vectors.</param>
/// <param name="Failed">Files that failed.</param>
/// <param name="Segments">Stretches.</param>
/// <param name="Seconds">The length of the files together.</param>
/// <param name="Bytes">What the index takes on disk.</param>
public sealed record IndexCounts(long Files, long Failed, long Segments, double Seconds, long Bytes);

/// <summary>An approximate graph, as measured when it was built.</summary>
/// <param name="Segments">How many stretches it holds.</param>
/// <param name="RecallAt10">Which share of the ten best stretches of exact search it finds, for queries drawn from the index.</param>
/// <param name="Queries">How many queries that was measured with.</param>
/// <param name="QueryMilliseconds">The mean time of one of them.</param>
/// <param name="ExactMilliseconds">The mean time of the same by exact search.</param>
/// <param name="BuildSeconds">How long it took to build.</param>
public sealed record GraphReport(long Segments, double RecallAt10, int Queries, double QueryMilliseconds, double ExactMilliseconds, double BuildSeconds);
