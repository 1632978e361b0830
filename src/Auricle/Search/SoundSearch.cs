using System.Numerics.Tensors;
using Auricle.Audio;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Search;

namespace Auricle;

/// <summary>
/// Finds sounds of an index by a text, by sounds that are like them, or by both. Any number of threads may search at once; it is disposed by whoever
/// opened it.
/// </summary>
/// <example>
/// <code source="../../../samples/SearchSounds/Program.cs" language="csharp"/>
/// </example>
public sealed partial class SoundSearch : IDisposable
{
    // Stretches that are asked for at first, for each sound that is wanted; more where several are of one file.
    private const int Spare = 4;

    // By how much what is unwanted turns the query away.
    private const float NotWeight = 0.5f;

    // Of two stretches of the same recording, stored in two ways.
    private const double SameSound = 0.98;
    private const double SameSeconds = 0.1;

    private readonly AudioModel _owner;
    private readonly bool _isOwner;
    private readonly SoundEmbedder _sounds;

    private SoundSearch(AudioModel model, ISoundIndex index, bool isOwner)
    {
        (_owner, Index, _isOwner) = (model, index, isOwner);
        _sounds = new SoundEmbedder(model);
        var has = index.Settings;
        if (has.Fingerprint != model.Fingerprint)
            throw new IndexMismatchException(index.Location, has, has with { Model = model.Source.Name, Fingerprint = model.Fingerprint });
    }

    /// <summary>Searches an index with a model that is loaded already; both stay the caller's.</summary>
    /// <exception cref="IndexMismatchException">Another model made the index.</exception>
    /// <exception cref="RoleMissingException">The model does not embed sound.</exception>
    public SoundSearch(AudioModel model, ISoundIndex index)
        : this(model ?? throw new ArgumentNullException(nameof(model)), index ?? throw new ArgumentNullException(nameof(index)), isOwner: false)
    {
    }

    /// <summary>The index.</summary>
    public ISoundIndex Index { get; }

