using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Auricle.Training;

/// <summary>
/// The decoded samples of clips, kept in memory as 16-bit mono. Safe for concurrent readers. A cache file beside the run
/// spares decoding the next time; it is rebuilt when the manifest, the clips or the rate change.
/// </summary>
public sealed class ClipCache
{
    private static ReadOnlySpan<byte> Magic => "AURCLIP1"u8;

    private readonly short[][] _samples;
    private readonly Dictionary<string, int> _index;

    private ClipCache(IReadOnlyList<SoundClip> clips, int sampleRate, short[][] samples)
    {
        Clips = clips;
        SampleRate = sampleRate;
        _samples = samples;
        _index = clips.Select((clip, index) => (clip.File, index)).ToDictionary(pair => pair.File, pair => pair.index);
    }

    /// <summary>The clips, in the order of their numbers.</summary>
    public IReadOnlyList<SoundClip> Clips { get; }

    /// <summary>Samples a second.</summary>
    public int SampleRate { get; }

    /// <summary>The samples of a clip by its number in <see cref="Clips"/>; full scale is 32767.</summary>
    public ReadOnlyMemory<short> this[int index] => _samples[index];

    /// <summary>The samples of a clip as floats, full scale 1, in a new array.</summary>
    public float[] Samples(int index)
    {
        var samples = new float[_samples[index].Length];
        Waveform.Convert(_samples[index], samples);
        return samples;
    }

    /// <summary>The number of a clip by its file.</summary>
    /// <exception cref="CorpusException">The cache does not hold the file.</exception>
    public int IndexOf(string file) => _index.TryGetValue(file, out var index)
        ? index
        : throw new CorpusException($"'{file}' is not among the {Clips.Count} cached clips; load the split it belongs to.") { File = file };

    /// <summary>Decodes all clips of a split, or reads them from the cache file where that is still right.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="split">Which of its clips.</param>
    /// <param name="decode">Gives the mono samples (full scale 1) of a path at <paramref name="sampleRate"/>; called from several threads.</param>
    /// <param name="sampleRate">Samples a second.</param>
    /// <param name="cacheFile">Where to keep the samples; written whole or not at all. <see langword="null"/> keeps no file.</param>
    /// <param name="progress">Told the number of clips decoded so far.</param>
    /// <param name="cancellationToken">Stops decoding.</param>
    /// <exception cref="CorpusException">A clip cannot be decoded or is empty.</exception>
    public static ClipCache Load(
        SoundCorpus corpus,
        DataSplit split,
        Func<string, float[]> decode,
        int sampleRate = 32000,
        string? cacheFile = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(decode);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        var clips = corpus.ClipsOf(split);
        if (clips.Count == 0)
            throw new CorpusException($"The corpus '{corpus.Folder}' has no clips of the {split.ToString().ToLowerInvariant()} split.");

        var key = Key(corpus, clips, sampleRate);
        if (cacheFile is not null && Read(cacheFile, key, clips.Count) is { } kept)
            return new ClipCache(clips, sampleRate, kept);

        var samples = new short[clips.Count][];
        var done = 0;
        try
        {
            // One clip at a time for each thread: lengths differ too much for equal shares.
            Parallel.ForEach(
                Partitioner.Create(Enumerable.Range(0, clips.Count), EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
                index =>
                {
                    samples[index] = Decode(corpus, clips[index], decode);
                    progress?.Report(Interlocked.Increment(ref done));
                });
        }
        catch (AggregateException errors) when (errors.InnerExceptions.OfType<CorpusException>().FirstOrDefault() is { } first)
        {
            throw new CorpusException(first.Message, first.InnerException) { File = first.File };
        }
        if (cacheFile is not null)
            AtomicFile.Write(cacheFile, stream => Write(stream, key, samples));
        return new ClipCache(clips, sampleRate, samples);
    }

    /// <summary>The clips of this cache, then those of another, without copying samples.</summary>
    /// <param name="other">A cache of other clips at the same rate.</param>
    /// <exception cref="ArgumentException">The rates differ, or a clip is in both.</exception>
    public ClipCache Concat(ClipCache other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.SampleRate != SampleRate)
            throw new ArgumentException($"The clips are at {SampleRate} Hz and the others at {other.SampleRate} Hz; load them at the same rate.", nameof(other));
        var twice = other.Clips.FirstOrDefault(clip => _index.ContainsKey(clip.File));
        if (twice is not null)
            throw new ArgumentException($"'{twice.File}' is in both caches; join caches of different clips.", nameof(other));
        return new ClipCache([.. Clips, .. other.Clips], SampleRate, [.. _samples, .. other._samples]);
    }

    private static short[] Decode(SoundCorpus corpus, SoundClip clip, Func<string, float[]> decode)
    {
        float[] decoded;
        try
        {
            decoded = decode(corpus.PathOf(clip));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new CorpusException($"'{clip.File}' of '{corpus.Folder}' cannot be decoded: {error.Message.TrimEnd('.')}.", error) { File = clip.File };
        }
        if (decoded.Length == 0)
            throw new CorpusException($"'{clip.File}' of '{corpus.Folder}' holds no samples; take it out of the manifest.") { File = clip.File };
        var samples = new short[decoded.Length];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = (short)MathF.Round(Math.Clamp(decoded[i], -1f, 1f) * short.MaxValue);
        return samples;
    }

    private static byte[] Key(SoundCorpus corpus, IReadOnlyList<SoundClip> clips, int sampleRate)
    {
        var text = new StringBuilder(corpus.ManifestHash).Append('\n').Append(sampleRate);
        foreach (var clip in clips)
            text.Append('\n').Append(clip.File);
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    // The file: magic, key, the number of clips, the length of each, then all samples, in the machine's byte order (little-endian).
    private static void Write(Stream stream, byte[] key, short[][] samples)
    {
        stream.Write(Magic);
        stream.Write(key);
        var lengths = samples.Select(clip => (long)clip.Length).Prepend(samples.Length).ToArray();
        stream.Write(MemoryMarshal.AsBytes(lengths.AsSpan()));
        foreach (var clip in samples)
            stream.Write(MemoryMarshal.AsBytes(clip.AsSpan()));
    }

    // Anything unexpected means "not this cache": the samples are then decoded again.
    private static short[][]? Read(string path, byte[] key, int count)
    {
        if (!File.Exists(path))
            return null;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20, FileOptions.SequentialScan);
        var head = new byte[Magic.Length + key.Length];
        var lengths = new long[count + 1];
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length
            || !head.AsSpan().StartsWith(Magic)
            || !head.AsSpan(Magic.Length).SequenceEqual(key)
            || stream.ReadAtLeast(MemoryMarshal.AsBytes(lengths.AsSpan()), lengths.Length * sizeof(long), throwOnEndOfStream: false) < lengths.Length * sizeof(long)
            || lengths[0] != count
            || lengths[1..].Any(length => length <= 0)
            || stream.Length - stream.Position != lengths[1..].Sum() * sizeof(short))
        {
            return null;
        }
        var samples = new short[count][];
        for (var i = 0; i < count; i++)
        {
            samples[i] = GC.AllocateUninitializedArray<short>((int)lengths[i + 1]);
            stream.ReadExactly(MemoryMarshal.AsBytes(samples[i].AsSpan()));
        }
        return samples;
    }
}
