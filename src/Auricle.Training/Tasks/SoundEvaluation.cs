using Auricle.Audio;
using Auricle.Models.Roles;

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
    /// <summary>The share of a list that is right; 0 where it is empty.</summary>
    public static double Share(IReadOnlyList<SoundEvaluationItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items.Count == 0 ? 0 : (double)items.Count(item => item.IsRight) / items.Count;
    }
}

/// <summary>Captions the clips and mixtures of a split and judges which labels the captions name.</summary>
public sealed class SoundEvaluation
{
    private const int Batch = 32;

    private readonly SoundCaptionJudge _judge;
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
        _clips = clips;
        _mixtures = mixtures;
        _judge = new SoundCaptionJudge(corpus);
        var learnable = corpus.LearnableLabels;
        _counted = [.. Enumerable.Range(0, clips.Clips.Count).Where(i => learnable.Contains(clips.Clips[i].Label))];
    }

    /// <summary>Captions everything and judges the captions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How it captions.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public SoundEvaluationReport Run(ICaptioner model, CaptioningOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var single = new List<SoundEvaluationItem>();
        var esc10 = new List<SoundEvaluationItem>();
        foreach (var chunk in _counted.Chunk(Batch))
        {
            var captions = Caption(model, options, [.. chunk.Select(i => _clips.Samples(i))], cancellationToken);
            for (var i = 0; i < chunk.Length; i++)
            {
                var clip = _clips.Clips[chunk[i]];
                var item = new SoundEvaluationItem(clip.File, [clip.Label], [_judge.Name(captions[i])], captions[i]);
                single.Add(item);
                if (clip.Fold is not null)
                    esc10.Add(item);
            }
        }
        var mixed = new List<SoundEvaluationItem>();
        foreach (var chunk in _mixtures.Chunk(Batch))
        {
            var captions = Caption(model, options, [.. chunk.Select(mixture => EvaluationMixtures.Render(mixture, _clips))], cancellationToken);
            for (var i = 0; i < chunk.Length; i++)
            {
                var (first, second) = _judge.NameTwo(captions[i]);
                mixed.Add(new SoundEvaluationItem(chunk[i].Id, [chunk[i].First.Label, chunk[i].Second.Label], [first, second], captions[i]));
            }
        }
        return new SoundEvaluationReport(single, esc10, mixed);
    }

    private string[] Caption(ICaptioner model, CaptioningOptions? options, IReadOnlyList<float[]> sounds, CancellationToken cancellationToken) =>
        [.. model.Caption([.. sounds.Select(samples => AudioClip.FromSamples(samples, _clips.SampleRate))], options, cancellationToken).Select(result => result.Texts[0].Text)];
}
