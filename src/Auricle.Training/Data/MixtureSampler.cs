using System.Buffers;

namespace Auricle.Training;

/// <summary>
/// Makes training examples: single clips, and mixtures of two clips of different labels with a composed sentence. An example
/// depends on seed, epoch and index alone, never on order or threads. Safe for concurrent callers.
/// </summary>
public sealed class MixtureSampler
{
    private const double EdgeFadeSeconds = 0.01;
    private readonly SoundCorpus _corpus;
    private readonly ClipCache _cache;
    private readonly MixtureOptions _options;
    private readonly PairCaptions _captions;
    private readonly ClipActivity[] _activity;
    private readonly int[] _labelOf; // by clip
    private readonly int[][] _clipsOf; // by position among the labels present
    private readonly double[] _cumulative; // running sums of the labels' weights

    /// <summary>Prepares sampling from the clips of a cache.</summary>
    /// <exception cref="CorpusException">Mixtures are asked for and the clips have fewer than two labels.</exception>
    public MixtureSampler(SoundCorpus corpus, ClipCache cache, MixtureOptions options)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(options);
        (_corpus, _cache, _options) = (corpus, cache, options);
        _captions = new PairCaptions(corpus, options.SentenceSkew);
        WindowSamples = (int)Math.Round(options.WindowSeconds * cache.SampleRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WindowSamples, nameof(options));

        _activity = new ClipActivity[cache.Clips.Count];
        Parallel.For(0, _activity.Length, index => _activity[index] = new ClipActivity(cache[index].Span, cache.SampleRate));
        _labelOf = [.. cache.Clips.Select(clip => corpus.LabelIndex(clip.Label))];
        _clipsOf = [.. Enumerable.Range(0, _labelOf.Length).GroupBy(index => _labelOf[index]).OrderBy(group => group.Key).Select(group => group.ToArray())];
        if (_clipsOf.Length < 2 && options.PairProbability > 0)
            throw new CorpusException($"Mixtures need clips of two labels; the {cache.Clips.Count} clips given have {_clipsOf.Length}. Set the pair probability to 0.");

