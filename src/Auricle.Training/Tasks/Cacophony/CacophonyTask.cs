using Auricle.Models;
using Auricle.Models.Decoders;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Families;
using Auricle.Models.Systems.Cacophony;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training;

/// <summary>
/// The second stage of Cacophony's training: sounds and captions are brought into one space while a decoder upon the text side learns to write the captions. The
/// audio encoder starts from the first stage (<see cref="MaskedAutoencoderTask"/>), or at random.
/// </summary>
public sealed class CacophonyTask : ITrainingTask
{
    private const int TextsAtATime = 64;

    private readonly CacophonyModel _model;
    private readonly CaptionedClips _clips;
    private readonly SkippedClips _skipped;
    private readonly ClipImages _train;
    private readonly (string Name, IReadOnlyList<CaptionedClip> Clips, ClipImages Images)[] _measured;
    private readonly EpochOrder _order;
    private readonly string _tokenizer;
    private readonly string? _fitted;
    private readonly ulong _seed;
    private readonly int _batch, _longest, _patches;
    private readonly double _captioning, _smoothing;

    /// <summary>Builds model and data from a recipe. Its settings are checked, all of them, before any file is opened.</summary>
    public CacophonyTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var device = TrainingDevice.Read(recipe);
        _seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, NumberRange.NonNegative);
        _batch = recipe.Section("optimizer").WholeNumber("batch", 32, NumberRange.Between(2, 1_000_000));
        var loadClips = CaptionedClips.Read(recipe);
        var mostSkipped = SkippedClips.ReadShare(recipe);
        var images = ClipImageSettings.Read(recipe);
        var encoder = recipe.Section("encoder");
        var start = encoder.OptionalModel("start");
        var audioLayers = encoder.WholeNumber("layers", 12, NumberRange.Between(1, 1_024));
        // Of sounds with more patches, so many are drawn anew in each step; 0 hears all.
        _patches = encoder.WholeNumber("patches", 0, NumberRange.Between(0, 1_000_000));
        var precision = TrainingPrecision.Read(encoder);
        var text = recipe.Section("text");
        var textStart = text.OptionalModel("start");
        var tokenizer = text.OptionalModel("tokenizer");
        _longest = text.WholeNumber("length", 77, NumberRange.Between(3, CacophonyModel.MaximumTokens));
        var width = ClipImageSettings.ReadWidth(recipe);
        var config = new CocaConfig
        {
            Width = width,
            TextLayers = text.WholeNumber("layers", 12, NumberRange.Between(1, 1_024)),
            Layers = recipe.Section("decoder").WholeNumber("layers", 4, NumberRange.Between(1, 1_024)),
            FeedForwardWidth = text.WholeNumber("feed_forward", 3072, NumberRange.Between(8, 65_536)),
            Positions = text.WholeNumber("positions", 514, NumberRange.Between(CacophonyModel.MaximumTokens, 1 << 16)),
            Dropout = text.Number("dropout", 0.1, NumberRange.Between(0, 0.99)),
        };
        var loss = recipe.Section("loss");
        _captioning = loss.Number("captioning", 1, NumberRange.NonNegative);
        _smoothing = loss.Number("label_smoothing", 0, NumberRange.Between(0, 0.99));
        var measuresTest = recipe.Section("validation").Flag("test", false);
        recipe.Finish();

        if (start is not null && !File.Exists(start))
            EarlierModel.Require(recipe, "encoder.start", start, hasConfig: false);
        _clips = loadClips();
        try
        {
            if (_clips.Train.Count < 2)
                throw new CorpusException("The data have fewer than two pairs of a sound and a caption to learn from; name another folder (data.folder) or set (data.train).");
            _skipped = new SkippedClips(_clips.Train.Count + _clips.Validation.Count + (measuresTest ? _clips.Test.Count : 0), mostSkipped, _clips.LeftOut);
            if ((tokenizer ?? textStart) is null)
            {
                _fitted = Directory.CreateTempSubdirectory("auricle-words-").FullName;
                SubwordTokenizer.FitWordList(_clips.Train.SelectMany(clip => clip.Captions), _fitted);
            }
            _tokenizer = tokenizer ?? textStart ?? _fitted!;
            var words = SubwordTokenizer.Load(_tokenizer);
            var weights = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
            if (start is not null)
                AddFirstStage(start, width, audioLayers, weights);
            if (textStart is not null)
                AddText(textStart, weights);
            _model = CacophonyModel.Create(audioLayers, config with { VocabularySize = words.Vocabulary.Count }, weights, words, PrecisionSupport.Resolve(precision, device), device);
            _train = new ClipImages(_clips.Train, _model.AudioEncoder, device, images, _skipped);
            _order = new EpochOrder(_clips.Train.Count, _seed);
            // A contrast among few is none: what does not fill the last batch waits for the next epoch.
            ExamplesPerEpoch = _clips.Train.Count >= _batch ? _clips.Train.Count / _batch * _batch : _clips.Train.Count;
            _measured = [.. new[] { ("val", _clips.Validation), ("test", measuresTest ? _clips.Test : []) }.Where(part => part.Item2.Count > 0)
                .Select(part => (part.Item1, part.Item2, new ClipImages(part.Item2, _model.AudioEncoder, device, images, _skipped)))];
            if (_measured is not [("val", _, _), ..])
                throw new CorpusException("The data have no sounds to choose a checkpoint by; name some (data.validation).");
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
    public long ExamplesPerEpoch { get; }

    /// <inheritdoc/>
    public string Monitor => CaptionQueries.Monitor;

    /// <inheritdoc/>
    public SkippedClips? Skipped => _skipped;

    /// <inheritdoc/>
    public Tensor Loss(int epoch, long first, int count)
    {
        using var scope = TensorScope.Begin();
        var clips = _order.Take(epoch, first, count);
        var batch = _train.Read(_order, _seed, epoch, first, count, ExamplesPerEpoch);
        string[] captions = [.. batch.Kept.Select(row =>
        {
            var all = _clips.Train[clips[row]].Captions;
            return all[SplitMix64.For(_seed, (ulong)epoch, (ulong)clips[row], 7).Next(all.Count)];
        })];
        PatchChoice? chosen = _patches == 0 ? null : PatchChoice.Draw(batch.Patches, _patches, row => SplitMix64.For(_seed, (ulong)epoch, (ulong)(first + batch.Kept[row]), 6));
        var (contrast, captioning, _) = Losses(batch, captions, chosen, training: true);
        return scope.Keep(contrast.Add(captioning.Mul(_captioning)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken) =>
        [.. _measured.SelectMany(part => Measure(part.Name, part.Clips, part.Images, cancellationToken))];

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
        _clips.Dispose();
        if (_fitted is not null && Directory.Exists(_fitted))
            Directory.Delete(_fitted, recursive: true);
    }

    /// <summary>Both losses of a batch, and the vectors of its sounds: [kept, width].</summary>
    private (Tensor Contrast, Tensor Captioning, Tensor Audio) Losses(ClipImageBatch batch, string[] captions, PatchChoice? chosen, bool training)
    {
        using var scope = TensorScope.Begin();
        var device = _model.Weights.Device;
        var heard = chosen ?? new PatchChoice([.. batch.Patches.Select(count => Enumerable.Range(0, count).ToArray())]);
        var padding = heard.Count == heard.Numbers.Count * heard.Longest ? null : heard.Padding(device);
        var patches = _model.AudioEncoder.EncodeChosen(batch.Image!, heard, training);
        var audio = _model.Pool(patches, padding);
        var (ids, mask) = _model.Tokenizer.EncodeBatch(captions, _longest).On(device);
        var hidden = _model.Decoder.EncodeText(ids, mask, training);
        var logits = RetrievalLoss.Cosines(audio, _model.PoolText(hidden, mask)).Mul(_model.TrainingScale());
        var written = CacophonyLoss.Captions(_model.Decoder.Forward(hidden, mask, patches, padding, training), ids, mask, _longest, _smoothing);
        return (scope.Keep(CacophonyLoss.Contrast(logits)), scope.Keep(written), scope.Keep(audio));
    }

    /// <summary>The losses without dropout, all patches heard and of each sound the same caption each time, and how well captions find their sounds.</summary>
    private IEnumerable<KeyValuePair<string, double>> Measure(string name, IReadOnlyList<CaptionedClip> clips, ClipImages images, CancellationToken cancellationToken)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var (audio, kept) = (new List<Tensor>(), new List<int>());
        double contrast = 0, captioning = 0;
        // Neighbours in the table are often of one kind, so that each would be confused with the next.
        foreach (var some in new EpochOrder(clips.Count, 1).Take(0, 0, clips.Count).Chunk(_batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = TensorScope.Begin();
            var batch = images.Read(some, seed: 1);
            if (batch.Image is null)
                continue;
            string[] captions = [.. batch.Kept.Select(row => clips[some[row]].Captions[0])];
            var losses = Losses(batch, captions, null, training: false);
            contrast += losses.Contrast.ToDouble() * batch.Kept.Length;
            captioning += losses.Captioning.ToDouble() * batch.Kept.Length;
            audio.Add(inner.Keep(losses.Audio));
            kept.AddRange(batch.Kept.Select(row => some[row]));
        }
        if (kept.Count == 0)
            throw new CorpusException($"None of the {clips.Count} sounds that checkpoints are chosen by can be read; see the list of skipped sounds.");
        var queries = new CaptionQueries(new CaptionPairs(clips, _seed, _ => true), kept);
        var text = Tensor.Cat([.. queries.Texts.Chunk(TextsAtATime).Select(EmbedTexts)]);
        contrast /= kept.Count;
        captioning /= kept.Count;
        return
        [
            new($"{name}_loss", contrast + _captioning * captioning), new($"{name}_contrast", contrast), new($"{name}_captioning", captioning),
            .. queries.Measure(name, Tensor.Cat([.. audio]), text),
        ];
    }

    private Tensor EmbedTexts(string[] texts)
    {
        using var scope = TensorScope.Begin();
        var (ids, mask) = _model.Tokenizer.EncodeBatch(texts, _longest).On(_model.Weights.Device);
        return scope.Keep(_model.EncodeTokens(ids, mask));
    }

    private static void AddFirstStage(string start, int width, int layers, Dictionary<string, StoredTensor> weights)
    {
        var files = ModelFiles.Open(start);
        if (AudioMaeWeights.Read(files.Tensors, files.Weights) is not { Config: AudioMaeConfig found } published)
            throw new TrainingException($"'{start}' is no AudioMAE, with which the second stage begins; name the model of a first stage (encoder.start), or leave it out.");
        if (found.PatchWidth != width || found.Layers != layers)
            throw new TrainingException($"The AudioMAE in '{start}' has {found.Layers} layers of width {found.PatchWidth}; set encoder.layers={found.Layers} and model.width={found.PatchWidth}.");
        foreach (var (name, tensor) in published.Tensors)
            weights[CacophonyWeights.Audio + name] = tensor;
    }

    private static void AddText(string start, Dictionary<string, StoredTensor> weights)
    {
        var found = CacophonyWeights.FromRoberta(ModelFiles.Open(start).Tensors);
        if (found.Count == 0)
            throw new TrainingException($"'{start}' is no RoBERTa, whose weights the text encoder can begin with; name the folder of roberta-base (text.start), or leave it out.");
        foreach (var (name, tensor) in found)
            weights[name] = tensor;
    }
}
