using Auricle.Evaluation;
using Auricle.Models;
using Auricle.Models.Encoders;
using Auricle.Models.Families;
using Auricle.Models.Systems.Conette;
using Auricle.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training;

/// <summary>
/// CoNeTTE's training as its authors do it: over the frame vectors of an encoder that does not learn, which are computed once, a
/// projection and a Transformer learn to write captions; an epoch has every target clip with one of its captions, and as many of the
/// other data sets.
/// </summary>
public sealed class ConetteTask : ITrainingTask
{
    private const string EncoderPrefix = "preprocessor.encoder.";
    private const int ClipsAtATime = 32;

    private readonly ConetteModel _model;
    private readonly IReadOnlyList<CaptionedClip> _targets, _others, _validation;
    private readonly FrozenFeatures _ofTargets, _ofValidation;
    private readonly FrozenFeatures? _ofOthers;
    private readonly CaptionedClips _clips;
    private readonly SkippedClips _skipped;
    private readonly int[] _readableTargets, _readableOthers, _readableValidation;
    private readonly ulong _seed;
    private readonly double _frameShare;
    private readonly int _added;
    private (int Epoch, (bool IsTarget, int Clip)[] Items)? _epoch;

    /// <summary>Builds model and data from a recipe. Its settings are checked, all of them, before any file is opened.</summary>
    public ConetteTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var device = TrainingDevice.Read(recipe);
        _seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, NumberRange.NonNegative);
        var cache = recipe.Section("data").OptionalText("cache");
        var added = recipe.Section("data").OptionalWholeNumber("added", null, NumberRange.NonNegative);
        var encoder = recipe.Section("encoder");
        var encoderFile = encoder.RequiredModel("file", "the weights of the audio encoder");
        var precision = TrainingPrecision.Read(encoder);
        _frameShare = recipe.Section("spec_augment").Number("frame_share", 0.1, NumberRange.Unit);
        var config = CaptioningTask.ReadConfig(recipe.Section("model")) with
        {
            LabelSmoothing = recipe.Section("loss").Number("label_smoothing", 0.2, NumberRange.Between(0, 0.9)),
            MixupAlpha = recipe.Section("mixup").Number("alpha", 0.4, NumberRange.NonNegative),
        };
        var usesTasks = recipe.Section("model").Flag("tasks", true);
        var mostSkipped = SkippedClips.ReadShare(recipe);
        var loadClips = CaptionedClips.Read(recipe);
        recipe.Finish();

        var clips = _clips = loadClips();
        (_targets, _others, _validation) = (clips.Train, clips.Others, clips.Validation);
        _skipped = new SkippedClips(_targets.Count + _others.Count + _validation.Count, mostSkipped, clips.LeftOut);
        var published = EncoderFamily.ReadFile(ModelFiles.Open(encoderFile), encoderFile);
        if (usesTasks)
            config = config with { TaskMode = "ds_src", TaskNames = [.. _targets.Concat(_others).Select(clip => clip.Task).Distinct(StringComparer.Ordinal)] };
        // Every word of the training captions is kept, in the order in which it is met.
        var tokenizer = CaptionTokenizer.Fit(_targets.Concat(_others).SelectMany(clip => clip.Captions));
        _model = ConetteModel.Create(config with { Encoder = published.Config }, tokenizer, precision, device);
        try
        {
            LoadEncoder(published);
            foreach (var weight in _model.Weights.Entries.Where(IsOfEncoder))
                weight.Tensor.RequiresGrad = false;
            Weights = [.. _model.Weights.Entries.Where(weight => !IsOfEncoder(weight))];
            var key = $"{FrozenFeatures.Describe(encoderFile)} frames";
            FrozenFeatures Hear(IReadOnlyList<CaptionedClip> some) => FrozenFeatures.Load(some, _model.SampleRate, key, cache, _skipped, HearFrames, takesPackedFeatures: true);
            (_ofTargets, _ofOthers, _ofValidation) = (Hear(_targets), _others.Count == 0 ? null : Hear(_others), Hear(_validation));
            _readableTargets = Readable(_ofTargets, _targets.Count);
            _readableOthers = _ofOthers is null ? [] : Readable(_ofOthers, _others.Count);
            _readableValidation = Readable(_ofValidation, _validation.Count);
            if (_readableTargets.Length < 2)
                throw new CorpusException("The data have fewer than two sounds with captions to learn from; name others (data.train or data.folder).");
            _added = Math.Min(added ?? _readableTargets.Length, _readableOthers.Length);
        }
        catch
        {
            Dispose();
            throw;
        }

        static int[] Readable(FrozenFeatures features, int count) => [.. Enumerable.Range(0, count).Where(clip => features.Count(clip) > 0)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<Weight> Weights { get; } = [];

    /// <inheritdoc/>
    public long ExamplesPerEpoch => _readableTargets.Length + _added;

    /// <inheritdoc/>
    /// <remarks>The authors choose by FENSE, which needs two more models; here it is CIDEr-D.</remarks>
    public string Monitor => "val_cider_d";

    /// <inheritdoc/>
    public SkippedClips? Skipped => _skipped;

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
        var random = SplitMix64.For(_seed, (ulong)epoch, (ulong)first, 5);
        var items = Items(epoch).AsSpan((int)first, count).ToArray();
        var frames = Frames(items, random);
        var captions = items.Select(item => ClipOf(item)).Select(clip => (clip.Task, Caption: clip.Captions[random.Next(clip.Captions.Count)])).ToArray();
        var mixup = _model.Config.MixupAlpha > 0 && count > 1 ? Mixup.Draw(random, count, _model.Config.MixupAlpha) : null;
        return scope.Keep(_model.ConetteLoss(new ConetteBatch(frames.Frames, frames.Counts, Tokens(captions)), mixup?.ForTensors()));
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken)
    {
        var (sum, seen) = (0.0, 0);
        var captions = new List<string>();
        using var noGrad = NoGrad.Begin();
        foreach (var some in _readableValidation.Chunk(ClipsAtATime))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var frames = _ofValidation.Gather(some, null, _model.Weights.Device);
            long[] counts = [.. some.Select(clip => (long)_ofValidation.Count(clip))];
            var options = _model.Tasks.Count == 0 ? null : new ConetteOptions { Tasks = [.. some.Select(clip => TaskOf(_validation[clip]) ?? _model.DefaultTask)] };
            for (var number = 0; number < some.Max(clip => _validation[clip].Captions.Count); number++)
            {
                int[] having = [.. Enumerable.Range(0, some.Length).Where(row => _validation[some[row]].Captions.Count > number)];
                var rows = Tensor.From<long>([.. having.Select(row => (long)row)], having.Length).On(frames.Device);
                var batch = new ConetteBatch(frames.IndexSelect(0, rows), [.. having.Select(row => counts[row])],
                    Tokens([.. having.Select(row => (_validation[some[row]].Task, _validation[some[row]].Captions[number]))]));
                sum += _model.CaptionLosses(batch).Sum().ToDouble();
                seen += having.Length;
            }
            captions.AddRange(_model.CaptionFrames(frames, counts, options, cancellationToken).Select(result => result.Caption));
        }
        var scorer = new CiderD([.. _readableValidation.Select(clip => (IReadOnlyList<string>)[.. Normalised(clip)])]);
        var cider = _readableValidation.Select((clip, place) =>
            scorer.Score(captions[place], (IReadOnlyList<string>)[.. Normalised(clip)])).DefaultIfEmpty(0).Average();
        return [new("val_loss", sum / Math.Max(1, seen)), new("val_cider_d", cider)];

        IEnumerable<string> Normalised(int clip) => _validation[clip].Captions.Select(caption => CaptionNormalizer.Normalize(caption));
    }

    /// <inheritdoc/>
    public void Export(string folder) => _model.Save(folder);

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        _ofTargets?.Dispose();
        _ofOthers?.Dispose();
        _ofValidation?.Dispose();
        _clips.Dispose();
        _model.Dispose();
    }

    private static bool IsOfEncoder(Weight weight) => weight.Name.StartsWith(EncoderPrefix, StringComparison.Ordinal);

    private CaptionedClip ClipOf((bool IsTarget, int Clip) item) => item.IsTarget ? _targets[item.Clip] : _others[item.Clip];

    // A validation set need not be one of those that are learned.
    private string? TaskOf(CaptionedClip clip) => _model.Tasks.Contains(clip.Task, StringComparer.Ordinal) ? clip.Task : null;

    /// <summary>All targets, and a draw of the others without replacement, shuffled.</summary>
    private (bool IsTarget, int Clip)[] Items(int epoch)
    {
        if (_epoch?.Epoch != epoch)
        {
            var random = SplitMix64.For(_seed, (ulong)epoch, 6);
            int[] others = [.. _readableOthers];
            random.Shuffle(others);
            (bool, int)[] items = [.. _readableTargets.Select(clip => (true, clip)), .. others.Take(_added).Select(clip => (false, clip))];
            random.Shuffle(items);
            _epoch = (epoch, items);
        }
        return _epoch.Value.Items;
    }

    private (Tensor Frames, long[] Counts) Frames((bool IsTarget, int Clip)[] items, Random random)
    {
        using var scope = TensorScope.Begin();
        int Count((bool IsTarget, int Clip) item) => (item.IsTarget ? _ofTargets : _ofOthers!).Count(item.Clip);
        long[] counts = [.. items.Select(item => (long)Count(item))];
        var longest = (int)counts.Max();
        var parts = items.Select((item, row) => (item.Clip, row, item.IsTarget)).GroupBy(item => item.IsTarget).Select(group =>
            (Rows: group.Select(item => item.row).ToArray(), Frames: (group.Key ? _ofTargets : _ofOthers!).Gather([.. group.Select(item => item.Clip)], longest, Device.Cpu))).ToArray();
        int[] order = [.. parts.SelectMany(part => part.Rows)];
        var places = new long[order.Length];
        for (var i = 0; i < order.Length; i++)
            places[order[i]] = i;
        var frames = Tensor.Cat([.. parts.Select(part => part.Frames)]).IndexSelect(0, Tensor.From<long>(places, places.Length));
        var width = (int)frames.Size(2);
        var cover = new StripeCover(items.Length, longest, width);
        for (var i = 0; i < items.Length; i++)
        {
            var stripes = SpecAugment.Draw(random, (int)counts[i], highShare: _frameShare);
            cover.Add(i, stripes, SpecAugment.Draw(random, width, highShare: _frameShare));
        }
        return (scope.Keep(frames.MaskedFill(cover.ToTensor(Device.Cpu), 0).On(_model.Weights.Device)), counts);
    }

    private Tensor Tokens((string Task, string Caption)[] captions)
    {
        var rows = _model.Tokenizer.EncodeBatch([.. captions.Select(pair => pair.Caption)], addBeginEnd: true, UnknownTokenPolicy.UseUnknown, CaptionPadding.Batch);
        for (var i = 0; i < rows.Length; i++)
            rows[i][0] = _model.TaskToken(_model.Tasks.Contains(captions[i].Task, StringComparer.Ordinal) ? captions[i].Task : null);
        return Tensor.From<long>([.. rows.SelectMany(row => row).Select(id => (long)id)], rows.Length, rows[0].Length).On(_model.Weights.Device);
    }

    private void LoadEncoder(PublishedEncoder published)
    {
        using var noGrad = NoGrad.Begin();
        foreach (var weight in _model.Weights.Entries.Where(IsOfEncoder))
        {
            using var scope = TensorScope.Begin();
            if (!published.Tensors.TryGetValue(weight.Name[EncoderPrefix.Length..], out var stored))
                throw new WeightsException($"The encoder's file has no '{weight.Name[EncoderPrefix.Length..]}'; name the weights of a whole encoder (encoder.file).") { Names = [weight.Name] };
            weight.Tensor.CopyInPlace(Tensor.From(stored).To(DType.Float32));
        }
    }

    /// <returns>[frames, width].</returns>
    private Tensor HearFrames(float[] samples)
    {
        using var scope = TensorScope.Begin();
        if (samples.Length < _model.Encoder.MinimumSamples)
            Array.Resize(ref samples, _model.Encoder.MinimumSamples);
        return scope.Keep(_model.Encoder.Encode(_model.Encoder.Prepare(Tensor.From<float>(samples, 1, samples.Length).On(_model.Weights.Device))).Frames.Squeeze(0));
    }
}
