using System.Globalization;
using Auricle.Evaluation;
using CsvHelper;

namespace Auricle.Training;

/// <summary>Fixed lists of two-clip mixtures for evaluation: half of them simultaneous, half in sequence, each up to 10 s.</summary>
public static class EvaluationMixtures
{
    private const double LongestSeconds = 10;
    private const double FadeSeconds = 0.01;
    private const double Level = 0.1; // root mean square of the first part's sounding blocks: -20 dB of full scale
    private const double LargestAttenuation = 6;

    private static readonly string[] Columns =
    [
        "id", "relation", "caption", "sample_rate", "length",
        "first_file", "first_label", "first_start", "first_length", "first_offset", "first_gain_db",
        "second_file", "second_label", "second_start", "second_length", "second_offset", "second_gain_db",
    ];

    /// <summary>
    /// Draws a list from those clips of a cache whose labels have five or more training clips, every clip alike. The same corpus,
    /// count and seed give the same list.
    /// </summary>
    /// <exception cref="CorpusException">The clips have fewer than two such labels.</exception>
    public static IReadOnlyList<EvaluationMixture> Create(SoundCorpus corpus, ClipCache cache, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var learnable = corpus.LearnableLabels;
        var drawn = Enumerable.Range(0, cache.Clips.Count).Where(index => learnable.Contains(cache.Clips[index].Label)).ToArray();
        if (count > 0 && drawn.Select(index => cache.Clips[index].Label).Distinct().Count() < 2)
            throw new CorpusException("Mixtures need clips of two labels that have five or more training clips each.");
        var captions = new PairCaptions(corpus);
        var mixtures = new List<EvaluationMixture>(count);
        for (var index = 0; index < count; index++)
        {
            var random = SplitMix64.For(seed, (ulong)index);
            var one = drawn[random.Next(drawn.Length)];
            int other;
            do
                other = drawn[random.Next(drawn.Length)];
            while (cache.Clips[other].Label == cache.Clips[one].Label);
            mixtures.Add(Mix(cache, captions, index, one, other, random));
        }
        return mixtures;
    }

    /// <summary>A mixture of two clips: simultaneous where the index is even, in sequence where it is odd.</summary>
    internal static EvaluationMixture Mix(ClipCache cache, PairCaptions captions, int index, int one, int other, SplitMix64 random) => index % 2 == 0
        ? Overlap(cache, captions, index, one, other, random)
        : Sequence(cache, captions, index, one, other, random);

    /// <summary>
    /// The samples of a mixture, full scale 1: from each clip <c>Length</c> samples from <c>Start</c>, the first and last
    /// 10 ms faded linearly, times 10^(gain/20), added at <c>Offset</c>; divided by the peak if that is above 1.
    /// </summary>
    public static float[] Render(EvaluationMixture mixture, ClipCache cache)
    {
        ArgumentNullException.ThrowIfNull(mixture);
        ArgumentNullException.ThrowIfNull(cache);
        if (cache.SampleRate != mixture.SampleRate)
        {
            throw new CorpusException(
                $"The mixture '{mixture.Id}' is described at {mixture.SampleRate} Hz and the clips are at {cache.SampleRate} Hz; load them at the same rate.");
        }
        var samples = new float[mixture.Length];
        foreach (var part in (ReadOnlySpan<MixturePart>)[mixture.First, mixture.Second])
        {
            var clip = cache[cache.IndexOf(part.File)].Span;
            if (part.Start < 0 || part.Length < 0 || part.Offset < 0 || part.Start + part.Length > clip.Length || part.Offset + part.Length > mixture.Length)
            {
                throw new CorpusException(
                    $"The mixture '{mixture.Id}' takes samples {part.Start} to {part.Start + part.Length} of '{part.File}', which has {clip.Length}; make the list again.")
                {
                    File = part.File,
                };
            }
            var taken = Take(clip, part.Start, part.Length, mixture.SampleRate);
            Waveform.Add(taken, (float)Waveform.FromDecibels(part.Gain), samples.AsSpan(part.Offset));
        }
        Waveform.Limit(samples);
        return samples;
    }

    /// <summary>Writes a list as CSV.</summary>
    public static void Save(string path, IEnumerable<EvaluationMixture> mixtures)
    {
        ArgumentNullException.ThrowIfNull(mixtures);
        AtomicFile.Write(path, stream =>
        {
            using var csv = CsvWriter.Create(stream, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true);
            csv.WriteHeader(Columns.AsSpan());
            foreach (var mixture in mixtures)
            {
                string[] row =
                [
                    mixture.Id, mixture.Relation.ToString().ToLowerInvariant(), mixture.Caption,
                    Number(mixture.SampleRate), Number(mixture.Length), .. Fields(mixture.First), .. Fields(mixture.Second),
                ];
                csv.WriteRecord(Array.ConvertAll(row, SpreadsheetCell.Quote).AsSpan());
            }
        });

        static string[] Fields(MixturePart part) =>
            [part.File, part.Label, Number(part.Start), Number(part.Length), Number(part.Offset), Number(part.Gain)];

        static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
    }

