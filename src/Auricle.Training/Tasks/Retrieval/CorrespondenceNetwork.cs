using Auricle.Models;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Atst;
using Auricle.Models.Encoders.Passt;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Families;
using Auricle.Models.Systems.Correspondences;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training;

/// <summary>The model of estimated correspondences (Primus et al. 2024), in its published size or smaller.</summary>
internal sealed class CorrespondenceNetwork : IJointNetwork
{
    private const string TextPrefix = "sentence_embedding_model.";
    private const string AudioPrefix = "audio_embedding_model.";

    private readonly CorrespondenceModel _model;
    private readonly string _tokenizer;
    private readonly string? _fitted;

    private CorrespondenceNetwork(CorrespondenceModel model, string tokenizer, string? fitted, string featureKey) =>
        (_model, _tokenizer, _fitted, FeatureKey) = (model, tokenizer, fitted, featureKey);

    public WeightStore Weights => _model.Weights;

    public int SampleRate => _model.SampleRate;

    public int ClipSamples => _model.ClipSamples;

    public string FeatureKey { get; }

    /// <summary>Reads the sections <c>encoder</c>, <c>text</c> and <c>model</c> of a recipe; opens no file.</summary>
    /// <returns>Makes the network, given the captions that it learns.</returns>
    public static Func<IReadOnlyList<string>, Device, IJointNetwork> Read(RecipeReader recipe)
    {
        var encoder = recipe.Section("encoder");
        var encoderFile = encoder.RequiredModel("file", "the weights of the audio encoder");
        var segment = encoder.Number("segment_seconds", 10, NumberRange.Between(0.5, 60));
        var hop = encoder.Number("hop_seconds", segment, NumberRange.Between(0.5, 60));
        var clip = encoder.Number("clip_seconds", 30, NumberRange.Between(0.5, 600));
        var usesFrames = encoder.Flag("frames", false);
        var timePatchout = encoder.WholeNumber("time_patchout", 0, NumberRange.Between(0, 1000));
        var bandPatchout = encoder.WholeNumber("band_patchout", 0, NumberRange.Between(0, 100));
        var precision = TrainingPrecision.Read(encoder);
        var text = recipe.Section("text");
        var textFolder = text.OptionalModel("folder");
        var tokenizer = text.OptionalModel("tokenizer");
        var sizes = new TextEncoderConfig
        {
            Width = text.WholeNumber("width", 128, NumberRange.Between(64, 4096)),
            Layers = text.WholeNumber("layers", 2, NumberRange.Between(1, 128)),
            FeedForwardWidth = text.WholeNumber("feed_forward", 512, NumberRange.Between(1, 65_536)),
            Positions = text.WholeNumber("positions", 64, NumberRange.Between(8, 4096)),
            HiddenDropout = text.Number("dropout", 0.2, NumberRange.Unit),
        };
        if (sizes.Width % TextEncoderWeights.PublishedHeadWidth != 0)
            text.Reject("width", $"a multiple of {TextEncoderWeights.PublishedHeadWidth}, which every head has");
        var longest = text.WholeNumber("longest", 32, NumberRange.Between(4, 4096));
        var firstToken = text.Flag("first_token", true);
        var model = recipe.Section("model");
        var start = model.OptionalModel("start");
        var width = model.WholeNumber("width", 1024, NumberRange.Between(2, 65_536));
        var audioLayers = model.WholeNumbers("audio_layers", [], NumberRange.Between(1, 65_536));
        var textLayers = model.WholeNumbers("text_layers", [], NumberRange.Between(1, 65_536));
        var sequence = model.WholeNumber("sequence_layers", 0, NumberRange.Between(0, 64));
        return (captions, device) =>
        {
            var compute = PrecisionSupport.Resolve(precision, device);
            if (start is not null)
            {
                // A later stage: the sizes are those of the first, and so are its words.
                var files = ModelFiles.Open(start);
                var loaded = CorrespondenceModel.Load(files, new ModelLoadOptions { Tokenizer = tokenizer, Device = device, IsTrainable = true, Precision = precision });
                // An encoder that did not learn gives what it gave before: the vectors of the first stage serve.
                return new CorrespondenceNetwork(loaded, tokenizer ?? start, null, EncoderKey(encoderFile, loaded.Config, loaded));
            }
            string? fitted = null;
            try
            {
                if (tokenizer is null && textFolder is null)
                {
                    fitted = Directory.CreateTempSubdirectory("auricle-words-").FullName;
                    SubwordTokenizer.FitWordList(captions, fitted);
                }
                var words = SubwordTokenizer.Load(tokenizer ?? textFolder ?? fitted!);
                var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
                var audio = ReadAudio(encoderFile, timePatchout, bandPatchout);
                foreach (var (name, tensor) in audio.Tensors)
                    tensors[$"{AudioPrefix}model.{(audio.Config is AtstConfig ? "atst" : "model")}.{name}"] = tensor;
                var textConfig = ReadText(textFolder, sizes with { VocabularySize = words.Vocabulary.Count }, tensors);
                var config = new CorrespondenceConfig
                {
                    Audio = audio.Config,
                    Text = textConfig,
                    Width = width,
                    AudioLayers = audioLayers,
                    TextLayers = textLayers,
                    Sequence = sequence == 0 ? null : new SequenceConfig { Layers = sequence, Projects = true },
                    SegmentSeconds = segment,
                    HopSeconds = hop,
                    ClipSeconds = clip,
                    UsesFrames = usesFrames || audio.Config is AtstConfig,
                    UsesFirstToken = firstToken,
                    MaximumTokens = Math.Min(longest, textConfig.MaximumLength),
                };
                var created = CorrespondenceModel.Create(config, words, tensors, compute, device);
                return new CorrespondenceNetwork(created, tokenizer ?? textFolder ?? fitted!, fitted, EncoderKey(encoderFile, config, created));
            }
            catch
            {
                if (fitted is not null)
                    Directory.Delete(fitted, recursive: true);
                throw;
            }
        };
    }