        var sum = 0.0;
        _cumulative = [.. _clipsOf.Select(clips => sum += Math.Pow(clips.Length, 1 - options.BalanceExponent))];
    }

    /// <summary>The number of samples of every example.</summary>
    public int WindowSamples { get; }

    /// <summary>What examples depend on besides epoch and number.</summary>
    internal string Identity => $"{_corpus.ManifestHash} {_cache.Clips.Count} {_options}";

    /// <summary>Samples a second.</summary>
    public int SampleRate => _cache.SampleRate;

    /// <summary>The example of an epoch and index, in a new array.</summary>
    public TrainingExample Draw(int epoch, long index)
    {
        var samples = GC.AllocateUninitializedArray<float>(WindowSamples);
        return new TrainingExample(samples, Fill(epoch, index, samples));
    }

    /// <summary>The example of an epoch and index, written over <paramref name="samples"/>.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The number of the example in the epoch.</param>
    /// <param name="samples"><see cref="WindowSamples"/> samples; their old content does not matter.</param>
    public MixtureContent Fill(int epoch, long index, Span<float> samples)
    {
        if (samples.Length != WindowSamples)
            throw new ArgumentException($"The example has {WindowSamples} samples and the buffer {samples.Length}; give a buffer of that size.", nameof(samples));
        samples.Clear();
        var random = SplitMix64.For(_options.Seed, (ulong)epoch, (ulong)index);
        var content = !random.Chance(_options.PairProbability) ? Single(samples, random)
            : random.Chance(_options.SequenceProbability) ? Sequence(samples, random)
            : Overlap(samples, random);
        Augmenter.Apply(samples, SampleRate, _options.Augmentation, content.Relation != PairRelation.Sequential, random);
        Waveform.Limit(samples);
        return content;
    }

    private MixtureContent Single(Span<float> samples, SplitMix64 random)
    {
        var clip = DrawClip(random);
        var placement = Plan(clip, samples.Length, random);
        Render(placement, samples.Slice(placement.Offset, placement.Length), EdgeFade, EdgeFade);
        // The vocabulary has the words of the train split; clips of another that are learned too keep to their label's captions.
        var own = _cache.Clips[clip] is { Split: DataSplit.Train } known ? known.Caption : "";
        var choices = _corpus.Captions[_cache.Clips[clip].Label];
        var choice = _captions.Choose(choices.Count + (own.Length > 0 ? 1 : 0), random);
        return new MixtureContent([_labelOf[clip]], choice < choices.Count ? choices[choice] : own, null, [clip]);
    }

    private MixtureContent Overlap(Span<float> samples, SplitMix64 random)
    {
        var (strong, weak) = DrawPair(random);
        var one = Plan(strong, samples.Length, random);
        var other = Plan(weak, samples.Length, random);

        // Two short clips may miss each other: then the shorter is laid into the longer.
        var shorter = Math.Min(one.Length, other.Length);
        var shared = Math.Min(one.Offset + one.Length, other.Offset + other.Length) - Math.Max(one.Offset, other.Offset);
        if (2 * shared < shorter)
        {
            if (one.Length >= other.Length)
                other = other with { Offset = one.Offset + random.Next(one.Length - other.Length + 1) };
            else
                one = one with { Offset = other.Offset + random.Next(other.Length - one.Length + 1) };
        }
        Mix(samples, one, other, random.Uniform(-_options.MaximumAttenuation, 0), EdgeFade);
        var caption = _captions.Compose(Label(weak), Label(strong), PairRelation.Simultaneous, random);
        return new MixtureContent([_labelOf[strong], _labelOf[weak]], caption, PairRelation.Simultaneous, [strong, weak]);
    }

    private MixtureContent Sequence(Span<float> samples, SplitMix64 random)
    {
        var (first, second) = DrawPair(random);
        var gap = (int)(SampleRate * random.Uniform(-_options.MaximumCrossFade, _options.MaximumGap));
        gap = Math.Min(gap, samples.Length / 4);
        var one = Plan(first, (int)(samples.Length * random.Uniform(0.35, 0.65)) - Math.Max(0, gap) / 2, random);
        gap = Math.Max(gap, -one.Length / 2); // the second must not begin before the first
        var other = Plan(second, samples.Length - one.Length - gap, random);
        var start = random.Next(samples.Length - one.Length - gap - other.Length + 1);
        one = one with { Offset = start };
        other = other with { Offset = start + one.Length + gap };
        Mix(samples, one, other, random.Uniform(-_options.MaximumSequenceDifference, _options.MaximumSequenceDifference), Math.Max(EdgeFade, -gap));
        var caption = _captions.Compose(Label(first), Label(second), PairRelation.Sequential, random);
        return new MixtureContent([_labelOf[first], _labelOf[second]], caption, PairRelation.Sequential, [first, second]);
    }

    private int EdgeFade => (int)(EdgeFadeSeconds * SampleRate);

    private string Label(int clip) => _cache.Clips[clip].Label;

    // Both are brought to one level first: a hum 30 dB below a shout would make the caption untrue.
    private void Mix(Span<float> samples, Placement one, Placement other, double difference, int innerFade)
    {
        Render(one, samples.Slice(one.Offset, one.Length), EdgeFade, innerFade);
        var buffer = ArrayPool<float>.Shared.Rent(other.Length);
        var added = buffer.AsSpan(0, other.Length);
        Render(other, added, innerFade, EdgeFade);
        var level = Waveform.Level(samples.Slice(one.Offset, one.Length), SampleRate);
        var addedLevel = Waveform.Level(added, SampleRate);
        var match = level > 0 && addedLevel > 0 ? level / addedLevel : 1;
        Waveform.Add(added, (float)(match * Waveform.FromDecibels(difference)), samples.Slice(other.Offset, other.Length));
        ArrayPool<float>.Shared.Return(buffer);
    }

    private int DrawClip(SplitMix64 random)
    {
        var at = Array.BinarySearch(_cumulative, random.NextDouble() * _cumulative[^1]);
        var clips = _clipsOf[Math.Min(at < 0 ? ~at : at + 1, _clipsOf.Length - 1)];
        return clips[random.Next(clips.Length)];
    }

    private (int First, int Second) DrawPair(SplitMix64 random)
    {
        var first = DrawClip(random);
        int second;
        do
            second = DrawClip(random);
        while (_labelOf[second] == _labelOf[first]);
        return (first, second);
    }

    /// <summary>Decides how a clip fills a room of samples: cut, repeated, or alone in silence.</summary>
    private Placement Plan(int clip, int room, SplitMix64 random)
    {
        var options = _options.Augmentation;
        var speed = random.Chance(options.SpeedProbability) ? random.Uniform(options.MinimumSpeed, options.MaximumSpeed) : 1;
        var activity = _activity[clip];
        var length = Math.Max(1, (int)(activity.Length / speed));
        if (length >= room)
            return new Placement(clip, speed, activity.DrawStart(random, Math.Min(activity.Length, (int)Math.Ceiling(room * speed))), 0, room, room);
        return random.Chance(_options.LoopProbability)
            ? new Placement(clip, speed, activity.Start, 0, room, length)
            : new Placement(clip, speed, activity.Start, random.Next(room - length + 1), length, length);
    }

    private void Render(Placement placement, Span<float> destination, int fadeIn, int fadeOut)
    {
        var once = destination[..Math.Min(placement.Period, destination.Length)];
        Waveform.Read(_cache[placement.Clip].Span, placement.Start, placement.Speed, once);
        if (once.Length < destination.Length)
        {
            Waveform.Fade(once, EdgeFade, EdgeFade);
            for (var at = once.Length; at < destination.Length; at += once.Length)
                once[..Math.Min(once.Length, destination.Length - at)].CopyTo(destination[at..]);
        }
        Waveform.Fade(destination, fadeIn, fadeOut);
    }

    /// <summary>Where and how a clip is heard; it repeats after a period where the length is greater.</summary>
    private readonly record struct Placement(int Clip, double Speed, int Start, int Offset, int Length, int Period);
}

