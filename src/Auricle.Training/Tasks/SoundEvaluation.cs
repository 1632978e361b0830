using Auricle.Audio;
using Auricle.Models.Roles;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>One captioned sound of an evaluation.</summary>
/// <param name="Id">The clip's file, or the mixture's id.</param>
/// <param name="Labels">What is heard.</param>
/// <param name="Named">What the caption names.</param>
/// <param name="Caption">The caption.</param>
public sealed record SoundEvaluationItem(string Id, IReadOnlyList<string> Labels, IReadOnlyList<string> Named, string Caption)
{
    /// <summary>Whether everything heard is named.</summary>
    public bool IsRight => Labels.All(Named.Contains);
}

/// <summary>What an evaluation found.</summary>
/// <param name="Clips">Single clips of labels with five or more training clips.</param>
/// <param name="Esc10">Those of them that belong to ESC-10.</param>
/// <param name="Mixtures">Mixtures of two clips.</param>
public sealed record SoundEvaluationReport(
    IReadOnlyList<SoundEvaluationItem> Clips, IReadOnlyList<SoundEvaluationItem> Esc10, IReadOnlyList<SoundEvaluationItem> Mixtures)
{
    /// <summary>The single clips whose caption speaks of two sounds.</summary>
    public int ToldAsTwo { get; init; }

    /// <summary>Clauses of captions that are right about two sounds in sequence, with their times; empty for models that do not place words.</summary>
    public IReadOnlyList<PlacedClause> Placed { get; init; } = [];

    /// <summary>The share of a list that is right; 0 where it is empty.</summary>
    public static double Share(IReadOnlyList<SoundEvaluationItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items.Count == 0 ? 0 : (double)items.Count(item => item.IsRight) / items.Count;
    }
}

/// <summary>When a caption places the words about one of two sounds in sequence.</summary>
/// <param name="Id">The mixture's id.</param>
/// <param name="Label">What is heard.</param>
/// <param name="Time">The mean time of the clause's words, in seconds.</param>
/// <param name="Start">When the sound begins.</param>
/// <param name="End">When it ends.</param>
public sealed record PlacedClause(string Id, string Label, double Time, double Start, double End)
{
    /// <summary>Whether the words lie within the sound.</summary>
    public bool IsRight => Time >= Start && Time <= End;
}

/// <summary>Captions the clips and mixtures of a split and judges which labels the captions name.</summary>
public sealed class SoundEvaluation
{
    private const int Batch = 32;

    private readonly SoundCaptionJudge _judge;
    private readonly SoundCorpus _corpus;
    private readonly ClipCache _clips;
    private readonly IReadOnlyList<int> _counted;
    private readonly IReadOnlyList<EvaluationMixture> _mixtures;

