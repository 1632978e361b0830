using Auricle.Models;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Families;
using Auricle.Models.Systems.Clap;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>LAION-CLAP without fusion, from a published checkpoint on.</summary>
internal sealed class ClapNetwork : IJointNetwork
{
    private readonly LaionClapModel _model;
    private readonly string _tokenizer;

    private ClapNetwork(LaionClapModel model, string tokenizer, string featureKey) => (_model, _tokenizer, FeatureKey) = (model, tokenizer, featureKey);

    public WeightStore Weights => _model.Weights;

    public int SampleRate => _model.SampleRate;

    public int ClipSamples => _model.WindowSamples;

    public string FeatureKey { get; }

    /// <summary>Reads the sections <c>encoder</c>, <c>text</c> and <c>model</c> of a recipe; opens no file.</summary>
    /// <returns>Makes the network, given the captions that it learns.</returns>
    public static Func<IReadOnlyList<string>, Device, IJointNetwork> Read(RecipeReader recipe)
    {
        var start = recipe.Section("model").RequiredModel("start", "a checkpoint of LAION-CLAP");
        var tokenizer = recipe.Section("text").RequiredModel("tokenizer", "the folder of the tokenizer of roberta-base");
        var precision = TrainingPrecision.Read(recipe.Section("encoder"));
        return (_, device) =>
        {
            var loaded = ClapModel.Load(ModelFiles.Open(start), new ModelLoadOptions { Tokenizer = tokenizer, Device = device, IsTrainable = true, Precision = precision });
            if (loaded is LaionClapModel { IsFused: false } model)
                return new ClapNetwork(model, tokenizer, $"{FrozenFeatures.Describe(start)} clap");
            loaded.Dispose();
            throw new TrainingException($"'{start}' is no LAION-CLAP without fusion, which alone is trained; name another checkpoint (model.start).");
        };
    }

    public bool IsOfAudioEncoder(Weight weight) => weight.Name.StartsWith("audio_branch.", StringComparison.Ordinal);

    public Tensor Temperature()
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(_model.LogScaleOfAudio.Neg().Exp().Unsqueeze(0));
    }

    public void LearnsTemperature(bool learns, double? start)
    {
        using var noGrad = NoGrad.Begin();
        if (start is { } value)
            _model.LogScaleOfAudio.FillInPlace(-Math.Log(value));
        _model.LogScaleOfAudio.RequiresGrad = learns;
    }

    public Tensor Hear(float[] samples) => _model.HearWindow(samples);

    public Tensor EmbedFeatures(FrozenFeatures features, IReadOnlyList<int> clips, bool training) =>
        _model.ProjectAudio(features.Take([.. clips.Select(clip => (clip, 0))], Weights.Device));

    public Tensor EmbedWaves(ClipBatch batch, bool training)
    {
        // Shorter clips are repeated, as embedding does.
        var rows = batch.Kept.Length;
        var waves = new float[rows * ClipSamples];
        for (var row = 0; row < rows; row++)
        {
            var sound = batch.Samples.AsSpan(row * ClipSamples, Math.Max(1, (int)Math.Round(batch.Shares[row] * ClipSamples)));
            _model.FillWindow(sound, waves.AsSpan(row * ClipSamples, ClipSamples));
        }
        using var scope = TensorScope.Begin();
        return scope.Keep(_model.EncodeWaves(Tensor.From<float>(waves, rows, ClipSamples).On(Weights.Device), training));
    }

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
    }
}
