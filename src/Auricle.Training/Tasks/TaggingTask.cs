using Auricle.Models.FrontEnds;
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
    private readonly SoundData _data;
    private readonly WeightStore _store;
    private readonly CnnEncoder _encoder;
    private readonly FeatureSource _source;
    private readonly FrequencyMixStyle _style;
    private readonly SpectrogramMasks _masks;
    private readonly TaggingScore _score;
    private readonly ulong _seed;
    private readonly TagLoss _loss;

    /// <summary>Builds model and data from a recipe. Its settings are checked, all of them, before any file is opened.</summary>
    public TaggingTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var device = TrainingDevice.Read(recipe);
        var model = recipe.Section("model");
        var frontEnd = new LogMelConfig { HopLength = model.WholeNumber("hop_length", 320, NumberRange.Between(1, 1024)), MelBands = model.WholeNumber("mel_bands", 64, NumberRange.Between(1, 1024)) };
        var config = new CnnConfig
        {
            LogMel = frontEnd,
            Widths = model.WholeNumbers("widths", [32, 64, 128, 256], NumberRange.Between(1, 16_384)),
            FirstStride = model.WholeNumber("first_stride", 2, NumberRange.Between(1, 64)),
            PoolFrames = model.WholeNumber("pool_frames", 0, NumberRange.Between(0, 1_000_000)),
            EmbeddingWidth = model.WholeNumber("embedding_width", 256, NumberRange.Between(1, 65_536)),
            DynamicRange = model.Number("dynamic_range", 0, NumberRange.Between(0, 1000)),
            BlockDropout = model.Number("block_dropout", 0, NumberRange.Unit),
            HeadDropout = model.Number("head_dropout", 0.3, NumberRange.Unit),
        };
        var compute = PrecisionSupport.Resolve(TrainingPrecision.Read(model), device);
        _style = FrequencyMixStyle.Read(recipe.Section("mixstyle"));
        _masks = SpectrogramMasks.Read(recipe.Section("spec_augment"));
        var binaryShare = recipe.Section("loss").Number("binary_share", 1, NumberRange.NonNegative);
        _seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, NumberRange.NonNegative);
        var loadSounds = SoundData.Read(recipe);
        recipe.Finish();
        _data = loadSounds(frontEnd.SampleRate);
        _store = WeightStore.Initialise(device);
        _encoder = new CnnEncoder(config with { Tags = _data.Corpus.Labels.Count }, _store.Root, compute);
        _source = new FeatureSource(_data.Sampler, _encoder, device, ExamplesPerEpoch);
        _score = new TaggingScore(_data.Corpus);
        _loss = new TagLoss(_data.Corpus.Labels.Count, binaryShare);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Weight> Weights => _store.Entries;

    /// <inheritdoc/>
    public long ExamplesPerEpoch => _data.Train.Clips.Count;

    /// <inheritdoc/>
    public string Monitor => "val_score";

    /// <inheritdoc/>
    public Tensor Loss(int epoch, long first, int count)
    {
        using var scope = TensorScope.Begin();
        var batch = _source.Draw(epoch, first, count);
        var random = SplitMix64.For(_seed, (ulong)epoch, (ulong)first, 1);
        var images = _masks.Apply(batch.LogMel, random);
        return scope.Keep(_loss.Of(_encoder.Encode(_style.Apply(images, random), training: true).TagLogits!, batch.Contents));
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken)
    {
        var clips = _score.Clips(_data.Validation, samples => Logits(samples, cancellationToken));
        var mixtures = TaggingScore.Mixtures(_data.Corpus, _data.Validation, _data.ValidationMixtures, samples => Logits(samples, cancellationToken));
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
        new ConetteConfig { Encoder = _encoder.Config, TagLabels = _data.Corpus.Labels }.Write(Path.Combine(folder, "config.json"));
        SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"), _store.Entries.Select(entry => SafetensorsExport.Entry(entry.Name, entry.Tensor)));
    }

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        _source.Dispose();
        _encoder.Dispose();
        _store.Dispose();
    }

    private float[] Logits(float[] samples, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        if (samples.Length < _encoder.MinimumSamples)
            Array.Resize(ref samples, _encoder.MinimumSamples);
        return _encoder.Encode(_encoder.Prepare(Tensor.From<float>(samples, 1, samples.Length).On(_store.Device))).TagLogits!.ToArray<float>();
    }
}
