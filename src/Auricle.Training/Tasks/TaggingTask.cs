using Auricle.Audio.Features;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Systems.Conette;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training;

/// <summary>
/// Trains a convolutional encoder to name the labels of single clips and of mixtures. The loss adds binary cross-entropy
/// over all labels, for how many there are, to cross-entropy against the labels' shares, for which comes first.
/// </summary>
public sealed class TaggingTask : ITrainingTask
{
    private readonly SoundData data;
    private readonly WeightStore store;
    private readonly CnnEncoder encoder;
    private readonly SpectrogramMasks masks;
    private readonly TaggingScore score;
    private readonly ulong seed;
    private readonly double binaryShare;

    /// <summary>Builds model and data from a recipe; the caller finishes reading the recipe.</summary>
    public TaggingTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var model = recipe.Section("model");
        var frontEnd = new LogMelConfig { HopLength = model.WholeNumber("hop_length", 320, Interval.AtLeast(1)), MelBands = model.WholeNumber("mel_bands", 64, Interval.AtLeast(1)) };
        var config = new CnnConfig
        {
            LogMel = frontEnd,
            Widths = model.WholeNumbers("widths", [32, 64, 128, 256], Interval.AtLeast(1)),
            FirstStride = model.WholeNumber("first_stride", 2, Interval.AtLeast(1)),
            EmbeddingWidth = model.WholeNumber("embedding_width", 256, Interval.AtLeast(1)),
            BlockDropout = model.Number("block_dropout", 0, Interval.Unit),
            HeadDropout = model.Number("head_dropout", 0.3, Interval.Unit),
        };
        var compute = model.Choice("precision", "bfloat16", ["float32", "bfloat16"]) == "bfloat16" ? DType.BFloat16 : DType.Float32;
        masks = SpectrogramMasks.Read(recipe.Section("spec_augment"));
        binaryShare = recipe.Section("loss").Number("binary_share", 1, Interval.NonNegative);
        seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, Interval.NonNegative);
        data = SoundData.Load(recipe, frontEnd.SampleRate);
        recipe.Finish();
        store = WeightStore.Initialise();
        encoder = new CnnEncoder(config with { Tags = data.Corpus.Labels.Count }, store.Root, compute);
        score = new TaggingScore(data.Corpus);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Weight> Weights => store.Entries;

    /// <inheritdoc/>
    public long ExamplesPerEpoch => data.Train.Clips.Count;

    /// <inheritdoc/>
    public string Monitor => "val_score";

    /// <inheritdoc/>
    public bool Decays(Weight weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return weight.Tensor.Dimensions > 1;
    }

    /// <inheritdoc/>
    public Tensor Loss(int epoch, long first, int count)
    {
        using var scope = TensorScope.Begin();
        var batch = FeatureBatch.Draw(data.Sampler, encoder, epoch, first, count);
        masks.Apply(batch.LogMel, SplitMix64.For(seed, (ulong)epoch, (ulong)first, 1));
        var labels = data.Corpus.Labels.Count;
        var present = new float[count * labels];
        var shares = new float[count * labels];
        for (var i = 0; i < count; i++)
        {
            foreach (var label in batch.Contents[i].Labels)
            {
                present[i * labels + label] = 1;
                shares[i * labels + label] = 1f / batch.Contents[i].Labels.Length;
            }
        }
        var logits = encoder.Encode(batch.LogMel, training: true).TagLogits;
        var binary = logits.BinaryCrossEntropyWithLogits(Tensor.From<float>(present, count, labels), reduction: 2).Div(count);
        var softmax = logits.LogSoftmax(1).Mul(Tensor.From<float>(shares, count, labels)).Sum().Div(-count);
        return scope.Keep(binary.Mul(binaryShare).Add(softmax));
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken)
    {
        var clips = score.Clips(data.Validation, samples => Logits(samples, cancellationToken));
        var mixtures = TaggingScore.Mixtures(data.Corpus, data.Validation, data.ValidationMixtures, samples => Logits(samples, cancellationToken));
        return
        [
            new("val_accuracy", clips.Accuracy),
            new("val_esc10", clips.Esc10),
            new("val_both", mixtures),
            new("val_score", (clips.Accuracy + clips.Esc10 + mixtures) / 3),
        ];
    }

    /// <inheritdoc/>
    public void Export(string folder)
    {
        Directory.CreateDirectory(folder);
        new ConetteConfig { Encoder = encoder.Config, TagLabels = data.Corpus.Labels }.Write(Path.Combine(folder, "config.json"));
        SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"), store.Entries.Select(entry => SafetensorsExport.Entry(entry.Name, entry.Tensor)));
    }

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        encoder.Dispose();
        store.Dispose();
    }

    private float[] Logits(float[] samples, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        if (samples.Length < encoder.MinimumSamples)
            Array.Resize(ref samples, encoder.MinimumSamples);
        return encoder.Encode(encoder.LogMel(Tensor.From<float>(samples, 1, samples.Length))).TagLogits.ToArray<float>();
    }
}
