using System.Security.Cryptography;
using System.Text;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// What a frozen network hears in training examples, computed once: the clips of a cache, as they are and varied, and mixtures of two of
/// them as evaluation makes them. Both clips of a mixture lie in one fold by source, so that a classifier that never heard the fold can be
/// asked about it. An example depends on seed and number alone.
/// </summary>
internal sealed class FeatureBank
{
    private static ReadOnlySpan<byte> Magic => "AURBANK1"u8;

    private readonly Half[][] _values;
    private readonly int _width;

    private FeatureBank(IReadOnlyList<BankExample> examples, Half[][] values, int width) => (Examples, _values, _width) = (examples, values, width);

    /// <summary>What is heard in each example.</summary>
    public IReadOnlyList<BankExample> Examples { get; }

    /// <summary>The windows of an example.</summary>
    public int Windows(int index) => _values[index].Length / _width - 1;

    /// <summary>The means of the map of some examples.</summary>
    /// <param name="indexes">Their numbers.</param>
    /// <returns>Of the clips [examples, width]; of the windows [examples, windows, width], zero beyond each example's own.</returns>
    public (Tensor Clips, Tensor Windows, long[] Counts) Gather(IReadOnlyList<int> indexes)
    {
        var counts = indexes.Select(index => (long)Windows(index)).ToArray();
        var most = (int)counts.Max();
        var clips = Tensor.Empty([indexes.Count, _width], DType.Float32);
        var windows = Tensor.Zeros([indexes.Count, most, _width], DType.Float32);
        var ofClips = clips.Span<float>();
        var ofWindows = windows.Span<float>();
        for (var i = 0; i < indexes.Count; i++)
        {
            var values = _values[indexes[i]].AsSpan();
            System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(values[.._width], ofClips.Slice(i * _width, _width));
            System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(values[_width..], ofWindows.Slice(i * most * _width, values.Length - _width));
        }
        return (clips, windows, counts);
    }

