using Auricle.Models;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// The first stage of Cacophony's training: an encoder learns from sounds without captions, by hearing some patches of each from which a decoder has to
/// imagine the others. The second stage, <see cref="CacophonyTask"/>, starts from its encoder.
/// </summary>
public sealed class MaskedAutoencoderTask : ITrainingTask
{
    private readonly MaskedAutoencoder _model;
    private readonly CaptionedClips _clips;
    private readonly SkippedClips _skipped;
    private readonly ClipImages _train, _validation;
    private readonly EpochOrder _order;
    private readonly int _measured, _batch;
    private readonly ulong _seed;
    private readonly double _masked;
    private readonly bool _normalises;

    /// <summary>Builds model and data from a recipe. Its settings are checked, all of them, before any file is opened.</summary>
    public MaskedAutoencoderTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var device = TrainingDevice.Read(recipe);
        _seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, NumberRange.NonNegative);
        _batch = recipe.Section("optimizer").WholeNumber("batch", 32, NumberRange.Between(2, 1_000_000));
        var loadClips = CaptionedClips.Read(recipe, needsCaptions: false);
        var mostSkipped = SkippedClips.ReadShare(recipe);
        var images = ClipImageSettings.Read(recipe);
        var width = ClipImageSettings.ReadWidth(recipe);
        var layers = recipe.Section("encoder").WholeNumber("layers", 12, NumberRange.Between(1, 1_024));
        var precision = TrainingPrecision.Read(recipe.Section("encoder"));
        var decoderLayers = recipe.Section("decoder").WholeNumber("layers", 12, NumberRange.Between(1, 1_024));
        _masked = recipe.Section("loss").Number("masked", 0.8, NumberRange.Between(0.01, 0.99));
        _normalises = recipe.Section("loss").Flag("normalise_targets", true);
        recipe.Finish();

        _clips = loadClips();
        try
        {
            if (_clips.Train.Count < 2)
                throw new CorpusException("The data have fewer than two sounds to learn from; name another folder (data.folder) or set (data.train).");
            _skipped = new SkippedClips(_clips.Train.Count + _clips.Validation.Count, mostSkipped, _clips.LeftOut);
            _model = new MaskedAutoencoder(AudioMaeConfig.OfSize(width, layers), decoderLayers, WeightStore.Initialise(device), PrecisionSupport.Resolve(precision, device));
            _train = new ClipImages(_clips.Train, _model.Encoder, device, images, _skipped);
            _order = new EpochOrder(_clips.Train.Count, _seed);
            // Without sounds to choose by, those that are learned tell how far it has come.
            (_validation, _measured) = _clips.Validation.Count > 0
                ? (new ClipImages(_clips.Validation, _model.Encoder, device, images, _skipped), _clips.Validation.Count)
                : (_train, _clips.Train.Count);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Weight> Weights => _model.Weights.Entries;

    /// <inheritdoc/>
    public long ExamplesPerEpoch => _clips.Train.Count;

    /// <inheritdoc/>
    public string Monitor => "val_explained";

    /// <inheritdoc/>
    public SkippedClips? Skipped => _skipped;

    /// <inheritdoc/>
    public Tensor Loss(int epoch, long first, int count)
    {
        using var scope = TensorScope.Begin();
        var batch = _train.Read(_order, _seed, epoch, first, count, ExamplesPerEpoch);
        var (kept, removed) = PatchChoice.Split(batch.Patches, _masked, row => SplitMix64.For(_seed, (ulong)epoch, (ulong)(first + batch.Kept[row]), 6));
        return scope.Keep(_model.Errors(batch.Image!, kept, removed, _normalises, training: true).Error);
    }

    /// <inheritdoc/>
    /// <remarks>The same patches are taken away each time. <c>val_explained</c> is the share of what differs within these that is imagined.</remarks>
    public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken)
    {
        using var noGrad = NoGrad.Begin();
        double error = 0, deviation = 0, patches = 0;
        foreach (var some in Enumerable.Range(0, _measured).Chunk(_batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var batch = _validation.Read(some, seed: 1);
            if (batch.Image is null)
                continue;
            var (kept, removed) = PatchChoice.Split(batch.Patches, _masked, row => SplitMix64.For(1, (ulong)some[batch.Kept[row]]));
            var (wrong, apart) = _model.Errors(batch.Image, kept, removed, _normalises);
            error += wrong.ToDouble() * removed.Count;
            deviation += apart.ToDouble() * removed.Count;
            patches += removed.Count;
        }
        return [new("val_loss", error / Math.Max(1, patches)), new(Monitor, deviation > 0 ? 1 - error / deviation : 0)];
    }

    /// <inheritdoc/>
    public void Export(string folder) => _model.Save(folder);

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        _model?.Dispose();
        _clips.Dispose();
    }
}