    /// <summary>Prepares an evaluation.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="clips">The decoded clips of the split.</param>
    /// <param name="mixtures">Mixtures of these clips.</param>
    public SoundEvaluation(SoundCorpus corpus, ClipCache clips, IReadOnlyList<EvaluationMixture> mixtures)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(clips);
        _corpus = corpus;
        _clips = clips;
        _mixtures = mixtures;
        _judge = new SoundCaptionJudge(corpus);
        var learnable = corpus.LearnableLabels;
        _counted = [.. Enumerable.Range(0, clips.Clips.Count).Where(i => learnable.Contains(clips.Clips[i].Label))];
    }

    /// <summary>Captions everything and judges the captions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How it captions.</param>
    /// <param name="reranks">The space by which the sentences found for a sound are ranked; or none.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public SoundEvaluationReport Run(ICaptioner model, CaptioningOptions? options = null, IAudioTextModel? reranks = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        options = (options ?? new CaptioningOptions()) with { Timestamps = model.PlacesWords };
        var captions = Caption(model, options, reranks, _counted.Count, i => _clips.Samples(_counted[i]), cancellationToken);
        var ofMixtures = Caption(model, options, reranks, _mixtures.Count, i => EvaluationMixtures.Render(_mixtures[i], _clips), cancellationToken);
        var report = Judge([.. captions.Select(caption => caption.Text)], [.. ofMixtures.Select(caption => caption.Text)]);
        return report with { Placed = [.. _mixtures.Zip(ofMixtures, report.Mixtures).Where(item => item.Third.IsRight && item.First.Relation == PairRelation.Sequential)
            .SelectMany(item => Place(item.First, item.Second.Words ?? []))] };
    }

    /// <summary>Looks for a clause of each label in the words.</summary>
    private IEnumerable<PlacedClause> Place(EvaluationMixture mixture, IReadOnlyList<HeardWord> words)
    {
        string[] all = [.. words.Select(word => word.Word)];
        foreach (var part in new[] { mixture.First, mixture.Second })
        {
            var found = _judge.ClausesOf(part.Label).Select(clause => (Length: clause.Length, At: all.AsSpan().IndexOf(clause))).Where(clause => clause.At >= 0)
                .OrderByDescending(clause => clause.Length).FirstOrDefault();
            if (found.Length > 0)
            {
                var seconds = (double)mixture.SampleRate;
                yield return new PlacedClause(mixture.Id, part.Label, words.Skip(found.At).Take(found.Length).Average(word => word.Time), part.Offset / seconds, (part.Offset + part.Length) / seconds);
            }
        }
    }

    /// <summary>Measures the space that a model gives to sounds and texts on the clips that count.</summary>
    /// <param name="model">The model.</param>
    /// <param name="queries">Texts with their labels, beside the captions and clauses of the corpus.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public SpaceEvaluation InSpace(IAudioTextModel model, IReadOnlyList<LabelQuery> queries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var sounds = new List<float>();
        foreach (var chunk in _counted.Chunk(Batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            sounds.AddRange(model.EmbedAudio([.. chunk.Select(i => AudioClip.FromSamples(_clips.Samples(i), _clips.SampleRate))]).ToArray<float>());
        }
        return SpaceEvaluation.Run(_corpus, [.. _counted.Select(i => _clips.Clips[i])], [.. sounds], texts => [.. texts.Chunk(Batch).SelectMany(some =>
        {
            using var scope = TensorScope.Begin();
            return model.EmbedText(some).ToArray<float>();
        })], queries);
    }

    /// <summary>The numbers of the clips that count, in the order in which their captions are judged.</summary>
    internal IReadOnlyList<int> Counted => _counted;

    /// <summary>Judges captions of the clips that count and of the mixtures.</summary>
    internal SoundEvaluationReport Judge(IReadOnlyList<string> captions, IReadOnlyList<string> ofMixtures)
    {
        var single = _counted.Zip(captions, (i, caption) => (Clip: _clips.Clips[i], Item: new SoundEvaluationItem(_clips.Clips[i].File, [_clips.Clips[i].Label], [_judge.Name(caption)], caption))).ToList();
        var mixed = _mixtures.Zip(ofMixtures, (mixture, caption) =>
        {
            var (first, second) = _judge.NameTwo(caption);
            return new SoundEvaluationItem(mixture.Id, [mixture.First.Label, mixture.Second.Label], [first, second], caption);
        });
        return new SoundEvaluationReport([.. single.Select(item => item.Item)], [.. single.Where(item => item.Clip.Fold is not null).Select(item => item.Item)], [.. mixed])
        {
            ToldAsTwo = captions.Count(_judge.TellsOfTwo),
        };
    }

    private List<CaptionText> Caption(
        ICaptioner model, CaptioningOptions options, IAudioTextModel? reranks, int count, Func<int, float[]> sound, CancellationToken cancellationToken)
    {
        var captions = new List<CaptionText>(count);
        foreach (var chunk in Enumerable.Range(0, count).Chunk(Batch))
        {
            AudioClip[] clips = [.. chunk.Select(i => AudioClip.FromSamples(sound(i), _clips.SampleRate))];
            var found = model.Caption(clips, options, cancellationToken);
            captions.AddRange((reranks is null ? found : Reranking.Apply(reranks, clips, found)).Select(caption => caption.Texts[0]));
        }
        return captions;
    }
}