    /// <summary>Opens an index and loads the model that made it.</summary>
    /// <param name="location">A folder.</param>
    /// <param name="model">A name out of <see cref="ModelCatalog.List"/>, a folder or a checkpoint.</param>
    /// <param name="options">Precision, device, threads; float32 where they are left out.</param>
    /// <exception cref="IndexException">There is no index, it cannot be read, or another model made it.</exception>
    /// <exception cref="ModelException">The model cannot be loaded, or does not embed sound.</exception>
    public static SoundSearch Open(string location, string model = ModelCatalog.DefaultModel, AudioModelOptions? options = null)
    {
        var index = SoundIndex.Open(location);
        try
        {
            return AudioModel.LoadAs(model, options ?? new AudioModelOptions { Precision = Models.Precision.Float32 }, loaded => new SoundSearch(loaded, index, isOwner: true));
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>Finds sounds by a text.</summary>
    /// <param name="text">What is to be heard.</param>
    /// <param name="top">How many sounds are wanted.</param>
    public IReadOnlyList<SoundHit> Find(string text, int top = 10) => Find(new SoundQuery { Text = text, Top = top });

    /// <summary>Finds sounds.</summary>
    /// <param name="query">What is wanted.</param>
    /// <param name="cancellationToken">Looked at while the sounds of the query are heard.</param>
    /// <returns>The sounds, the best first: of each file the best stretch, unless all are asked for.</returns>
    /// <exception cref="AudioException">A sound of the query cannot be read.</exception>
    /// <exception cref="RoleMissingException">The query has text, and the model's sounds and texts share no space.</exception>
    /// <exception cref="IndexException">The index cannot be read.</exception>
    /// <exception cref="ArgumentException">The query is empty.</exception>
    public IReadOnlyList<SoundHit> Find(SoundQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(query.Top, nameof(query));
        return Find(Vector(query, cancellationToken), query);
    }

    /// <summary>Finds sounds by a vector of the model's space; the words and sounds of the query are not looked at.</summary>
    /// <param name="vector">The vector; its length does not matter.</param>
    /// <param name="query">How many sounds are wanted, and which.</param>
    public IReadOnlyList<SoundHit> Find(ReadOnlyMemory<float> vector, SoundQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var wanted = vector.ToArray();
        GeneratedVectors.Normalise(wanted);
        var total = (int)Math.Min(int.MaxValue, Index.Count().Segments);
        for (var count = (int)Math.Min((long)query.Top * Spare, int.MaxValue / 2); ; count = count > int.MaxValue / Spare ? int.MaxValue : count * Spare)
        {
            var found = Index.Search([wanted], Math.Max(1, Math.Min(count, total)), query.Filter, query.Exact)[0];
            var hits = Chosen(found, query, out var isWhole);
            if (isWhole || hits.Count >= query.Top || found.Count < count)
                return [.. hits.Take(query.Top)];
        }
    }

    /// <summary>The vector that a query stands for, of length 1: the mean of what is wanted, turned away from what is not.</summary>
    public float[] Vector(SoundQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var texts = (string[])[.. query.Text is { } text ? [text] : Array.Empty<string>(), .. query.Not];
        if (query.Text is null && query.Like.Count == 0)
            throw new ArgumentException("A query needs a text or a sound.", nameof(query));
        var ofTexts = texts.Length == 0 ? [] : new TextEmbedder(RequireMatching()).Embed(texts, null, cancellationToken).ToArray();
        var sum = new float[Index.Settings.Width];
        var wanted = query.Text is null ? 0 : 1;
        foreach (var vector in (float[][])[.. ofTexts.Take(wanted), .. query.Like.Select(file => _sounds.EmbedFile(file, null, cancellationToken).Vector)])
            TensorPrimitives.Add(sum, vector, sum);
        GeneratedVectors.Normalise(sum);
        foreach (var vector in ofTexts.Skip(wanted))
            TensorPrimitives.MultiplyAdd(vector, -NotWeight, sum, sum);
        GeneratedVectors.Normalise(sum);
        return sum;
    }

    /// <summary>Says what the model hears in a stretch that was found.</summary>
    /// <param name="hit">The stretch.</param>
    /// <param name="top">How many labels are wanted.</param>
    /// <returns>The hit with its <see cref="SoundHit.Labels"/>.</returns>
    /// <exception cref="RoleMissingException">The model does not tag.</exception>
    /// <exception cref="AudioException">The file cannot be read any more.</exception>
    public SoundHit Explain(SoundHit hit, int top = 3)
    {
        ArgumentNullException.ThrowIfNull(hit);
        var tagger = _owner.As<ITagger>();
        using var reader = AudioFile.Open(hit.File);
        var segment = AudioSegments.Read(reader, tagger.SampleRate, Index.Settings.SegmentSeconds, Index.Settings.OverlapSeconds)
            .FirstOrDefault(segment => segment.End >= hit.End - SameSeconds)
            ?? throw new AudioException(AudioFailure.NoSamples, hit.File, FormattableString.Invariant($"'{hit.File}' has become shorter than {hit.End:0.0} s since it was indexed; bring the index up to date with auricle index."));
        return hit with { Labels = SoundTag.Top(top, 0, tagger.Labels, tagger.Tag([segment.Clip])[0]) };
    }

    /// <summary>Closes an index and releases a model that were opened with <see cref="Open"/>.</summary>
    public void Dispose()
    {
        if (!_isOwner)
            return;
        Index.Dispose();
        _owner.Dispose();
    }

    private AudioModel RequireMatching()
    {
        _ = _owner.As<IAudioTextModel>();
        return _owner;
    }

    /// <summary>One stretch of each file, and one of copies of a recording, as the query wants it.</summary>
    /// <param name="found">Stretches, the best first.</param>
    /// <param name="query">The query.</param>
    /// <param name="isWhole">Whether no further stretch can be among the hits, because those that follow score too little.</param>
    private List<SoundHit> Chosen(IReadOnlyList<IndexHit> found, SoundQuery query, out bool isWhole)
    {
        var hits = new List<SoundHit>();
        var files = new Dictionary<long, IndexedFile>(Index.Find([.. found.Select(hit => hit.File)]));
        var vectors = query.Fold ? Index.Vectors([.. found.Select(hit => hit.Segment)]) : [];
        var kept = new List<(SoundHit Hit, IndexedFile File, float[] Vector)>();
        var seen = new HashSet<long>();
        isWhole = false;
        foreach (var (i, hit) in found.Index())
        {
            if (hit.Score < query.MinScore)
            {
                isWhole = true;
                break;
            }
            // A file that another program took out meanwhile is no hit.
            if (!files.TryGetValue(hit.File, out var file) || (!seen.Add(hit.File) && !query.AllSegments))
                continue;
            if (query.Fold && kept.Find(other => IsCopy(other.Hit, other.File, other.Vector, hit, file, vectors[i])).Hit is { } original)
            {
                if (original.File != file.Stamp.FullPath && !original.Copies.Contains(file.Stamp.FullPath))
                    ((List<string>)original.Copies).Add(file.Stamp.FullPath);
                continue;
            }
            var sound = new SoundHit
            {
                File = file.Stamp.FullPath,
                Score = hit.Score,
                Start = hit.Start,
                End = hit.End,
                Duration = file.Facts.Seconds,
                Recorded = file.Facts.Recorded,
                Tags = file.Facts.Tags,
                Copies = new List<string>(),
            };
            kept.Add((sound, file, query.Fold ? vectors[i] : []));
            hits.Add(sound);
            if (hits.Count == query.Top && !query.Fold)
                break;
        }
        return hits;
    }

    private static bool IsCopy(SoundHit hit, IndexedFile file, float[] vector, IndexHit other, IndexedFile otherFile, float[] otherVector)
    {
        if (file.Id == otherFile.Id)
            return false;
        var isSameContent = file.Stamp.Hash.Length > 0 && file.Stamp.Hash == otherFile.Stamp.Hash && hit.Start == other.Start;
        return isSameContent || (Math.Abs(file.Facts.Seconds - otherFile.Facts.Seconds) <= SameSeconds
            && Math.Abs(hit.Start - other.Start) <= SameSeconds && TensorPrimitives.Dot<float>(vector, otherVector) >= SameSound);
    }
}

/// <summary>Which sounds are wanted.</summary>
public sealed record SoundQuery
{
    /// <summary>What is to be heard, in words.</summary>
    public string? Text { get; init; }

    /// <summary>Files that sound like what is wanted.</summary>
    public IReadOnlyList<string> Like { get; init; } = [];

    /// <summary>What is not to be heard, in words.</summary>
    public IReadOnlyList<string> Not { get; init; } = [];

    /// <summary>How many sounds are wanted.</summary>
    public int Top { get; init; } = 10;

    /// <summary>The lowest score, a cosine.</summary>
    public double MinScore { get; init; } = -1;

    /// <summary>Which files are looked at; all of them where it is absent.</summary>
    public IndexFilter? Filter { get; init; }

    /// <summary>Whether several stretches of one file may be hits, instead of its best.</summary>
    public bool AllSegments { get; init; }

    /// <summary>Whether copies of one recording are one hit: files of the same content, or of the same length and nearly the same vector.</summary>
    public bool Fold { get; init; }

    /// <summary>Whether a graph is passed over, where the index has one.</summary>
    public bool Exact { get; init; }
}

/// <summary>A sound that was found.</summary>
public sealed record SoundHit
{
    /// <summary>The file, absolute.</summary>
    public required string File { get; init; }

    /// <summary>How close it is: the cosine of its vector and the query's, -1 to 1.</summary>
    public required double Score { get; init; }

    /// <summary>Where the stretch begins that was found, in seconds.</summary>
    public required double Start { get; init; }

    /// <summary>Where it ends, in seconds.</summary>
    public required double End { get; init; }

    /// <summary>The length of the file in seconds.</summary>
    public required double Duration { get; init; }

    /// <summary>When it was recorded, where the file says so, else when the file was written.</summary>
    public required DateTimeOffset Recorded { get; init; }

    /// <summary>What the file says about itself, by key: title, artist, description and more.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Other files with the same recording, where copies are folded.</summary>
    public IReadOnlyList<string> Copies { get; init; } = [];

    /// <summary>What a model that tags hears in the stretch, where that was asked for.</summary>
    public IReadOnlyList<SoundTag>? Labels { get; init; }
}
