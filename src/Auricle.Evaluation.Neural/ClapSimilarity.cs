using Auricle.Audio;
using Auricle.Models;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Clap;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// CLAP-sim: the cosine of a caption with its references, with the sound, or the mean of both, in the joint space of an
/// audio-text model. Scores lie in [−1, 1]. Safe for concurrent use.
/// </summary>
/// <remarks>The reference package uses MS-CLAP 2023; scores of another model cannot be compared with published ones.</remarks>
public sealed class ClapSimilarity : IDisposable
{
    /// <summary>Name of the metric in the reference package.</summary>
    public const string Name = "clap_sim";

    private const string PublishedCheckpoint = "CLAP_weights_2023.pth";
    private const string PublishedTokenizer = "openai-community/gpt2";

    private readonly IAudioTextModel _model;
    private readonly JointSpace _space;
    private readonly ClapModel? _owned;

    /// <summary>Wraps a model, which stays the caller's.</summary>
    /// <param name="model">The audio-text model.</param>
    /// <exception cref="ArgumentNullException">No model was given.</exception>
    public ClapSimilarity(IAudioTextModel model)
    {
        _model = model ?? throw new ArgumentNullException(
            nameof(model), "CLAP-sim and MACE measure in the space of an audio-text model such as MS-CLAP 2023; load one and give it.");
        _space = new JointSpace(model);
    }

    private ClapSimilarity(ClapModel owned)
        : this((IAudioTextModel)owned) => _owned = owned;

    /// <summary>Finds MS-CLAP 2023, the reference package's model, and loads it.</summary>
    /// <param name="models">A folder with <c>CLAP_weights_2023.pth</c> and GPT-2's tokenizer in <c>gpt2</c>.</param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">A file is missing; all of them are named.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are damaged or belong to another model.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or are no CLAP model.</exception>
    public static ClapSimilarity Load(MetricModels models, ModelLoadOptions? options = null)
    {
        var files = new MetricFiles(models, "CLAP-sim");
        var checkpoint = files.File("MS-CLAP 2023, the repository microsoft/msclap of Hugging Face", "ms-clap-2023", null, PublishedCheckpoint);
        var tokenizer = files.Folder(PublishedTokenizer, "vocab.json and merges.txt");
        files.ThrowIfMissing();
        return new ClapSimilarity(ClapModel.Load(checkpoint, tokenizer, options));
    }

    /// <summary>The rate at which the model hears, in hertz: sounds need not be read at a higher one.</summary>
    public int SampleRate => _model.SampleRate;

    /// <summary>Scores every clip; the corpus score is the mean.</summary>
    /// <param name="set">The captions. Equal texts are encoded once.</param>
    /// <param name="method">What captions are compared with.</param>
    /// <param name="sounds">The sound of each clip, in clip order, read a few at a time; not needed for <see cref="ClapMethod.Text"/>.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <exception cref="MetricInputException">Sounds are needed and missing, or there are not as many as clips.</exception>
    public MetricScores Evaluate(
        CaptionSet set, ClapMethod method = ClapMethod.Text, IEnumerable<AudioClip>? sounds = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (method != ClapMethod.Text && sounds is null)
            throw new MetricInputException(
                $"The method {method} compares captions with the sound, but no sounds were given; give one for each clip, or use the method {ClapMethod.Text}.");
        var texts = method == ClapMethod.Audio ? set.Candidates : set.Candidates.Concat(set.References.SelectMany(captions => captions));
        var vectors = _space.Texts(texts, cancellationToken);
        var scores = new double[set.Count];
        if (method != ClapMethod.Audio)
        {
            for (var clip = 0; clip < scores.Length; clip++)
                scores[clip] = set.References[clip].Average(reference => vectors[set.Candidates[clip]].Cosine(vectors[reference]));
        }
        if (method != ClapMethod.Text)
        {
            var place = 0;
            foreach (var vector in _space.Sounds(sounds!, cancellationToken))
            {
                if (place == set.Count)
                    throw new MetricInputException($"There are more sounds than the {set.Count} clips; give one for each clip, in clip order.");
                var heard = vectors[set.Candidates[place]].Cosine(vector);
                scores[place] = method == ClapMethod.Combined ? (scores[place] + heard) / 2 : heard;
                place++;
            }
            if (place < set.Count)
                throw new MetricInputException($"There are {place} sounds for {set.Count} clips; give one for each clip, in clip order.", place);
        }
        return MetricScores.Mean(Name, scores);
    }

    /// <summary>Releases the model where this object loaded it.</summary>
    public void Dispose() => _owned?.Dispose();
}

/// <summary>What a caption is compared with in the joint space of an audio-text model.</summary>
public enum ClapMethod
{
    /// <summary>Its references: the mean over them.</summary>
    Text,

    /// <summary>The sound itself; no reference is looked at.</summary>
    Audio,

    /// <summary>The mean of both.</summary>
    Combined,
}
