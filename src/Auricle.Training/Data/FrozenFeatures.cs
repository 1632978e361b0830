using System.Security.Cryptography;
using System.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training;

/// <summary>
/// What an encoder that does not learn gives for the sounds of a data set: computed once, kept in memory, and in a file for the next
/// run. Sounds that cannot be read have no vectors.
/// </summary>
internal sealed class FrozenFeatures : IDisposable
{
    private const string Vectors = "vectors", Counts = "counts", KeyName = "key";

    private readonly Tensor _vectors; // [all vectors, width]
    private readonly long[] _starts; // one more than clips

    private FrozenFeatures(Tensor vectors, long[] counts)
    {
        _vectors = vectors;
        _starts = new long[counts.Length + 1];
        for (var i = 0; i < counts.Length; i++)
            _starts[i + 1] = _starts[i] + counts[i];
    }

    /// <summary>The size of a vector.</summary>
    public int Width => (int)_vectors.Size(1);

    /// <summary>The vectors of a clip; 0 where it could not be read.</summary>
    public int Count(int clip) => (int)(_starts[clip + 1] - _starts[clip]);

    /// <summary>Computes the vectors of clips, or reads them where a file of the same encoder and clips has them.</summary>
    /// <param name="clips">The clips.</param>
    /// <param name="sampleRate">The rate of the samples that <paramref name="encode"/> takes.</param>
    /// <param name="key">What the vectors depend on besides the clips: the encoder's weights and how it is used.</param>
    /// <param name="folder">Where files of vectors are kept, or <see langword="null"/>.</param>
    /// <param name="skipped">Told the clips that cannot be read.</param>
    /// <param name="encode">From samples to [vectors, width]; called from several threads, each of which computes alone.</param>
    /// <param name="takesPackedFeatures">Whether features that a packed set holds are taken as they are.</param>
    /// <param name="cancellationToken">Ends the work between clips.</param>
    public static FrozenFeatures Load(
        IReadOnlyList<CaptionedClip> clips, int sampleRate, string key, string? folder, SkippedClips skipped, Func<float[], Tensor> encode, bool takesPackedFeatures = false, CancellationToken cancellationToken = default)
    {
        var text = new StringBuilder(key).Append('\n').Append(sampleRate);
        foreach (var clip in clips)
            text.Append('\n').Append(File.Exists(clip.Path) ? Describe(clip.Path) : clip.Packed is { } packed ? $"{Describe(packed.File)} {clip.Id}" : clip.Id);
        return Load(clips.Count, text.ToString(), folder, Hear, cancellationToken);

        Tensor? Hear(int clip)
        {
            float[] samples;
            try
            {
                if (takesPackedFeatures && clips[clip].Packed?.ReadFeatures() is { } packed)
                    return Tensor.From<float>(packed.Frames, packed.Frames.Length / packed.Width, packed.Width);
                samples = clips[clip].Load(sampleRate).Samples;
            }
            catch (Exception error) when (ClipWaves.IsBadSound(error))
            {
                skipped.Add(clips[clip], error.Message);
                return null;
            }
            return encode(samples);
        }
    }

    /// <summary>As the other, for sounds that lie in no file of their own.</summary>
    /// <param name="count">How many sounds there are.</param>
    /// <param name="identity">What the vectors depend on: sounds, encoder and how it is used.</param>
    /// <param name="folder">Where files of vectors are kept, or <see langword="null"/>.</param>
    /// <param name="hear">Gives the vectors of a sound, [vectors, width], or nothing where it cannot be read; called from several threads, each of
    /// which computes alone.</param>
    /// <param name="cancellationToken">Ends the work between sounds.</param>
    public static FrozenFeatures Load(int count, string identity, string? folder, Func<int, Tensor?> hear, CancellationToken cancellationToken = default)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        var file = folder is null ? null : Path.Combine(folder, $"features-{hash[..16]}.safetensors");
        if (file is not null && Read(file, hash, count) is { } kept)
            return kept;
        var vectors = new float[count][];
        var counts = new long[count];
        long width = 0, unread = 0;
        SingleThreads.Run(count, i =>
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            if (hear(i) is not { } found)
            {
                Interlocked.Increment(ref unread);
                vectors[i] = [];
                return;
            }
            counts[i] = found.Size(0);
            Interlocked.Exchange(ref width, found.Size(1));
            vectors[i] = found.ToArray<float>();
        }, cancellationToken);
        using var scope = TensorScope.Begin();
        var all = Tensor.Empty([counts.Sum(), width], DType.Float32);
        var place = 0;
        foreach (var some in vectors)
        {
            some.CopyTo(all.Span<float>()[place..]);
            place += some.Length;
        }
        // Not where a clip was missing: it may be there the next time.
        if (file is not null && unread == 0)
        {
            AtomicFile.Replace(file, path => SafetensorsFile.Write(path,
                [SafetensorsExport.Entry(Vectors, all), SafetensorsExport.Entry(Counts, Tensor.From<long>(counts, counts.Length))], new Dictionary<string, string> { [KeyName] = hash }));
        }
        return new FrozenFeatures(all.Own(), counts);
    }

    /// <summary>The vectors of some clips.</summary>
    /// <param name="clips">Their numbers.</param>
    /// <param name="length">How many each has in the result, filled with zeros; by default as many as the longest.</param>
    /// <param name="device">Where they go.</param>
    /// <returns>[clips, length, width].</returns>
    public Tensor Gather(IReadOnlyList<int> clips, int? length, Device device)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var longest = length ?? clips.Max(Count);
        var batch = Tensor.Zeros([clips.Count, longest, Width]);
        var from = _vectors.Span<float>();
        var to = batch.Span<float>();
        for (var i = 0; i < clips.Count; i++)
        {
            var size = Math.Min(Count(clips[i]), longest) * Width;
            from.Slice((int)_starts[clips[i]] * Width, size).CopyTo(to[(i * longest * Width)..]);
        }
        return scope.Keep(batch.On(device));
    }

    /// <summary>One vector of each of some clips.</summary>
    /// <param name="places">The numbers of the clips, and which of each clip's vectors.</param>
    /// <param name="device">Where they go.</param>
    /// <returns>[places, width].</returns>
    public Tensor Take(IReadOnlyList<(int Clip, int Vector)> places, Device device)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(_vectors.IndexSelect(0, Tensor.From<long>([.. places.Select(place => _starts[place.Clip] + place.Vector)], places.Count)).On(device));
    }

    /// <summary>A line that changes with a file: its path, size and time.</summary>
    public static string Describe(string file)
    {
        var info = new FileInfo(file);
        return FormattableString.Invariant($"{info.FullName} {info.Length} {info.LastWriteTimeUtc.Ticks}");
    }

    /// <summary>Releases the vectors.</summary>
    public void Dispose() => _vectors.Dispose();

    // Anything unexpected means "not these vectors": they are then computed again.
    private static FrozenFeatures? Read(string file, string hash, int clips)
    {
        if (!File.Exists(file))
            return null;
        try
        {
            var stored = SafetensorsFile.Read(file, out var metadata);
            if (metadata.GetValueOrDefault(KeyName) != hash || !stored.TryGetValue(Vectors, out var vectors) || vectors.Shape.Count != 2 || !stored.TryGetValue(Counts, out var counted))
                return null;
            using var scope = TensorScope.Begin();
            var counts = Tensor.From(counted).ToArray<long>();
            return counts.Length == clips && counts.Sum() == vectors.Shape[0] && vectors.DType == DType.Float32 ? new FrozenFeatures(Tensor.From(vectors).Own(), counts) : null;
        }
        catch (WeightsException)
        {
            return null;
        }
    }
}
