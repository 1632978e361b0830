using System.Globalization;
using System.Text;
using System.Text.Json;
using Auricle.Audio;
using Auricle.Evaluation;

namespace Auricle.Training;

/// <summary>How tasks are made of a corpus.</summary>
public sealed record HearTaskMakerOptions
{
    /// <summary>The only split whose clips are taken; <see langword="null"/> takes all. What a model learnt from flatters it.</summary>
    public DataSplit? Split { get; init; } = DataSplit.Test;

    /// <summary>The most labels of the task of whole clips.</summary>
    public int Labels { get; init; } = 50;

    /// <summary>The most clips of each label.</summary>
    public int ClipsOfLabel { get; init; } = 40;

    /// <summary>The labels of the task of events.</summary>
    public int EventLabels { get; init; } = 10;

    /// <summary>The recordings of the task of events.</summary>
    public int Recordings { get; init; } = 200;

    /// <summary>Decides folds, cuts and mixtures.</summary>
    public uint Seed { get; init; } = 1;
}

/// <summary>
/// Makes two tasks in HEAR's layout of a labelled corpus: <c>sounds_scene</c>, whole clips in five folds, and <c>sounds_events</c>, mixtures whose events are
/// known to the sample. No source of sound lies in two folds or splits. The same corpus, options and seed give the same files.
/// </summary>
public static class HearTaskMaker
{
    private const int Rate = 32000;
    private const int Folds = 5;
    private const double SceneSeconds = 4;
    private const double RecordingSeconds = 10;
    private const int EventsOfRecording = 4;
    private const double ShortestEvent = 0.5, LongestEvent = 3;
    private const int Tries = 200;
    private static readonly (string Split, double Share)[] EventSplits = [("train", 0.6), ("valid", 0.2), ("test", 0.2)];

    /// <summary>Makes both tasks.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="folder">Where their folders go; those of an earlier run are replaced.</param>
    /// <param name="options">How many clips and labels.</param>
    /// <param name="cancellationToken">Stops between clips.</param>
    /// <returns>The folders.</returns>
    /// <exception cref="CorpusException">There are too few sources for folds.</exception>
    /// <exception cref="AudioException">A sound cannot be read.</exception>
    public static IReadOnlyList<string> Make(SoundCorpus corpus, string folder, HearTaskMakerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new HearTaskMakerOptions();
        var clips = corpus.Clips.Where(clip => options.Split is null || clip.Split == options.Split).ToArray();
        return [Scenes(corpus, clips, folder, options, cancellationToken), Events(corpus, clips, folder, options, cancellationToken)];
    }

    private static string Scenes(SoundCorpus corpus, SoundClip[] clips, string folder, HearTaskMakerOptions options, CancellationToken cancellationToken)
    {
        var labels = Commonest(clips, options.Labels, Folds);
        if (labels.Length < 2)
            throw TooFew(corpus, $"two labels with {Folds} sources");
        var random = SplitMix64.For(options.Seed, 1);
        var chosen = labels.SelectMany(label => Shuffled(clips.Where(clip => clip.Label == label), random).Take(options.ClipsOfLabel)).ToArray();
        // Labels that a fold came to lack are left out.
        var foldOf = Deal(chosen, [.. Enumerable.Repeat(1.0 / Folds, Folds)], random);
        var kept = chosen.GroupBy(clip => clip.Label).Where(own => own.Select(clip => foldOf[clip.SourceId]).Distinct().Count() == Folds).SelectMany(own => own).ToArray();
        if (kept.Length == 0)
            throw TooFew(corpus, $"labels with {Folds} sources of their own");
        var task = new TaskFolder(folder, "sounds_scene-v1-full", kept.Select(clip => clip.Label));
        for (var fold = 0; fold < Folds; fold++)
        {
            var split = $"fold{fold:00}";
            var own = kept.Where(clip => foldOf[clip.SourceId] == fold).ToArray();
            WriteAll(own.Length, i =>
            {
                var samples = AudioFile.Load(corpus.PathOf(own[i]), Rate).Samples;
                Array.Resize(ref samples, (int)(SceneSeconds * Rate));
                task.Write(split, NameOf(own[i]), samples);
            }, cancellationToken);
            task.Describe(split, json =>
            {
                foreach (var clip in own)
                {
                    json.WriteStartArray(NameOf(clip));
                    json.WriteStringValue(clip.Label);
                    json.WriteEndArray();
                }
            });
        }
        task.Complete(json =>
        {
            Describe(json, "sounds_scene", "scene", "multiclass", "presplit_kfold", SceneSeconds, ["top1_acc", "mAP", "d_prime", "aucroc"]);
            json.WriteNumber("nfolds", Folds);
            WriteTexts(json, "splits", Enumerable.Range(0, Folds).Select(fold => $"fold{fold:00}"));
        });
        return task.Folder;

        static string NameOf(SoundClip clip) => $"{Path.GetFileNameWithoutExtension(clip.File)}.wav";
    }

