using Auricle.Models;
using Auricle.Models.Decoders;
using Auricle.Models.Encoders;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Models.Systems.MiniAudioCaption;
using Auricle.Text.Subwords;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// Mini audio caption's training: a Llama-style decoder learns to write captions behind one vector of the whole sound. The encoder does
/// not learn, so its vectors are computed once: of the clips of a data set, or of a number of mixtures of labelled sounds.
/// </summary>
public sealed class MiniAudioCaptionTask : ITrainingTask
{
    private const int CaptionsAtATime = 32;

    private readonly MiniAudioCaptionModel _model;
    private readonly FrozenFeatures _features;
    private readonly CaptionPairs _train;
    private readonly (FrozenFeatures Features, CaptionPairs Pairs)? _validation;
    private readonly SoundEvaluation? _evaluation;
    private readonly SkippedClips _skipped;
    private readonly CaptionedClips? _clips;
    private readonly string _tokenizer;
    private readonly string? _fitted;
    private readonly ulong _seed;

    /// <summary>Builds model and data from a recipe. Its settings are checked, all of them, before any file is opened.</summary>
    public MiniAudioCaptionTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var device = TrainingDevice.Read(recipe);
        _seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, NumberRange.NonNegative);
        var cache = recipe.Section("data").OptionalText("cache");
        var encoder = recipe.Section("encoder");
        var encoderFile = encoder.RequiredModel("file", "the weights of the audio encoder");
        // Of each sound so many stretches are heard, of which training takes one; 0 hears it whole, as captioning does.
        var crops = encoder.WholeNumber("crops", 0, NumberRange.Between(0, 1000));
        var cropSeconds = encoder.Number("crop_seconds", 10, NumberRange.Between(0.5, 600));
        var precision = TrainingPrecision.Read(encoder);
        var tokenizer = recipe.Section("text").OptionalModel("tokenizer");
        var model = recipe.Section("model");
        var config = new LlamaConfig
        {
            Width = model.WholeNumber("width", 768, NumberRange.Between(8, 16_384)),
            Layers = model.WholeNumber("layers", 12, NumberRange.Between(1, 1_024)),
            Heads = model.WholeNumber("heads", 12, NumberRange.Between(1, 1_024)),
            Positions = model.WholeNumber("positions", 1024, NumberRange.Between(MiniAudioCaptionText.Length + 1, 1 << 20)),
        };
        if (config.Width % (2 * config.Heads) != 0)
            model.Reject("width", $"a multiple of twice model.heads, {2 * config.Heads}");
        var pool = recipe.Section("mixtures").WholeNumber("pool", 0, NumberRange.Between(0, 10_000_000));
        var mostSkipped = SkippedClips.ReadShare(recipe);
        var loadClips = pool == 0 ? CaptionedClips.Read(recipe) : null;
        var loadSounds = pool > 0 ? SoundData.Read(recipe) : null;
        recipe.Finish();

        var published = EncoderFamily.ReadFile(ModelFiles.Open(encoderFile), encoderFile);
        var sounds = loadSounds?.Invoke(published.Config.SampleRate);
        var clips = loadClips?.Invoke();
        _clips = clips;
        _skipped = new SkippedClips((clips?.Train.Count ?? pool) + (clips?.Validation.Count ?? 0), mostSkipped, clips?.LeftOut);
        var words = clips?.Train.SelectMany(clip => clip.Captions) ?? CaptioningTask.Sentences(sounds!.Corpus);
        if (tokenizer is null)
        {
            _fitted = Directory.CreateTempSubdirectory("auricle-words-").FullName;
            SubwordTokenizer.FitWordList(words.Select(MiniAudioCaptionText.Normalise), _fitted);
        }
        try
        {
            _tokenizer = tokenizer ?? _fitted!;
            var pieces = SubwordTokenizer.Load(_tokenizer);
            using (var shapes = WeightStore.Shapes())
                config = config with { VocabularySize = pieces.Vocabulary.Count, LatentWidth = EncoderFamily.Create(published.Config with { Tags = 0 }, shapes.Root).ClipWidth };
            _model = MiniAudioCaptionModel.Create(config, published, pieces, PrecisionSupport.Resolve(precision, device), device);
            foreach (var weight in _model.Weights.Entries.Where(IsOfEncoder))
                weight.Tensor.RequiresGrad = false;
            Weights = [.. _model.Weights.Entries.Where(weight => !IsOfEncoder(weight))];

            var key = $"{FrozenFeatures.Describe(encoderFile)} whole {crops} {(crops > 0 ? cropSeconds : 0)}";
            var cropSamples = (int)(cropSeconds * published.Config.SampleRate);
            IReadOnlyList<CaptionedClip> learned;
            if (clips is not null)
                _features = FrozenFeatures.Load(learned = clips.Train, published.Config.SampleRate, key, cache, _skipped, samples => Hear(samples, crops, cropSamples));
            else
                (learned, _features) = HearMixtures(sounds!, pool, key, cache);
            _train = new CaptionPairs(learned, _seed, clip => _features.Count(clip) > 0);
            if (clips is { Validation.Count: > 0 })
            {
                var features = FrozenFeatures.Load(clips.Validation, published.Config.SampleRate, $"{FrozenFeatures.Describe(encoderFile)} whole 0 0", cache, _skipped, samples => Hear(samples, 0, 0));
                _validation = (features, new CaptionPairs(clips.Validation, _seed, clip => features.Count(clip) > 0));
            }
            if (sounds is not null)
                _evaluation = new SoundEvaluation(sounds.Corpus, sounds.Validation, sounds.ValidationMixtures);
            if (_train.Count < 2)
                throw new CorpusException("The data have fewer than two pairs of a sound and a caption to learn from; name another folder (data.folder).");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Weight> Weights { get; }

    /// <inheritdoc/>
    public long ExamplesPerEpoch => _train.Count;

    /// <inheritdoc/>
    public string Monitor => "val_score";

    /// <inheritdoc/>
    public SkippedClips? Skipped => _skipped;

    /// <inheritdoc/>
    public bool Decays(Weight weight) => true;

    /// <inheritdoc/>
    public Tensor Loss(int epoch, long first, int count)
    {
        var pairs = _train.Take(epoch, first, count);
        var random = SplitMix64.For(_seed, (ulong)epoch, (ulong)first, 4);
        return PairLoss(_features, _train, pairs, clip => random.Next(_features.Count(clip)));
    }

    /// <inheritdoc/>
    /// <remarks>The score of a data set is the probability of a token, on the geometric mean: it grows as the loss falls.</remarks>
    public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken)
    {
        if (_evaluation is not null)
        {
            var report = _evaluation.Run(_model, new CaptioningOptions { BeamSize = 1 }, cancellationToken: cancellationToken);
            double[] shares = [SoundEvaluationReport.Share(report.Clips), SoundEvaluationReport.Share(report.Esc10), SoundEvaluationReport.Share(report.Mixtures)];
            return [new("val_accuracy", shares[0]), new("val_esc10", shares[1]), new("val_both", shares[2]), new("val_score", shares.Average())];
        }
        using var noGrad = NoGrad.Begin();
        var (features, pairs) = _validation ?? (_features, _train);
        var (sum, seen) = (0.0, 0);
        foreach (var some in pairs.Take(0, 0, pairs.Count).Chunk(CaptionsAtATime))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            sum += PairLoss(features, pairs, some, _ => 0).ToDouble() * some.Length;
            seen += some.Length;
        }
        var loss = sum / Math.Max(1, seen);
        return [new("val_loss", loss), new("val_score", Math.Exp(-loss))];
    }

    /// <inheritdoc/>
    public void Export(string folder)
    {
        _model.Save(folder);
        SubwordTokenizer.Copy(_tokenizer, folder);
    }

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        _model?.Dispose();
        _features?.Dispose();
        _validation?.Features.Dispose();
        _clips?.Dispose();
        if (_fitted is not null && Directory.Exists(_fitted))
            Directory.Delete(_fitted, recursive: true);
    }

    private static bool IsOfEncoder(Weight weight) => weight.Name.StartsWith(MiniAudioCaptionModel.EncoderPrefix, StringComparison.Ordinal);

    /// <summary>A number of mixtures with their captions, and what the encoder gives for them.</summary>
    private (CaptionedClip[] Clips, FrozenFeatures Features) HearMixtures(SoundData sounds, int count, string key, string? cache)
    {
        var captions = new string?[count];
        var features = FrozenFeatures.Load(count, $"{key} {sounds.Sampler.Identity} {count}", cache, i =>
        {
            var drawn = sounds.Sampler.Draw(0, i);
            captions[i] = drawn.Content.Caption;
            return Hear(drawn.Samples, 0, 0);
        });
        // Where the vectors were kept from an earlier run, the captions are drawn anew.
        Parallel.For(0, count, i => captions[i] ??= sounds.Sampler.Draw(0, i).Content.Caption);
        return ([.. captions.Select((caption, i) => new CaptionedClip(FormattableString.Invariant($"mixture {i}"), "", [caption!]))], features);
    }

    /// <returns>[1 or crops, latent width].</returns>
    private Tensor Hear(float[] samples, int crops, int cropSamples)
    {
        using var scope = TensorScope.Begin();
        if (crops == 0)
            return scope.Keep(_model.HearWhole(samples));
        // The same crops each time: they depend on the sound's length and on nothing else.
        var random = new SplitMix64((ulong)samples.Length);
        return scope.Keep(Tensor.Cat([.. Enumerable.Range(0, crops).Select(_ =>
        {
            var start = samples.Length > cropSamples ? random.Next(samples.Length - cropSamples + 1) : 0;
            var wave = new float[cropSamples];
            samples.AsSpan(start, Math.Min(cropSamples, samples.Length - start)).CopyTo(wave);
            return _model.HearWhole(wave);
        })]));
    }

    private Tensor PairLoss(FrozenFeatures features, CaptionPairs pairs, (int Clip, int Caption)[] some, Func<int, int> choose)
    {
        using var scope = TensorScope.Begin();
        var latents = features.Take([.. some.Select(pair => (pair.Clip, choose(pair.Clip)))], _model.Weights.Device).Unsqueeze(1);
        var tokens = _model.Text.Encode([.. some.Select(pair => pairs.Captions[pair.Caption])]);
        // What fills the longest caption of the batch does not count, so it is not computed.
        var longest = Enumerable.Range(0, tokens.Rows).Max(row => tokens.Mask.AsSpan(row * tokens.Length, tokens.Length).Count(1L));
        var ids = Tensor.From<long>(tokens.Ids, tokens.Rows, tokens.Length).Narrow(1, 0, longest);
        return scope.Keep(_model.Loss(latents, ids.On(_model.Weights.Device)));
    }
}
