using Auricle.Audio.Features;
using Auricle.Models;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Systems.Conette;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training;

/// <summary>
/// Trains a convolutional encoder to name the labels of single clips and of mixtures.
/// </summary>
public sealed class TaggingTask : ITrainingTask
{
    private readonly SoundData data;
    private readonly WeightStore store;
    private readonly CnnEncoder encoder;
    private readonly FeatureSource source;
    private readonly FrequencyMixStyle style;
    private readonly SpectrogramMasks masks;
    private readonly TaggingScore score;
    private readonly ulong seed;
    private readonly TagLoss loss;

    /// <summary>Builds model and data from a recipe; the caller finishes reading the recipe.</summary>
    public TaggingTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var device = TrainingDevice.Read(recipe);
        var model = recipe.Section("model");
        var frontEnd = new LogMelConfig { HopLength = model.WholeNumber("hop_length", 320, Interval.AtLeast(1)), MelBands = model.WholeNumber("mel_bands", 64, Interval.AtLeast(1)) };
        var config = new CnnConfig
        {
            LogMel = frontEnd,
            Widths = model.WholeNumbers("widths", [32, 64, 128, 256], Interval.AtLeast(1)),
            FirstStride = model.WholeNumber("first_stride", 2, Interval.AtLeast(1)),
            PoolFrames = model.WholeNumber("pool_frames", 0, Interval.NonNegative),
            EmbeddingWidth = model.WholeNumber("embedding_width", 256, Interval.AtLeast(1)),
            DynamicRange = model.Number("dynamic_range", 0, Interval.NonNegative),
            BlockDropout = model.Number("block_dropout", 0, Interval.Unit),
            HeadDropout = model.Number("head_dropout", 0.3, Interval.Unit),
        };
        var compute = PrecisionSupport.Resolve(TrainingPrecision.Read(model), device);
        style = FrequencyMixStyle.Read(recipe.Section("mixstyle"));
        masks = SpectrogramMasks.Read(recipe.Section("spec_augment"));
        var binaryShare = recipe.Section("loss").Number("binary_share", 1, Interval.NonNegative);
        seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, Interval.NonNegative);
        data = SoundData.Load(recipe, frontEnd.SampleRate);
        recipe.Finish();
        store = WeightStore.Initialise(device);
        encoder = new CnnEncoder(config with { Tags = data.Corpus.Labels.Count }, store.Root, compute);
        source = new FeatureSource(data.Sampler, encoder, device, ExamplesPerEpoch);
        score = new TaggingScore(data.Corpus);
        loss = new TagLoss(data.Corpus.Labels.Count, binaryShare);
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
        var batch = source.Draw(epoch, first, count);
        var random = SplitMix64.For(seed, (ulong)epoch, (ulong)first, 1);
        var images = masks.Apply(batch.LogMel, random);
        return scope.Keep(loss.Of(encoder.Encode(style.Apply(images, random), training: true).TagLogits, batch.Contents));
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
        source.Dispose();
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
        return encoder.Encode(encoder.LogMel(Tensor.From<float>(samples, 1, samples.Length).On(store.Device))).TagLogits.ToArray<float>();
    }
}