    private static string Events(SoundCorpus corpus, SoundClip[] clips, string folder, HearTaskMakerOptions options, CancellationToken cancellationToken)
    {
        clips = [.. clips.Where(clip => clip.Seconds >= ShortestEvent)];
        var labels = Commonest(clips, options.EventLabels, Folds);
        if (labels.Length < 2)
            throw TooFew(corpus, $"two labels with {Folds} sources of {ShortestEvent} s");
        var random = SplitMix64.For(options.Seed, 2);
        var chosen = labels.SelectMany(label => clips.Where(clip => clip.Label == label)).ToArray();
        var splitOf = Deal(chosen, [.. EventSplits.Select(split => split.Share)], random);
        var kept = chosen.GroupBy(clip => clip.Label).Where(own => own.Select(clip => splitOf[clip.SourceId]).Distinct().Count() == EventSplits.Length).SelectMany(own => own).ToArray();
        if (kept.Length == 0)
            throw TooFew(corpus, "labels whose sources suffice for train, valid and test");
        var task = new TaskFolder(folder, "sounds_events-v1-full", kept.Select(clip => clip.Label));
        for (var split = 0; split < EventSplits.Length; split++)
        {
            var (name, share) = EventSplits[split];
            var own = kept.Where(clip => splitOf[clip.SourceId] == split).GroupBy(clip => clip.Label).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.ToArray()).ToArray();
            var events = new List<(string Label, int Start, int End)>[Math.Max(1, (int)(options.Recordings * share))];
            WriteAll(events.Length, i =>
            {
                var draws = SplitMix64.For(options.Seed, 3, (ulong)split, (ulong)i);
                var (samples, heard) = Mix(corpus, own, draws);
                events[i] = heard;
                task.Write(name, $"{name}{i:0000}.wav", samples);
            }, cancellationToken);
            task.Describe(name, json =>
            {
                foreach (var (i, heard) in events.Index())
                {
                    json.WriteStartArray($"{name}{i:0000}.wav");
                    foreach (var (label, start, end) in heard)
                    {
                        json.WriteStartObject();
                        json.WriteString("label", label);
                        json.WriteNumber("start", 1000.0 * start / Rate);
                        json.WriteNumber("end", 1000.0 * end / Rate);
                        json.WriteEndObject();
                    }
                    json.WriteEndArray();
                }
            });
        }
        task.Complete(json =>
        {
            Describe(json, "sounds_events", "event", "multilabel", "trainvaltest", RecordingSeconds, ["event_onset_200ms_fms", "segment_1s_er"]);
            WriteTexts(json, "splits", EventSplits.Select(split => split.Split));
        });
        return task.Folder;
    }

    /// <summary>Faint noise with a few events, of which at most two are heard at a time, and never two of one label.</summary>
    private static (float[] Samples, List<(string Label, int Start, int End)> Events) Mix(SoundCorpus corpus, SoundClip[][] byLabel, SplitMix64 random)
    {
        var samples = new float[(int)(RecordingSeconds * Rate)];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = (float)random.Uniform(-0.0005, 0.0005);
        var events = new List<(string Label, int Start, int End)>();
        for (var attempt = 0; attempt < Tries && events.Count < EventsOfRecording; attempt++)
        {
            var own = byLabel[random.Next(byLabel.Length)];
            var clip = own[random.Next(own.Length)];
            var piece = Sounding(AudioFile.Load(corpus.PathOf(clip), Rate).Samples);
            if (piece.Length < ShortestEvent * Rate)
                continue;
            var start = random.Next(samples.Length - piece.Length);
            var end = start + piece.Length;
            var around = events.Where(item => item.Start - Rate / 4 < end && start < item.End + Rate / 4).ToArray();
            if (around.Length > 1 || around.Any(item => item.Label == clip.Label))
                continue;
            var gain = (float)(Math.Pow(10, random.Uniform(-9, 0) / 20) * 0.4 / Math.Max(1e-4, piece.Max(Math.Abs)));
            for (var i = 0; i < piece.Length; i++)
                samples[start + i] += gain * piece[i];
            events.Add((clip.Label, start, end));
        }
        return (samples, [.. events.OrderBy(item => item.Start)]);
    }

    /// <summary>A sound from where it first rises to a twentieth of its loudest, so that its onset is heard where it is written, to where it dies away.</summary>
    private static float[] Sounding(float[] samples)
    {
        const int Block = Rate / 100;
        const double BeginsAt = 1.0 / 400, EndsAt = 1.0 / 4000; // of the loudest block's energy
        var energy = samples.Chunk(Block).Select(block => block.Sum(value => (double)value * value)).ToArray();
        var loudest = energy.Max();
        var first = Array.FindIndex(energy, value => value >= loudest * BeginsAt);
        var last = Array.FindLastIndex(energy, value => value >= loudest * EndsAt);
        if (loudest == 0)
            return [];
        var piece = samples[(first * Block)..Math.Min(samples.Length, (last + 1) * Block)];
        if (piece.Length > LongestEvent * Rate)
            piece = piece[..(int)(LongestEvent * Rate)];
        var fade = Math.Min(piece.Length / 2, Rate / 200);
        for (var i = 0; i < fade; i++)
        {
            piece[i] *= (float)i / fade;
            piece[^(i + 1)] *= (float)i / fade;
        }
        return piece;
    }

    /// <summary>The labels with most sources, and at least so many.</summary>
    private static string[] Commonest(IEnumerable<SoundClip> clips, int most, int fewestSources) =>
    [
        .. clips.GroupBy(clip => clip.Label).Select(own => (own.Key, Sources: own.Select(clip => clip.SourceId).Distinct().Count())).Where(own => own.Sources >= fewestSources)
            .OrderByDescending(own => own.Sources).ThenBy(own => own.Key, StringComparer.Ordinal).Take(most).Select(own => own.Key),
    ];

    /// <summary>Gives each source to the part that lacks most of its share of the source's label; of equals to the first.</summary>
    private static Dictionary<string, int> Deal(IEnumerable<SoundClip> clips, double[] shares, SplitMix64 random)
    {
        var all = clips.ToArray();
        var given = all.GroupBy(clip => clip.Label).ToDictionary(own => own.Key, own => (Counts: new double[shares.Length], All: own.Count()));
        var partOf = new Dictionary<string, int>(StringComparer.Ordinal);
        // Labels with few sources first: they have the least choice.
        foreach (var source in Shuffled(all.GroupBy(clip => clip.SourceId), random).OrderBy(source => given[source.First().Label].All))
        {
            var label = given[source.First().Label];
            var best = 0;
            for (var part = 1; part < shares.Length; part++)
            {
                if (label.Counts[part] / shares[part] < label.Counts[best] / shares[best])
                    best = part;
            }
            partOf[source.Key] = best;
            foreach (var clip in source)
                given[clip.Label].Counts[best]++;
        }
        return partOf;
    }

    private static T[] Shuffled<T>(IEnumerable<T> items, SplitMix64 random)
    {
        var all = items.ToArray();
        random.Shuffle(all);
        return all;
    }

    private static void WriteAll(int count, Action<int> write, CancellationToken cancellationToken) =>
        SkippedClips.Unwrap(() => Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, write));

    private static void Describe(Utf8JsonWriter json, string name, string embedding, string prediction, string splits, double seconds, string[] scores)
    {
        json.WriteString("task_name", name);
        json.WriteString("version", "v1");
        json.WriteString("mode", "full");
        json.WriteString("embedding_type", embedding);
        json.WriteString("prediction_type", prediction);
        json.WriteString("split_mode", splits);
        json.WriteNumber("sample_duration", seconds);
        WriteTexts(json, "evaluation", scores);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static CorpusException TooFew(SoundCorpus corpus, string what) => new($"The corpus '{corpus.Folder}' has too few sounds for a task: it lacks {what}; take all its splits, or another corpus.");

    /// <summary>A task's folder, which becomes one with its metadata, written last.</summary>
    private sealed class TaskFolder
    {
        private static readonly JsonWriterOptions Indented = new() { Indented = true };

        public TaskFolder(string parent, string name, IEnumerable<string> labels)
        {
            Folder = Path.Combine(Path.GetFullPath(parent), name);
            if (Directory.Exists(Folder))
            {
                // What was made before is replaced; anything else stays.
                if (Directory.EnumerateFileSystemEntries(Folder).Any() && !File.Exists(Path.Combine(Folder, HearTask.VocabularyName)))
                    throw new CorpusException($"'{Folder}' holds something else than a task; name another folder.");
                Directory.Delete(Folder, recursive: true);
            }
            Directory.CreateDirectory(Folder);
            var rows = labels.Distinct().Order(StringComparer.Ordinal).Select((label, place) => $"{place},{label}\n");
            File.WriteAllText(Path.Combine(Folder, HearTask.VocabularyName), $"idx,label\n{string.Concat(rows)}");
        }

        public string Folder { get; }

        public void Write(string split, string name, float[] samples)
        {
            var folder = Path.Combine(Folder, Rate.ToString(CultureInfo.InvariantCulture), split);
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, name), WavFile.Bytes(AudioClip.FromSamples(samples, Rate)));
        }

        public void Describe(string split, Action<Utf8JsonWriter> write) => WriteJson($"{split}.json", write);

        public void Complete(Action<Utf8JsonWriter> write) => WriteJson(HearTask.MetadataName, write);

        private void WriteJson(string name, Action<Utf8JsonWriter> write)
        {
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream, Indented))
            {
                json.WriteStartObject();
                write(json);
                json.WriteEndObject();
            }
            File.WriteAllText(Path.Combine(Folder, name), Encoding.UTF8.GetString(stream.ToArray()) + "\n");
        }
    }
}
