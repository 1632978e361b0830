using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// Trains a model that brings sounds and captions into one space: from the pairs of a data set, or from correspondences that earlier
/// models estimated. Where the audio encoder does not learn, its vectors are computed once.
/// </summary>
public sealed class RetrievalTask : ITrainingTask
{
    private const int TextsAtATime = 64;

    private readonly IJointNetwork _network;
    private readonly CaptionedClips _clips;
    private readonly CaptionPairs _train;
    private readonly (IReadOnlyList<CaptionedClip> Clips, CaptionPairs Pairs, FrozenFeatures? Features)[] _measured;
    private readonly FrozenFeatures? _features;
    private readonly ClipWaves? _waves;
    private readonly CorrespondenceEstimates? _estimates;
    private readonly SkippedClips _skipped;
    private readonly ulong _seed;
    private readonly bool _isInfoNce;
    private readonly double _supervised, _distilled;
    private readonly int _batch;

    /// <summary>Builds model and data from a recipe. Its settings are checked, all of them, before any file is opened.</summary>
    public RetrievalTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var device = TrainingDevice.Read(recipe);
        _seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, NumberRange.NonNegative);
        _batch = recipe.Section("optimizer").WholeNumber("batch", 32, NumberRange.Between(2, 1_000_000));
        var dropsLast = recipe.Section("data").Flag("drop_last", true);
        var cache = recipe.Section("data").OptionalText("cache");
        var mostSkipped = SkippedClips.ReadShare(recipe);
        var loadClips = CaptionedClips.Read(recipe);
        var loss = recipe.Section("loss");
        _isInfoNce = loss.Choice("name", "contrastive", ["contrastive", "info_nce"]) == "info_nce";
        var temperature = loss.Number("temperature", 0.05, NumberRange.Positive);
        var learnsTemperature = loss.Flag("learn_temperature", false);
        _supervised = loss.Number("supervised", 1, NumberRange.NonNegative);
        _distilled = loss.Number("distilled", 0, NumberRange.NonNegative);
        var estimates = loss.OptionalText("estimates");
        if (_distilled > 0 && estimates is null)
            loss.Reject("distilled", "0 where loss.estimates names no estimated correspondences");
        if (_distilled == 0 && _supervised == 0)
            loss.Reject("supervised", "more than 0 where loss.distilled is 0");
        var trainsEncoder = recipe.Section("encoder").Flag("train", false);
        var system = recipe.Section("model").Choice("system", "correspondences", ["correspondences", "dcase2023", "laion_clap"]);
        var makeNetwork = system switch
        {
            "dcase2023" => BaselineNetwork.Read(recipe),
            "laion_clap" => ClapNetwork.Read(recipe),
            _ => CorrespondenceNetwork.Read(recipe),
        };
        var measuresTest = recipe.Section("validation").Flag("test", false);
        recipe.Finish();

        _clips = loadClips();
        _skipped = new SkippedClips(_clips.Train.Count + _clips.Validation.Count + (measuresTest ? _clips.Test.Count : 0), mostSkipped, _clips.LeftOut);
        try
        {
            _network = makeNetwork([.. _clips.Train.SelectMany(clip => clip.Captions)], device);
            foreach (var weight in _network.Weights.Entries.Where(weight => !trainsEncoder && _network.IsOfAudioEncoder(weight)))
                weight.Tensor.RequiresGrad = false;
            _network.LearnsTemperature(learnsTemperature, recipe.Section("model").Has("start") && !recipe.Section("loss").Has("temperature") ? null : temperature);
            Weights = [.. _network.Weights.Entries.Where(weight => trainsEncoder || !_network.IsOfAudioEncoder(weight))];
            if (trainsEncoder)
                _waves = new ClipWaves(_clips.Train, Load, _network.ClipSamples, _skipped);
            else
                _features = Hear(_clips.Train);
            _train = new CaptionPairs(_clips.Train, _seed, clip => _features is null || _features.Count(clip) > 0);
            if (_train.Count < 2)
                throw new CorpusException("The data have fewer than two pairs of a sound and a caption to learn from; name another folder (data.folder).");
            ExamplesPerEpoch = dropsLast && _train.Count >= _batch ? _train.Count / _batch * _batch : _train.Count;
            _measured = [.. new[] { _clips.Validation, measuresTest ? _clips.Test : [] }.Select(Measured)];
            if (estimates is not null)
                _estimates = CorrespondenceEstimates.Read(estimates, _clips.Train, _train.Captions, device);
        }
        catch
        {
            Dispose();
            throw;
        }

        FrozenFeatures Hear(IReadOnlyList<CaptionedClip> clips) =>
            FrozenFeatures.Load(clips, _network.SampleRate, _network.FeatureKey, cache, _skipped, _network.Hear);

        (IReadOnlyList<CaptionedClip>, CaptionPairs, FrozenFeatures?) Measured(IReadOnlyList<CaptionedClip> clips)
        {
            // An encoder that learns is asked anew at each validation, but the sounds that cannot be read are known from then on.
            var features = trainsEncoder || clips.Count == 0 ? null : Hear(clips);
            return (clips, new CaptionPairs(clips, _seed, clip => features is null || features.Count(clip) > 0), features);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Weight> Weights { get; }

    /// <inheritdoc/>
    public long ExamplesPerEpoch { get; }

    /// <inheritdoc/>
    public string Monitor => CaptionQueries.Monitor;

    /// <inheritdoc/>
    public SkippedClips? Skipped => _skipped;

    /// <inheritdoc/>
    public bool Decays(Weight weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return true;
    }

    /// <inheritdoc/>
    public Tensor Loss(int epoch, long first, int count)
    {
        using var scope = TensorScope.Begin();
        var pairs = _train.Take(epoch, first, count);
        Tensor audio;
        if (_features is not null)
        {
            audio = _network.EmbedFeatures(_features, [.. pairs.Select(pair => pair.Clip)], training: true);
        }
        else
        {
            var waves = _waves!.Read([.. pairs.Select(pair => pair.Clip)], CropSeed(epoch, first), Next(epoch, first, count));
            pairs = [.. waves.Kept.Select(i => pairs[i])];
            if (pairs.Length == 0)
                throw new CorpusException($"None of the {count} sounds of a batch can be read; see the list of skipped sounds.");
            audio = _network.EmbedWaves(waves, training: true);
        }
        int[] clips = [.. pairs.Select(pair => pair.Clip)];
        int[] captions = [.. pairs.Select(pair => pair.Caption)];
        var text = _network.EmbedTexts([.. captions.Select(caption => _train.Captions[caption])], training: true);
        var temperature = _network.Temperature();
        var logits = RetrievalLoss.Cosines(audio, text).Div(temperature);
        var distilled = _distilled == 0 ? null : RetrievalLoss.Distillation(logits, _estimates!.Of(clips, captions).Div(temperature));
        return scope.Keep(RetrievalLoss.Combine(Supervised(logits, clips), distilled, _supervised, _distilled));
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken)
    {
        var values = new List<KeyValuePair<string, double>>();
        foreach (var ((clips, pairs, features), name) in _measured.Zip(["val", "test"]))
        {
            if (clips.Count > 0)
                values.AddRange(Measure(clips, pairs, features, name, cancellationToken));
        }
        return values;
    }

    /// <inheritdoc/>
    public void Export(string folder) => _network.Save(folder);

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        _features?.Dispose();
        foreach (var (_, _, features) in _measured ?? [])
            features?.Dispose();
        _estimates?.Dispose();
        _network?.Dispose();
        _clips.Dispose();
    }

    private float[] Load(CaptionedClip clip) => clip.Load(_network.SampleRate).Samples;

    private Tensor Supervised(Tensor logits, IReadOnlyList<int> clips) =>
        _isInfoNce ? RetrievalLoss.InfoNce(logits, clips) : RetrievalLoss.Contrastive(logits, clips);

    private ulong CropSeed(int epoch, long first) => SplitMix64.For(_seed, (ulong)epoch, (ulong)first, 3).State;

    private (int[] Clips, ulong Seed)? Next(int epoch, long first, int count)
    {
        var next = first + count;
        var size = (int)Math.Min(count, ExamplesPerEpoch - next);
        return size <= 0 ? null : ([.. _train.Take(epoch, next, size).Select(pair => pair.Clip)], CropSeed(epoch, next));
    }

    /// <summary>Every caption is a query, to which all sounds belong that have it.</summary>
    private IEnumerable<KeyValuePair<string, double>> Measure(
        IReadOnlyList<CaptionedClip> clips, CaptionPairs pairs, FrozenFeatures? features, string name, CancellationToken cancellationToken)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var (audio, kept) = EmbedAll(clips, features, cancellationToken);
        var queries = new CaptionQueries(pairs, kept);
        var text = Tensor.Cat([.. queries.Texts.Chunk(TextsAtATime).Select(some => _network.EmbedTexts(some, training: false))]);
        return [new($"{name}_loss", PairLoss(audio, text, pairs, queries)), .. queries.Measure(name, audio, text)];
    }

    /// <summary>The supervised loss over the pairs, in batches of the training's size.</summary>
    private double PairLoss(Tensor audio, Tensor text, CaptionPairs pairs, CaptionQueries queries)
    {
        var placeOf = queries.PlaceOf;
        var rowOf = queries.Captions.Select((caption, row) => (caption, row)).ToDictionary(pair => pair.caption, pair => pair.row);
        var (sum, count) = (0.0, 0);
        foreach (var batch in pairs.Take(0, 0, pairs.Count).Where(pair => placeOf.ContainsKey(pair.Clip)).Chunk(_batch))
        {
            using var scope = TensorScope.Begin();
            Tensor Rows(Tensor all, IEnumerable<int> rows) => all.IndexSelect(0, Tensor.From<long>([.. rows.Select(row => (long)row)], batch.Length).On(all.Device));
            var logits = RetrievalLoss.Cosines(Rows(audio, batch.Select(pair => placeOf[pair.Clip])), Rows(text, batch.Select(pair => rowOf[pair.Caption]))).Div(_network.Temperature());
            sum += Supervised(logits, [.. batch.Select(pair => pair.Clip)]).ToDouble();
            count++;
        }
        return sum / Math.Max(1, count);
    }

    /// <returns>[kept, space], and which clips were kept.</returns>
    private (Tensor Audio, int[] Kept) EmbedAll(IReadOnlyList<CaptionedClip> clips, FrozenFeatures? features, CancellationToken cancellationToken)
    {
        var parts = new List<Tensor>();
        var kept = new List<int>();
        var waves = features is null ? new ClipWaves(clips, Load, _network.ClipSamples, _skipped) : null;
        foreach (var some in Enumerable.Range(0, clips.Count).Where(clip => features is null || features.Count(clip) > 0).Chunk(_batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (features is not null)
            {
                parts.Add(_network.EmbedFeatures(features, some, training: false));
                kept.AddRange(some);
                continue;
            }
            var batch = waves!.Read(some, seed: 1);
            if (batch.Kept.Length > 0)
                parts.Add(_network.EmbedWaves(batch, training: false));
            kept.AddRange(batch.Kept.Select(i => some[i]));
        }
        return (Tensor.Cat([.. parts]), [.. kept]);
    }
}