    public Tensor Temperature() => _model.Tau.Abs();

    public void LearnsTemperature(bool learns, double? start)
    {
        using var noGrad = NoGrad.Begin();
        if (start is { } value)
            _model.Tau.FillInPlace(value);
        _model.Tau.RequiresGrad = learns;
    }

    public bool IsOfAudioEncoder(Weight weight) => weight.Name.StartsWith(AudioPrefix, StringComparison.Ordinal);

    public Tensor Hear(float[] samples)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(_model.HearClip(samples));
    }

    public Tensor EmbedFeatures(FrozenFeatures features, IReadOnlyList<int> clips, bool training)
    {
        using var scope = TensorScope.Begin();
        var counts = clips.Select(features.Count).ToArray();
        var batch = features.Gather(clips, _model.VectorsOf(counts.Max()), Weights.Device);
        var mask = new float[clips.Count * batch.Size(1)];
        for (var i = 0; i < counts.Length; i++)
            mask.AsSpan(i * (int)batch.Size(1), counts[i]).Fill(1);
        var pooled = _model.Pool(batch, Tensor.From<float>(mask, clips.Count, batch.Size(1)).On(Weights.Device), training);
        return scope.Keep(_model.ProjectAudio(pooled));
    }

    public Tensor EmbedWaves(ClipBatch batch, bool training) => _model.EncodeWaves(batch.Waves(Weights.Device), batch.Shares, training);

    public Tensor EmbedTexts(IReadOnlyList<string> texts, bool training)
    {
        using var scope = TensorScope.Begin();
        var (ids, mask) = _model.Tokenize(texts).On(Weights.Device);
        return scope.Keep(_model.EncodeTokens(ids, mask, training));
    }

    public void Save(string folder)
    {
        _model.Save(folder);
        SubwordTokenizer.Copy(_tokenizer, folder);
    }

    public void Dispose()
    {
        _model.Dispose();
        if (_fitted is not null)
            Directory.Delete(_fitted, recursive: true);
    }

    private static PublishedEncoder ReadAudio(string file, int timePatchout, int bandPatchout)
    {
        var published = EncoderFamily.ReadFile(ModelFiles.Open(file), file);
        // Its tags play no part.
        var config = published.Config with { Tags = 0 };
        return published with { Config = config is PasstConfig passt ? passt with { TimePatchout = timePatchout, BandPatchout = bandPatchout } : config };
    }

    private static TextEncoderConfig ReadText(string? folder, TextEncoderConfig sizes, Dictionary<string, StoredTensor> tensors)
    {
        if (folder is null)
            return sizes with { Heads = sizes.Width / TextEncoderWeights.PublishedHeadWidth, AttentionDropout = sizes.HiddenDropout };
        var files = ModelFiles.Open(folder);
        foreach (var (name, tensor) in TextEncoderWeights.FromCheckpoint(files.Tensors, files.Weights))
            tensors[TextPrefix + name] = tensor;
        return TextEncoderConfig.Read(files.RequiredConfigPath) with { HiddenDropout = sizes.HiddenDropout, AttentionDropout = sizes.HiddenDropout };
    }

    private static string EncoderKey(string file, CorrespondenceConfig config, CorrespondenceModel model)
    {
        // An encoder that learned in an earlier stage is no longer the file's; the sum of its weights tells.
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var sums = model.Weights.Entries.Where(entry => entry.Name.StartsWith(AudioPrefix, StringComparison.Ordinal) && !entry.IsBuffer)
            .Select(entry => entry.Tensor.Abs().Sum().ToDouble()).Sum();
        return FormattableString.Invariant($"{Path.GetFileName(file)} {config.SegmentSeconds} {config.HopSeconds} {config.ClipSeconds} {config.UsesFrames} {sums:R}");
    }
}