    /// <summary>The fold of a source, the same on every machine.</summary>
    public static int Fold(string source, int folds) => (int)(BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(source))) % (uint)folds);

    /// <summary>Hears the examples of training.</summary>
    /// <param name="data">The corpus and its clips.</param>
    /// <param name="options">How many and how varied.</param>
    /// <param name="encoder">What hears.</param>
    /// <param name="networkKey">Tells the network from another, for the file.</param>
    /// <param name="file">Where to keep what was heard, or <see langword="null"/>.</param>
    public static FeatureBank OfTraining(SoundData data, FeatureBankOptions options, WindowedMobileNet encoder, string networkKey, string? file)
    {
        var cache = data.Train;
        var captions = new PairCaptions(data.Corpus);
        var folds = cache.Clips.Select(clip => Fold(clip.SourceId, options.Folds)).ToArray();
        var byFold = Enumerable.Range(0, options.Folds).Select(fold => Enumerable.Range(0, folds.Length).Where(i => folds[i] == fold).ToArray()).ToArray();
        var singles = cache.Clips.Count * options.Views;
        var key = $"{data.Corpus.ManifestHash} {cache.Clips.Count} {options} {networkKey} {encoder.Config.Hearing}";
        return Make(file, key, singles + options.Pairs, encoder, index =>
        {
            var random = SplitMix64.For(options.Seed, 71, (ulong)index);
            if (index < singles)
            {
                var clip = index % cache.Clips.Count;
                var samples = index < cache.Clips.Count ? cache.Samples(clip) : Varied(cache, clip, options.Augmentation, random);
                return (samples, new BankExample([clip], null, []));
            }
            // A fold has as many mixtures as it has clips; every clip is drawn alike.
            var one = random.Next(cache.Clips.Count);
            var partners = byFold[folds[one]];
            int other, tries = 0;
            do
                other = partners[random.Next(partners.Length)];
            while (cache.Clips[other].Label == cache.Clips[one].Label && tries++ < 100);
            var mixture = EvaluationMixtures.Mix(cache, captions, index, one, other, random);
            var mixed = EvaluationMixtures.Render(mixture, cache);
            if (random.Chance(options.VariedPairs))
                Vary(mixed, cache.SampleRate, options.Augmentation, mixture.Relation != PairRelation.Sequential, random);
            var seconds = (double)cache.SampleRate;
            return (mixed, new BankExample([one, other], mixture.Relation,
                [mixture.First.Offset / seconds, (mixture.First.Offset + mixture.First.Length) / seconds,
                    mixture.Second.Offset / seconds, (mixture.Second.Offset + mixture.Second.Length) / seconds]));
        });
    }

    /// <summary>Hears sounds as they are.</summary>
    /// <param name="key">Tells these sounds and the network from others, for the file.</param>
    /// <param name="file">Where to keep what was heard, or <see langword="null"/>.</param>
    /// <param name="count">How many.</param>
    /// <param name="encoder">What hears.</param>
    /// <param name="sound">Gives each.</param>
    public static FeatureBank Of(string key, string? file, int count, WindowedMobileNet encoder, Func<int, float[]> sound) =>
        Make(file, $"{key} {encoder.Config.Hearing}", count, encoder, index => (sound(index), new BankExample([], null, [])));

    private static FeatureBank Make(string? file, string key, int count, WindowedMobileNet encoder, Func<int, (float[] Samples, BankExample Example)> draw)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{key} {count}"));
        if (file is not null && Read(file, hash, encoder.ClipWidth) is { } kept)
            return kept;
        var values = new Half[count][];
        var examples = new BankExample[count];
        SingleThreads.Run(count, index =>
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            (var samples, examples[index]) = draw(index);
            var (windows, clip) = encoder.Hear(encoder.Prepare(Tensor.From<float>(samples, 1, samples.Length)));
            var all = Tensor.Cat([clip.Unsqueeze(1), windows], 1).ToArray<float>();
            values[index] = new Half[all.Length];
            System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(all, values[index]);
        });
        var bank = new FeatureBank(examples, values, encoder.ClipWidth);
        if (file is not null)
            AtomicFile.Write(file, stream => bank.Write(stream, hash));
        return bank;
    }

    private static float[] Varied(ClipCache cache, int index, AugmentationOptions options, SplitMix64 random)
    {
        var clip = cache[index].Span;
        var speed = random.Chance(options.SpeedProbability) ? random.Uniform(options.MinimumSpeed, options.MaximumSpeed) : 1;
        // A part of at least 40 %, at most all, as the start of a recording and its cut are accidents too.
        var start = random.Next(clip.Length * 3 / 10 + 1);
        var length = Math.Max(1, (int)((clip.Length - start - random.Next(clip.Length * 3 / 10 + 1)) / speed));
        var samples = new float[length];
        Waveform.Read(clip, start, speed, samples);
        Vary(samples, cache.SampleRate, options, mayRoll: true, random);
        return samples;
    }

    private static void Vary(float[] samples, int sampleRate, AugmentationOptions options, bool mayRoll, SplitMix64 random)
    {
        Augmenter.Apply(samples, sampleRate, options, mayRoll, random);
        Waveform.Limit(samples);
    }

    private void Write(Stream stream, byte[] hash)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(hash);
        writer.Write(Examples.Count);
        for (var i = 0; i < Examples.Count; i++)
        {
            writer.Write(Examples[i].Clips.Length);
            foreach (var clip in Examples[i].Clips)
                writer.Write(clip);
            writer.Write((int?)Examples[i].Relation ?? -1);
            foreach (var second in Examples[i].Parts)
                writer.Write(second);
            writer.Write(_values[i].Length);
            writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_values[i].AsSpan()));
        }
    }

    // Anything unexpected means "not this bank": it is then heard again.
    private static FeatureBank? Read(string file, byte[] hash, int width)
    {
        if (!File.Exists(file))
            return null;
        using var reader = new BinaryReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20));
        try
        {
            if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic) || !reader.ReadBytes(hash.Length).AsSpan().SequenceEqual(hash))
                return null;
            var examples = new BankExample[reader.ReadInt32()];
            var values = new Half[examples.Length][];
            for (var i = 0; i < examples.Length; i++)
            {
                var clips = new int[reader.ReadInt32()];
                for (var j = 0; j < clips.Length; j++)
                    clips[j] = reader.ReadInt32();
                var relation = reader.ReadInt32();
                var parts = new double[relation < 0 ? 0 : 2 * clips.Length];
                for (var j = 0; j < parts.Length; j++)
                    parts[j] = reader.ReadDouble();
                examples[i] = new BankExample(clips, relation < 0 ? null : (PairRelation)relation, parts);
                values[i] = new Half[reader.ReadInt32()];
                reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values[i].AsSpan()));
            }
            return new FeatureBank(examples, values, width);
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }
}

/// <summary>What is heard in an example of a <see cref="FeatureBank"/>.</summary>
/// <param name="Clips">The numbers of the clips; of simultaneous ones the stronger first, of a sequence in order.</param>
/// <param name="Relation">How two lie in time; <see langword="null"/> for a single one.</param>
/// <param name="Parts">For each clip of a mixture the seconds at which it begins and ends.</param>
internal sealed record BankExample(int[] Clips, PairRelation? Relation, double[] Parts);

/// <summary>How many examples a <see cref="FeatureBank"/> holds, and how varied they are.</summary>
internal sealed record FeatureBankOptions
{
    /// <summary>Starts everything random.</summary>
    public ulong Seed { get; init; }

    /// <summary>How often each clip is heard alone: once as it is, then varied.</summary>
    public int Views { get; init; }

    /// <summary>Mixtures of two.</summary>
    public int Pairs { get; init; }

    /// <summary>The share of the mixtures that are varied.</summary>
    public double VariedPairs { get; init; }

    /// <summary>Folds by source.</summary>
    public int Folds { get; init; }

    /// <summary>How sounds are varied.</summary>
    public required AugmentationOptions Augmentation { get; init; }
}
