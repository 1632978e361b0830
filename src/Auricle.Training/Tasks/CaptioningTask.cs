using Auricle.Models;
using Auricle.Models.Encoders;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Conette;
using Auricle.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training;

/// <summary>
/// CoNeTTE's training: a projection and a Transformer decoder learn to caption over the frame vectors of an encoder, with
/// mixup, SpecAugment on the frame vectors and label smoothing. The encoder stays as it is, as in the paper, or learns with
/// the decoder, by the caption loss and by that of its own tags.
/// </summary>
public sealed class CaptioningTask : ITrainingTask
{
    private const string EncoderPrefix = "preprocessor.encoder.";

    private readonly SoundData _data;
    private readonly ConetteModel _model;
    private readonly FeatureSource _source;
    private readonly FrequencyMixStyle _style;
    private readonly SpectrogramMasks _masks;
    private readonly SoundEvaluation _evaluation;
    private readonly List<Weight> _trained;
    private readonly ulong _seed;
    private readonly double _frameShare;
    private readonly bool _trainsEncoder;
    private readonly double _tagShare;
    private readonly TagLoss _tagLoss;
    private readonly int _validationBeam;
    private readonly DType _storage;

    /// <summary>Builds model and data from a recipe. Its settings are checked, all of them, before any file is opened.</summary>
    public CaptioningTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var device = TrainingDevice.Read(recipe);
        var encoderSection = recipe.Section("encoder");
        var encoderFolder = encoderSection.RequiredModel("folder", "the folder of the trained encoder: config.json and model.safetensors");
        _trainsEncoder = encoderSection.Flag("train", false);
        var poolFrames = encoderSection.WholeNumber("pool_frames", 0, NumberRange.Between(0, 1_000_000));
        var framesHaveTags = encoderSection.Flag("frames_have_tags", false);
        var precision = TrainingPrecision.Read(encoderSection);
        _tagShare = recipe.Section("loss").Number("tag_share", _trainsEncoder ? 1 : 0, NumberRange.NonNegative);
        var binaryShare = recipe.Section("loss").Number("binary_share", 0.5, NumberRange.NonNegative);
        var section = recipe.Section("model");
        var config = ReadConfig(section) with
        {
            LabelSmoothing = recipe.Section("loss").Number("label_smoothing", 0.1, NumberRange.Between(0, 0.9)),
            MixupAlpha = recipe.Section("mixup").Number("alpha", 0.4, NumberRange.NonNegative),
        };
        var startFolder = section.OptionalModel("start");
        _storage = section.Choice("storage", "float16", ["float32", "float16"]) == "float16" ? DType.Float16 : DType.Float32;
        _style = FrequencyMixStyle.Read(recipe.Section("mixstyle"));
        _masks = SpectrogramMasks.Read(recipe.Section("spec_augment"));
        _frameShare = recipe.Section("spec_augment").Number("frame_share", 0.1, NumberRange.Unit);
        _validationBeam = recipe.Section("validation").WholeNumber("beam", 1, NumberRange.Between(1, 256));
        _seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, NumberRange.NonNegative);
        var loadSounds = SoundData.Read(recipe);
        recipe.Finish();
        EarlierModel.Require(recipe, "encoder.folder", encoderFolder);
        if (startFolder is not null)
            EarlierModel.Require(recipe, "model.start", startFolder);
        var encoder = ConetteConfig.Read(Path.Combine(encoderFolder, EarlierModel.ConfigFile));
        _data = loadSounds(encoder.Encoder.SampleRate);
        var encoderConfig = poolFrames > 0 || framesHaveTags ? encoder.Encoder.WithWindows(poolFrames, framesHaveTags) : encoder.Encoder;

        var tokenizer = CaptionTokenizer.Fit(Sentences(_data.Corpus));
        _model = ConetteModel.Create(config with { Encoder = encoderConfig, TagLabels = encoder.TagLabels }, tokenizer, precision, device);
        LoadWeights(encoderFolder, weight => weight.Name.StartsWith(EncoderPrefix, StringComparison.Ordinal));
        if (startFolder is not null)
            LoadWeights(startFolder, weight => !weight.Name.StartsWith(EncoderPrefix, StringComparison.Ordinal));
        _trained = [.. _model.Weights.Entries.Where(weight => _trainsEncoder || !weight.Name.StartsWith(EncoderPrefix, StringComparison.Ordinal))];
        foreach (var weight in _model.Weights.Entries.Except(_trained))
            weight.Tensor.RequiresGrad = false;
        _tagLoss = new TagLoss(_data.Corpus.Labels.Count, binaryShare);
        _source = new FeatureSource(_data.Sampler, _model.Encoder, device, ExamplesPerEpoch);
        _evaluation = new SoundEvaluation(_data.Corpus, _data.Validation, _data.ValidationMixtures);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Weight> Weights => _trained;

    /// <inheritdoc/>
    public long ExamplesPerEpoch => _data.Train.Clips.Count;

    /// <inheritdoc/>
    public string Monitor => "val_score";

    /// <inheritdoc/>
    public bool Decays(Weight weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return weight.Tensor.Dimensions > 1 && !weight.Name.EndsWith("bias", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public Tensor Loss(int epoch, long first, int count)
    {
        using var scope = TensorScope.Begin();
        var random = SplitMix64.For(_seed, (ulong)epoch, (ulong)first, 2);
        var batch = _source.Draw(epoch, first, count);
        var output = Encode(_style.Apply(_masks.Apply(batch.LogMel, random), random));
        var frames = output.Frames.MaskedFill(FrameCover(output.Frames, random), 0);
        var mixup = _model.Config.MixupAlpha > 0 && count > 1 ? Mixup.Draw(random, count, _model.Config.MixupAlpha) : null;
        var counts = new long[count];
        Array.Fill(counts, frames.Size(1));
        var captions = Captions(batch.Contents);
        var loss = _model.ConetteLoss(
            new ConetteBatch(frames, counts, captions),
            mixup?.ForTensors());
        return scope.Keep(_tagShare > 0 ? loss.Add(_tagLoss.Of(output.TagLogits!, batch.Contents).Mul(_tagShare)) : loss);
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken)
    {
        var report = _evaluation.Run(_model, new CaptioningOptions { BeamSize = _validationBeam }, cancellationToken: cancellationToken);
        double[] shares = [SoundEvaluationReport.Share(report.Clips), SoundEvaluationReport.Share(report.Esc10), SoundEvaluationReport.Share(report.Mixtures)];
        return
        [
            new("val_accuracy", shares[0]),
            new("val_esc10", shares[1]),
            new("val_both", shares[2]),
            new("val_score", shares.Average()),
        ];
    }

    /// <inheritdoc/>
    public void Export(string folder) => _model.Save(folder, _storage);

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        _source.Dispose();
        _model.Dispose();
    }

    /// <summary>Reads the sizes of projection and decoder.</summary>
    internal static ConetteConfig ReadConfig(RecipeReader section)
    {
        return new ConetteConfig
        {
            TaskMode = "none",
            TaskNames = [],
            Width = section.WholeNumber("width", 192, NumberRange.Between(1, 65_536)),
            Heads = section.WholeNumber("heads", 6, NumberRange.Between(1, 1_024)),
            DecoderLayers = section.WholeNumber("layers", 3, NumberRange.Between(1, 1_024)),
            FeedForwardWidth = section.WholeNumber("feed_forward", 768, NumberRange.Between(1, 262_144)),
            DecoderDropout = section.Number("decoder_dropout", 0.2, NumberRange.Unit),
            ProjectionDropout = section.Number("projection_dropout", 0.3, NumberRange.Unit),
            BeamSize = section.WholeNumber("beam", 3, NumberRange.Between(1, 256)),
            MinPredSize = section.WholeNumber("min_length", 3, NumberRange.Between(0, 4096)),
            MaxPredSize = section.WholeNumber("max_length", 30, NumberRange.Between(1, 4_096)),
        };
    }

    /// <summary>Every sentence form the training can make, so that no word is unknown.</summary>
    internal static IEnumerable<string> Sentences(SoundCorpus corpus)
    {
        foreach (var label in corpus.Labels)
        {
            foreach (var sentence in corpus.Captions[label].Concat(corpus.Clauses[label]))
                yield return sentence;
        }
        foreach (var clip in corpus.ClipsOf(DataSplit.Train).Where(clip => clip.Caption.Length > 0))
            yield return clip.Caption;
        foreach (var template in corpus.PairTemplates)
            yield return template.Text.Replace("{a}", "", StringComparison.Ordinal).Replace("{b}", "", StringComparison.Ordinal);
    }

    private Tensor Captions(IReadOnlyList<MixtureContent> contents)
    {
        var rows = _model.Tokenizer.EncodeBatch([.. contents.Select(content => content.Caption)], addBeginEnd: true, UnknownTokenPolicy.Throw, CaptionPadding.Batch);
        return Tensor.From<long>([.. rows.SelectMany(row => row).Select(id => (long)id)], rows.Length, rows[0].Length).On(_model.Weights.Device);
    }

    private EncoderOutput Encode(Tensor logMel)
    {
        if (_trainsEncoder)
            return _model.Encoder.Encode(logMel, training: true);
        using var noGrad = NoGrad.Begin();
        return _model.Encoder.Encode(logMel);
    }

    private Tensor FrameCover(Tensor frames, Random random)
    {
        var (batch, length, width) = ((int)frames.Size(0), (int)frames.Size(1), (int)frames.Size(2));
        var cover = new StripeCover(batch, length, width);
        for (var i = 0; i < batch; i++)
        {
            var rows = SpecAugment.Draw(random, length, highShare: _frameShare);
            cover.Add(i, rows, SpecAugment.Draw(random, width, highShare: _frameShare));
        }
        return cover.ToTensor(frames.Device);
    }

    private void LoadWeights(string folder, Func<Weight, bool> wanted)
    {
        var stored = Checkpoint.Open(Path.Combine(folder, EarlierModel.WeightFile)).Tensors;
        using var noGrad = NoGrad.Begin();
        foreach (var weight in _model.Weights.Entries.Where(wanted))
        {
            using var scope = TensorScope.Begin();
            // An encoder alone, or a whole captioner.
            if (!stored.TryGetValue(weight.Name, out var entry) && !stored.TryGetValue(weight.Name.Replace(EncoderPrefix, "", StringComparison.Ordinal), out entry))
                throw new WeightsException($"The model in '{folder}' has no '{weight.Name}'; train it first.") { File = folder, Names = [weight.Name] };
            var values = Tensor.From(entry);
            if (!values.Shape.SequenceEqual(weight.Tensor.Shape))
                throw new WeightsException($"'{weight.Name}' in '{folder}' is of another size than this recipe's; make the recipes agree.") { File = folder, Names = [weight.Name] };
            weight.Tensor.CopyInPlace(values);
        }
    }
}
