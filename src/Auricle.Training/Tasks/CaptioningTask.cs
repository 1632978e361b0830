using Auricle.Models;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
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

    private readonly SoundData data;
    private readonly ConetteModel model;
    private readonly FeatureSource source;
    private readonly FrequencyMixStyle style;
    private readonly SpectrogramMasks masks;
    private readonly SoundEvaluation evaluation;
    private readonly List<Weight> trained;
    private readonly ulong seed;
    private readonly double frameShare;
    private readonly bool trainsEncoder;
    private readonly double tagShare;
    private readonly TagLoss tagLoss;
    private readonly int validationBeam;
    private readonly DType storage;

    /// <summary>Builds model and data from a recipe.</summary>
    public CaptioningTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var device = TrainingDevice.Read(recipe);
        var encoderSection = recipe.Section("encoder");
        var encoderFolder = encoderSection.RequiredText("folder", "the folder of the trained encoder: config.json and model.safetensors");
        trainsEncoder = encoderSection.Flag("train", false);
        var poolFrames = encoderSection.WholeNumber("pool_frames", 0, Interval.NonNegative);
        var framesHaveTags = encoderSection.Flag("frames_have_tags", false);
        var precision = TrainingPrecision.Read(encoderSection);
        tagShare = recipe.Section("loss").Number("tag_share", trainsEncoder ? 1 : 0, Interval.NonNegative);
        var binaryShare = recipe.Section("loss").Number("binary_share", 0.5, Interval.NonNegative);
        var section = recipe.Section("model");
        var config = ReadConfig(section) with
        {
            LabelSmoothing = recipe.Section("loss").Number("label_smoothing", 0.1, Interval.Between(0, 0.9)),
            MixupAlpha = recipe.Section("mixup").Number("alpha", 0.4, Interval.NonNegative),
        };
        var startFolder = section.OptionalText("start");
        storage = section.Choice("storage", "float16", ["float32", "float16"]) == "float16" ? DType.Float16 : DType.Float32;
        style = FrequencyMixStyle.Read(recipe.Section("mixstyle"));
        masks = SpectrogramMasks.Read(recipe.Section("spec_augment"));
        frameShare = recipe.Section("spec_augment").Number("frame_share", 0.1, Interval.Unit);
        validationBeam = recipe.Section("validation").WholeNumber("beam", 1, Interval.AtLeast(1));
        seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, Interval.NonNegative);
        var encoder = ConetteConfig.Read(Path.Combine(encoderFolder, "config.json"));
        data = SoundData.Load(recipe, encoder.Encoder.LogMel.SampleRate);
        recipe.Finish();
        var encoderConfig = encoder.Encoder;
        if (encoderConfig is CnnConfig cnn)
            encoderConfig = cnn with { PoolFrames = poolFrames > 0 ? poolFrames : cnn.PoolFrames, FramesHaveTags = framesHaveTags || cnn.FramesHaveTags };

        var tokenizer = CaptionTokenizer.Fit(Sentences(data.Corpus));
        model = ConetteModel.Create(config with { Encoder = encoderConfig, TagLabels = encoder.TagLabels }, tokenizer, precision, device);
        LoadWeights(encoderFolder, weight => weight.Name.StartsWith(EncoderPrefix, StringComparison.Ordinal));
        if (startFolder is not null)
            LoadWeights(startFolder, weight => !weight.Name.StartsWith(EncoderPrefix, StringComparison.Ordinal));
        trained = [.. model.Weights.Entries.Where(weight => trainsEncoder || !weight.Name.StartsWith(EncoderPrefix, StringComparison.Ordinal))];
        foreach (var weight in model.Weights.Entries.Except(trained))
            weight.Tensor.RequiresGrad = false;
        tagLoss = new TagLoss(data.Corpus.Labels.Count, binaryShare);
        source = new FeatureSource(data.Sampler, model.Encoder, device, ExamplesPerEpoch);
        evaluation = new SoundEvaluation(data.Corpus, data.Validation, data.ValidationMixtures);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Weight> Weights => trained;

    /// <inheritdoc/>
    public long ExamplesPerEpoch => data.Train.Clips.Count;

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
        var random = SplitMix64.For(seed, (ulong)epoch, (ulong)first, 2);
        var batch = source.Draw(epoch, first, count);
        var output = Encode(style.Apply(masks.Apply(batch.LogMel, random), random));
        var frames = output.Frames.MaskedFill(FrameCover(output.Frames, random), 0);
        var mixup = model.Config.MixupAlpha > 0 && count > 1 ? Mixup.Draw(random, count, model.Config.MixupAlpha) : null;
        var counts = new long[count];
        Array.Fill(counts, frames.Size(1));
        var captions = Captions(batch.Contents);
        var loss = model.ConetteLoss(
            new ConetteBatch(frames, counts, captions),
            mixup?.ForTensors());
        return scope.Keep(tagShare > 0 ? loss.Add(tagLoss.Of(output.TagLogits, batch.Contents).Mul(tagShare)) : loss);
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken)
    {
        var report = evaluation.Run(model, new ConetteOptions { BeamSize = validationBeam }, cancellationToken);
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
    public void Export(string folder) => model.Save(folder, storage);

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        source.Dispose();
        model.Dispose();
    }

    private static ConetteConfig ReadConfig(RecipeReader section)
    {
        var one = Interval.AtLeast(1);
        return new ConetteConfig
        {
            TaskMode = "none",
            TaskNames = [],
            Width = section.WholeNumber("width", 192, one),
            Heads = section.WholeNumber("heads", 6, one),
            DecoderLayers = section.WholeNumber("layers", 3, one),
            FeedForwardWidth = section.WholeNumber("feed_forward", 768, one),
            DecoderDropout = section.Number("decoder_dropout", 0.2, Interval.Unit),
            ProjectionDropout = section.Number("projection_dropout", 0.3, Interval.Unit),
            BeamSize = section.WholeNumber("beam", 3, one),
            MinPredSize = section.WholeNumber("min_length", 3, Interval.NonNegative),
            MaxPredSize = section.WholeNumber("max_length", 30, one),
        };
    }

    /// <summary>Every sentence form the training can make, so that no word is unknown.</summary>
    private static IEnumerable<string> Sentences(SoundCorpus corpus)
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
        var rows = model.Tokenizer.EncodeBatch([.. contents.Select(content => content.Caption)], addBeginEnd: true, UnknownTokenPolicy.Throw, CaptionPadding.Batch);
        return Tensor.From<long>([.. rows.SelectMany(row => row).Select(id => (long)id)], rows.Length, rows[0].Length).On(model.Weights.Device);
    }

    private EncoderOutput Encode(Tensor logMel)
    {
        if (trainsEncoder)
            return model.Encoder.Encode(logMel, training: true);
        using var noGrad = NoGrad.Begin();
        return model.Encoder.Encode(logMel);
    }

    private Tensor FrameCover(Tensor frames, Random random)
    {
        var (batch, length, width) = ((int)frames.Size(0), (int)frames.Size(1), (int)frames.Size(2));
        var cover = new StripeCover(batch, length, width);
        for (var i = 0; i < batch; i++)
        {
            var rows = SpecAugment.Draw(random, length, highShare: frameShare);
            cover.Add(i, rows, SpecAugment.Draw(random, width, highShare: frameShare));
        }
        return cover.ToTensor(frames.Device);
    }

    private void LoadWeights(string folder, Func<Weight, bool> wanted)
    {
        var stored = Checkpoint.Open(Path.Combine(folder, "model.safetensors")).Tensors;
        using var noGrad = NoGrad.Begin();
        foreach (var weight in model.Weights.Entries.Where(wanted))
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