/// <summary>What is heard in an example.</summary>
/// <param name="Labels">The class numbers: of a sequence in order, of simultaneous sounds the stronger first.</param>
/// <param name="Caption">One sentence.</param>
/// <param name="Relation">How two sounds lie in time; <see langword="null"/> for a single one.</param>
/// <param name="Clips">The numbers of the clips in the <see cref="ClipCache"/>, in the order of <paramref name="Labels"/>.</param>
public sealed record MixtureContent(int[] Labels, string Caption, PairRelation? Relation, int[] Clips);

/// <summary>One of the two clips of an evaluation mixture. All places count samples at the mixture's rate.</summary>
/// <param name="File">The clip's path below the corpus folder.</param>
/// <param name="Label">Its label.</param>
/// <param name="Start">The first sample taken from the clip.</param>
/// <param name="Length">How many are taken.</param>
/// <param name="Offset">Where they begin in the mixture.</param>
/// <param name="Gain">The change of level, in dB.</param>
public sealed record MixturePart(string File, string Label, int Start, int Length, int Offset, double Gain);

/// <summary>One sound with what is heard in it.</summary>
/// <param name="Samples">The mono samples, full scale 1.</param>
/// <param name="Content">What is heard.</param>
public sealed record TrainingExample(float[] Samples, MixtureContent Content)
{
    /// <summary>The class numbers: of a sequence in order, of simultaneous sounds the stronger first.</summary>
    public int[] Labels => Content.Labels;

    /// <summary>One sentence.</summary>
    public string Caption => Content.Caption;
}