    /// <summary>Reads a list that <see cref="Save"/> wrote.</summary>
    /// <exception cref="CorpusException">The file or a column is missing, or a value is no number.</exception>
    public static IReadOnlyList<EvaluationMixture> Load(string path) =>
        CorpusTable.Read(path, Columns).ConvertAll(row =>
        {
            var fields = Array.ConvertAll(row.Fields, SpreadsheetCell.Unquote);
            try
            {
                return new EvaluationMixture(
                    fields[0], Enum.Parse<PairRelation>(fields[1], ignoreCase: true), fields[2], Whole(3), Whole(4), Part(5), Part(11));
            }
            catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
            {
                throw new CorpusException($"Line {row.Line} of '{path}' is no mixture: {error.Message.TrimEnd('.')}.", error) { File = path, Line = row.Line };
            }

            int Whole(int at) => int.Parse(fields[at], NumberStyles.None, CultureInfo.InvariantCulture);
            MixturePart Part(int at) => new(
                fields[at], fields[at + 1], Whole(at + 2), Whole(at + 3), Whole(at + 4),
                double.Parse(fields[at + 5], NumberStyles.Float, CultureInfo.InvariantCulture));
        });

    private static EvaluationMixture Overlap(ClipCache cache, PairCaptions captions, int index, int one, int other, SplitMix64 random)
    {
        var window = (int)(LongestSeconds * cache.SampleRate);
        var (first, second) = (Cut(cache, one, window, random), Cut(cache, other, window, random));
        var length = Math.Max(first.Length, second.Length);
        (first, second) = Balance(cache,
            first with { Offset = random.Next(length - first.Length + 1) },
            second with { Offset = random.Next(length - second.Length + 1) },
            random.Uniform(-LargestAttenuation, 0));
        var caption = captions.Compose(second.Label, first.Label, PairRelation.Simultaneous, random);
        return new($"overlap-{index:d4}", PairRelation.Simultaneous, caption, cache.SampleRate, length, first, second);
    }

    private static EvaluationMixture Sequence(ClipCache cache, PairCaptions captions, int index, int one, int other, SplitMix64 random)
    {
        var window = (int)(LongestSeconds * cache.SampleRate);
        var gap = (int)(random.Uniform(0.1, 0.5) * cache.SampleRate);
        var first = Cut(cache, one, (window - gap) / 2, random);
        var second = Cut(cache, other, (window - gap) / 2, random);
        (first, second) = Balance(cache, first, second with { Offset = first.Length + gap }, random.Uniform(-LargestAttenuation / 2, LargestAttenuation / 2));
        var caption = captions.Compose(first.Label, second.Label, PairRelation.Sequential, random);
        return new($"sequence-{index:d4}", PairRelation.Sequential, caption, cache.SampleRate, second.Offset + second.Length, first, second);
    }

    private static MixturePart Cut(ClipCache cache, int clip, int window, SplitMix64 random)
    {
        var activity = new ClipActivity(cache[clip].Span, cache.SampleRate);
        var length = Math.Min(activity.Length, window);
        return new(cache.Clips[clip].File, cache.Clips[clip].Label, activity.DrawStart(random, length), length, 0, 0);
    }

    // Gains are rounded to what the list writes, so that a list read back gives the same samples.
    private static (MixturePart First, MixturePart Second) Balance(ClipCache cache, MixturePart first, MixturePart second, double difference)
    {
        return (first with { Gain = Gain(first, 0) }, second with { Gain = Gain(second, difference) });

        double Gain(MixturePart part, double change)
        {
            var level = Waveform.Level(Take(cache[cache.IndexOf(part.File)].Span, part.Start, part.Length, cache.SampleRate), cache.SampleRate);
            return level == 0 ? 0 : Math.Round(20 * Math.Log10(Level / level) + change, 2);
        }
    }

    private static float[] Take(ReadOnlySpan<short> clip, int start, int length, int sampleRate)
    {
        var taken = new float[length];
        Waveform.Read(clip, start, 1, taken);
        var fade = (int)(FadeSeconds * sampleRate);
        Waveform.Fade(taken, fade, fade);
        return taken;
    }
}

/// <summary>A mixture of two clips, described so that anyone can make it again: see <see cref="EvaluationMixtures.Render"/>.</summary>
/// <param name="Id">A name, unique in its list.</param>
/// <param name="Relation">How the two lie in time.</param>
/// <param name="Caption">One true sentence.</param>
/// <param name="SampleRate">Samples a second.</param>
/// <param name="Length">The number of samples.</param>
/// <param name="First">The clip heard first, or the stronger one.</param>
/// <param name="Second">The other clip.</param>
public sealed record EvaluationMixture(
    string Id, PairRelation Relation, string Caption, int SampleRate, int Length, MixturePart First, MixturePart Second);
