using Auricle.Models;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Families;
using Auricle.Models.Systems.Dcase2023;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>The baseline of DCASE 2023, task 6B: a CNN14 that learns, and a linear layer over vectors of Sentence-BERT, which does not.</summary>
internal sealed class BaselineNetwork : IJointNetwork
{
    private readonly Dcase2023Model _model;
    private readonly SentenceEncoder _sentences;
    private readonly Dictionary<string, float[]> _vectors = new(StringComparer.Ordinal);
    private readonly double _clipSeconds;

    private double _temperature = 0.07;

    private BaselineNetwork(Dcase2023Model model, SentenceEncoder sentences, double clipSeconds) =>
        (_model, _sentences, _clipSeconds) = (model, sentences, clipSeconds);

    public WeightStore Weights => _model.Weights;

    public int SampleRate => _model.SampleRate;

    public int ClipSamples => Math.Max((int)(_clipSeconds * SampleRate), _model.Audio.MinimumSamples);

    public string FeatureKey => "";

    /// <summary>Reads the sections <c>encoder</c> and <c>text</c> of a recipe; opens no file.</summary>
    /// <returns>Makes the network, given the captions that it learns.</returns>
    public static Func<IReadOnlyList<string>, Device, IJointNetwork> Read(RecipeReader recipe)
    {
        var encoder = recipe.Section("encoder");
        var file = encoder.RequiredModel("file", "the weights of CNN14");
        var clip = encoder.Number("clip_seconds", 30, NumberRange.Between(0.5, 60));
        if (!encoder.Flag("train", false))
            encoder.Reject("train", "true; what is to stay as it is, optimizer.freeze names, for example ['audio_enc.conv*', 'audio_enc.bn0*', 'audio_enc.fc1*']");
        var precision = TrainingPrecision.Read(encoder);
        var folder = recipe.Section("text").RequiredModel("folder", "the folder of Sentence-BERT, all-mpnet-base-v2");
        var width = recipe.Section("model").WholeNumber("width", 300, NumberRange.Between(2, 65_536));
        return (_, device) =>
        {
            var published = EncoderFamily.ReadFile(ModelFiles.Open(file), file);
            if (published.Config is not CnnConfig)
                throw new TrainingException($"'{file}' is no CNN14, which the baseline of DCASE 2023 hears with; name its weights (encoder.file).");
            var sentences = SentenceEncoder.Load(folder, new ModelLoadOptions { Device = device });
            try
            {
                var model = Dcase2023Model.Create(published, sentences.Width, width, PrecisionSupport.Resolve(precision, device), device);
                return new BaselineNetwork(model, sentences, clip);
            }
            catch
            {
                sentences.Dispose();
                throw;
            }
        };
    }

    public bool IsOfAudioEncoder(Weight weight) => weight.Name.StartsWith(Dcase2023Weights.Audio + ".", StringComparison.Ordinal);

    // Settings say that the encoder learns.
    public Tensor Hear(float[] samples) => throw new InvalidOperationException("The encoder of the baseline learns; it has no vectors to keep.");

    public Tensor EmbedFeatures(FrozenFeatures features, IReadOnlyList<int> clips, bool training) =>
        throw new InvalidOperationException("The encoder of the baseline learns; it has no vectors to keep.");

    public Tensor Temperature() => Tensor.Full([1], _temperature, DType.Float32, device: Weights.Device);

    public void LearnsTemperature(bool learns, double? start)
    {
        if (learns)
            throw new TrainingException("The baseline of DCASE 2023 has no temperature that learns; leave out loss.learn_temperature.");
        _temperature = start ?? _temperature;
    }

    public Tensor EmbedWaves(ClipBatch batch, bool training)
    {
        using var scope = TensorScope.Begin();
        // Clips are filled to the longest of the batch, as the authors do.
        var longest = (long)Math.Ceiling(batch.Shares.Max() * ClipSamples);
        return scope.Keep(_model.EncodeWaves(batch.Waves(Weights.Device).Narrow(1, 0, Math.Max(longest, _model.Audio.MinimumSamples)), training));
    }

    public Tensor EmbedTexts(IReadOnlyList<string> texts, bool training)
    {
        using var scope = TensorScope.Begin();
        // Sentence-BERT does not learn: each caption is read once.
        string[] fresh = [.. texts.Where(text => !_vectors.ContainsKey(text)).Distinct(StringComparer.Ordinal)];
        if (fresh.Length > 0)
        {
            foreach (var (text, vector) in fresh.Zip(_sentences.Embed(fresh)))
                _vectors[text] = vector;
        }
        return scope.Keep(_model.ProjectText(Tensor.From<float>([.. texts.SelectMany(text => _vectors[text])], texts.Count, _sentences.Width).On(Weights.Device)));
    }

    public void Save(string folder) => _model.Save(folder);

    public void Dispose()
    {
        _model.Dispose();
        _sentences.Dispose();
    }
}
