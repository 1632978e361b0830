using System.Security.Cryptography;
using Auricle.Evaluation;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Families;
using Auricle.Models.Systems.Conette;
using Auricle.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training;

/// <summary>
/// Trains what stands on a frozen pretrained network: tags of a corpus beside the network's own, and a decoder that captions from the tags
/// of windows. The network hears the training examples once (<see cref="FeatureBank"/>). The decoder learns from what taggers say that
/// never heard an example's source (<see cref="FoldedTags"/>): it meets their mistakes in training as it does later.
/// </summary>
public sealed class PretrainedTask : ITrainingTask
{
    private const string EncoderPrefix = "preprocessor.encoder.";
    private const string CaptionerPrefix = "model.";
    private const string SpacePrefix = "space.";
    private const string OwnPrefix = EncoderPrefix + "own.";

    private readonly SoundData _data;
    private readonly ConetteModel _model;
    private readonly WindowedMobileNet _encoder;
    private readonly WeightStore _folds;
    private readonly FoldedTags _tags;
    private readonly FeatureBank _bank, _validation, _validationMixtures;
    private readonly PairCaptions _captions;
    private readonly SpaceLoss _space;
    private readonly TextCorpus _texts;
    private readonly IReadOnlyList<LabelQuery> _queries;
    private readonly SoundEvaluation _evaluation;
    private readonly List<Weight> _trained;
    private readonly PretrainedOptions _options;
    private readonly int[] _labels, _clipFolds, _labelFolds;
    private readonly int _singles;

    /// <summary>Builds model and data from a recipe. Its settings are checked, all of them, before any file is opened.</summary>
    public PretrainedTask(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        _options = PretrainedOptions.Read(recipe);
        var config = CaptioningTask.ReadConfig(recipe.Section("model"));
        var loadSounds = SoundData.Read(recipe);
        var cacheFolder = recipe.Section("data").OptionalText("cache");
        recipe.Finish();
        if (_options.Start is { } earlier)
            EarlierModel.Require(recipe, "model.start", earlier);
        var network = ReadNetwork(_options.Network);
        var encoderConfig = _options.Encoder with { Network = (MobileNetConfig)network.Config };
        _data = loadSounds(encoderConfig.SampleRate);
        var corpus = _data.Corpus;
        encoderConfig = encoderConfig with { Tags = encoderConfig.Network.Tags + corpus.Labels.Count };
        var sentences = CaptioningTask.Sentences(corpus).ToList();
        _texts = TextCorpus.Read(_options.Texts.Clauses, _options.Texts.Captions, WordNet.Find(), sentences);
        _model = ConetteModel.Create(
            config with
            {
                Encoder = encoderConfig,
                TagLabels = [.. AudioSetLabels.All, .. corpus.Labels],
                LabelSmoothing = _options.LabelSmoothing,
                Space = _options.Space with { Text = _options.Space.Text with { Words = _texts.Vocabulary(sentences, _options.Texts.Words) } },
            },
            CaptionTokenizer.Fit([.. sentences, .. _texts.Labels.SelectMany(label => new[] { label.Clause, label.GroupClause })]));
        _encoder = (WindowedMobileNet)_model.Encoder;
        LoadNetwork(network);
        _folds = WeightStore.Initialise();
        _tags = new FoldedTags(_folds.Root, _encoder.ClipWidth, corpus.Labels.Count, _options.Bank.Folds, _options.LabelFolds);

        _singles = _data.Train.Clips.Count * _options.Bank.Views;
        _labels = [.. _data.Train.Clips.Select(clip => corpus.LabelIndex(clip.Label))];
        _clipFolds = [.. _data.Train.Clips.Select(clip => FeatureBank.Fold(clip.SourceId, _options.Bank.Folds))];
        _labelFolds = [.. corpus.Labels.Select(label => FeatureBank.Fold(label, Math.Max(1, _options.LabelFolds)))];
        var key = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_options.Network)));
        // The network only hears here: a store that records no gradients folds its batch norms.
        using (var frozen = WeightStore.Load(network.Tensors.ToDictionary(pair => "network." + pair.Key, pair => pair.Value, StringComparer.Ordinal), _options.Network))
        {
            using var listener = new WindowedMobileNet(encoderConfig, frozen.Root);
            _bank = FeatureBank.OfTraining(_data, _options.Bank with { Augmentation = _data.Options.Augmentation }, listener, key,
                Cache("training"));
            _evaluation = new SoundEvaluation(corpus, _data.Validation, _data.ValidationMixtures);
            _validation = FeatureBank.Of($"{corpus.ManifestHash} {key}", Cache("validation"), _evaluation.Counted.Count, listener, i => _data.Validation.Samples(_evaluation.Counted[i]));
            _validationMixtures = FeatureBank.Of($"{corpus.ManifestHash} {key} mixtures", Cache("mixtures"), _data.ValidationMixtures.Count, listener, i => EvaluationMixtures.Render(_data.ValidationMixtures[i], _data.Validation));
        }
        Standardise();
        _space = new SpaceLoss(_model.Space!, _encoder, _texts, _options.MeaningShare, _options.VariedShare);
        _queries = _options.Queries is null ? [] : LabelQueries.Read(_options.Queries);
        _captions = new PairCaptions(corpus, _data.Options.SentenceSkew);

        _trained = [
            .. _options.TrainsTags ? _folds.Entries : [],
            .. _options.TrainsCaptions ? Under(CaptionerPrefix) : [],
            .. _options.TrainsSpace ? Under(SpacePrefix) : []];

        string? Cache(string name) => cacheFolder is null ? null : Path.Combine(cacheFolder, name + ".bank");
        IEnumerable<Weight> Under(string prefix) => _model.Weights.Entries.Where(weight => weight.Name.StartsWith(prefix, StringComparison.Ordinal));

        foreach (var weight in _model.Weights.Entries.Concat(_folds.Entries).Except(_trained))
            weight.Tensor.RequiresGrad = false;
        if (_options.Start is not null)
            LoadStart(_options.Start);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Weight> Weights => _trained;

    /// <inheritdoc/>
    public long ExamplesPerEpoch => _singles + (long)((_bank.Examples.Count - _singles) * _options.PairShare);

    /// <inheritdoc/>
    public string Monitor => "val_score";

    /// <inheritdoc/>
    public bool Decays(Weight weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        // Taggers have a penalty of their own.
        return weight.Tensor.Dimensions > 1 && !_folds.Entries.Contains(weight);
    }

    /// <inheritdoc/>
    public Tensor Loss(int epoch, long first, int count)
    {
        using var scope = TensorScope.Begin();
        var indexes = Order(epoch, first, count);
        var (clips, windows, counts) = _bank.Gather(indexes);
        var examples = indexes.Select(index => _bank.Examples[index]).ToArray();
        var ownClips = _tags.Forward(_encoder.Standardise(clips));
        var ownWindows = _tags.Forward(_encoder.Standardise(windows));
        var losses = new List<Tensor>();
        if (_options.TrainsTags)
            losses.Add(TagLoss(ownClips, ownWindows, examples, counts));
        var random = SplitMix64.For(_options.Bank.Seed, (ulong)epoch, (ulong)first, 3);
        if (_options.TrainsCaptions)
            losses.Add(CaptionLoss(clips, windows, counts, ownClips.Detach(), ownWindows.Detach(), examples, random));
        if (_options.TrainsSpace)
            losses.Add(InSpace(clips, ownClips.Detach(), examples, random));
        return scope.Keep(losses.Aggregate((all, loss) => all.Add(loss)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken)
    {
        TakeOver();
        var values = new List<KeyValuePair<string, double>>();
        var corpus = _data.Corpus;
        var tagged = Tagged(_validation).Select(scores => Ranking.Best<float>(scores)).ToArray();
        var clips = _evaluation.Counted.Select(i => _data.Validation.Clips[i]).ToArray();
        var right = tagged.Select((best, i) => corpus.Labels[best] == clips[i].Label).ToArray();
        values.Add(new("val_tags", Share(right)));
        values.Add(new("val_tags_esc10", Share([.. right.Where((_, i) => clips[i].Fold is not null)])));
        values.Add(new("val_tags_both", Share([.. Tagged(_validationMixtures).Select((scores, i) =>
        {
            var best = Ranking.Best<float>(scores);
            string[] named = [corpus.Labels[best], corpus.Labels[Ranking.Best<float>(scores, best)]];
            return named.Contains(_data.ValidationMixtures[i].First.Label) && named.Contains(_data.ValidationMixtures[i].Second.Label);
        })])));
        var score = values.Average(value => value.Value);
        if (_options.TrainsCaptions)
        {
            var report = _evaluation.Judge(Captions(_validation, cancellationToken), Captions(_validationMixtures, cancellationToken));
            double[] shares = [SoundEvaluationReport.Share(report.Clips), SoundEvaluationReport.Share(report.Esc10), SoundEvaluationReport.Share(report.Mixtures)];
            values.AddRange([new("val_accuracy", shares[0]), new("val_esc10", shares[1]), new("val_both", shares[2]), new("val_told_as_two", (double)report.ToldAsTwo / Math.Max(1, report.Clips.Count))]);
            score = shares.Average();
        }
        if (_options.TrainsSpace)
        {
            var space = FindInSpace(clips);
            values.AddRange([new("val_zero_shot", space.ZeroShot), new("val_zero_shot_esc10", space.ZeroShotEsc10), new("val_map10", space.Captions.MeanAveragePrecision(10))]);
            if (space.Queries is { } queries)
                values.Add(new("val_map10_queries", queries.MeanAveragePrecision(10)));
            if (!_options.TrainsCaptions)
                score = values[^1].Value;
        }
        values.Add(new("val_score", score));
        return values;

        static double Share(bool[] values) => values.Length == 0 ? 0 : (double)values.Count(value => value) / values.Length;
    }

    /// <inheritdoc/>
    public void Export(string folder)
    {
        TakeOver();
        _model.Save(folder, _options.Storage);
        SafetensorsFile.Write(Path.Combine(folder, "folds.safetensors"), _folds.Entries.Select(entry => SafetensorsExport.Entry(entry.Name, entry.Tensor)));
    }

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        _folds.Dispose();
        _model.Dispose();
    }

    // A random order of all single sounds and of some mixtures, another in each epoch.
    private int[] Order(int epoch, long first, int count)
    {
        if (_order.Epoch != epoch)
        {
            var random = SplitMix64.For(_options.Bank.Seed, (ulong)epoch, 5);
            var pairs = Enumerable.Range(_singles, _bank.Examples.Count - _singles).ToArray();
            random.Shuffle(pairs);
            int[] order = [.. Enumerable.Range(0, _singles), .. pairs[..((int)ExamplesPerEpoch - _singles)]];
            random.Shuffle(order);
            _order = (epoch, order);
        }
        return _order.Order.AsSpan((int)first, count).ToArray();
    }

    private (int Epoch, int[] Order) _order = (-1, []);

    private Tensor TagLoss(Tensor clips, Tensor windows, BankExample[] examples, long[] counts)
    {
        using var scope = TensorScope.Begin();
        var (batch, heads, labels) = (examples.Length, _tags.Heads, _data.Corpus.Labels.Count);
        var shares = new float[batch * labels];
        var present = new float[batch * labels];
        var known = new float[batch * heads];
        var most = (int)windows.Size(1);
        var windowShares = new float[batch * most * labels];
        for (var i = 0; i < batch; i++)
        {
            var clipsOf = examples[i].Clips;
            foreach (var clip in clipsOf)
            {
                shares[i * labels + _labels[clip]] = 1f / clipsOf.Length;
                present[i * labels + _labels[clip]] = 1;
            }
            for (var head = 0; head < heads; head++)
                known[i * heads + head] = Knows(head, clipsOf) ? 1 : 0;
            for (var window = 0; window < counts[i]; window++)
            {
                var heard = HeardIn(examples[i], window);
                foreach (var clip in heard)
                    windowShares[(i * most + window) * labels + _labels[clip]] = 1f / heard.Count;
            }
        }
        var mask = Tensor.From<float>(known, batch, heads);
        var windowMask = Tensor.From<float>([.. counts.SelectMany(windowsOf => Enumerable.Range(0, most).Select(window => window < windowsOf ? 1f / windowsOf : 0f))], batch, most);
        var ofClips = clips.LogSoftmax(2).Mul(Tensor.From<float>(shares, batch, 1, labels)).Sum([2]).Neg();                // [batch, heads]
        var binary = BinaryLoss(clips, Tensor.From<float>(present, batch, 1, labels));
        var ofWindows = windows.LogSoftmax(3).Mul(Tensor.From<float>(windowShares, batch, most, 1, labels)).Sum([3]).Neg(); // [batch, windows, heads]
        var all = ofClips.Add(binary.Mul(_options.BinaryShare)).Add(ofWindows.Mul(windowMask.Unsqueeze(2)).Sum([1]).Mul(_options.WindowShare));
        return scope.Keep(all.Mul(mask).Sum().Div(batch).Add(_tags.Penalty().Mul(_options.Penalty)).Div(heads));
    }

    private static Tensor BinaryLoss(Tensor logits, Tensor present) =>
        logits.LogSigmoid().Mul(present).Add(logits.Neg().LogSigmoid().Mul(present.Neg().Add(1))).Sum([2]).Neg();

    private bool Knows(int head, int[] clips) =>
        head == 0
        || (head <= _tags.Folds
            ? Array.TrueForAll(clips, clip => _clipFolds[clip] != head - 1)
            : Array.TrueForAll(clips, clip => _labelFolds[_labels[clip]] != head - 1 - _tags.Folds));

    /// <summary>The clips of an example that fill at least a third of a window.</summary>
    private List<int> HeardIn(BankExample example, int window)
    {
        if (example.Parts.Length == 0)
            return [.. example.Clips];
        var (begin, end) = (window * _encoder.Config.StepColumns * ColumnSeconds, (window * _encoder.Config.StepColumns + _encoder.Config.WindowColumns) * ColumnSeconds);
        var heard = example.Clips.Where((_, i) => Math.Min(end, example.Parts[2 * i + 1]) - Math.Max(begin, example.Parts[2 * i]) >= (end - begin) / 3).ToList();
        return heard;
    }

    private double ColumnSeconds => _encoder.Config.Network.Mel.HopLength * 32.0 / _encoder.SampleRate;

    private double WindowMiddle(int window) => (window * _encoder.Config.StepColumns + (_encoder.Config.WindowColumns - 1) / 2.0) * ColumnSeconds;

    private Tensor CaptionLoss(Tensor clips, Tensor windows, long[] counts, Tensor ownClips, Tensor ownWindows, BankExample[] examples, SplitMix64 random)
    {
        using var scope = TensorScope.Begin();
        Tensor frames;
        var heads = examples.Select(example => 1 + _clipFolds[example.Clips[0]]).ToArray();
        PairSentence[] captions;
        using (NoGrad.Begin())
        {
            var (tags, windowTags) = (_encoder.Network.Classify(clips)!, _encoder.Network.Classify(windows)!);
            var probabilities = tags.Sigmoid().ToArray<float>();
            var strange = new PairSentence?[examples.Length];
            PairSentence? Unknown(int row) => Told(probabilities.AsSpan(row * _texts.Labels.Count, _texts.Labels.Count)) is { } told ? new PairSentence(told, "", "") : null;
            for (var i = 0; i < examples.Length; i++)
            {
                // Some sounds are taken for ones that the corpus lacks: the tagger never heard their label, and the caption tells what the
                // pretrained network makes of them.
                if (_tags.LabelFolds > 0 && examples[i].Relation is null && random.Chance(_options.StrangerShare) && (strange[i] = Unknown(i)) is not null)
                    heads[i] = 1 + _tags.Folds + _labelFolds[_labels[examples[i].Clips[0]]];
            }
            var chosen = _tags.Choose(ownWindows, heads);
            var heard = new HeardTags(_encoder.OwnOfClips(_tags.Choose(ownClips, heads), chosen, counts), chosen);
            captions = [.. examples.Select((example, i) => strange[i]
                ?? (example.Relation is null && heard.Surest(i) < _options.SureLabel ? Unknown(i) : null)
                ?? Told(heard, i, example, counts[i], random))];
            frames = _encoder.Vectors(windowTags, heard.Windows(), tags, heard.Clips());
            if (_options.ImaginedShare > 0 && _tags.LabelFolds > 0)
                (frames, counts, captions) = WithImagined(frames, counts, captions, ownClips, examples, probabilities, random);
        }
        var rows = _model.Tokenizer.EncodeBatch([.. captions.Select(caption => caption.Text)], addBeginEnd: true, UnknownTokenPolicy.Throw, CaptionPadding.Batch);
        var tokens = Tensor.From<long>([.. rows.SelectMany(row => row).Select(id => (long)id)], rows.Length, rows[0].Length);
        Tensor? attention = null;
        var loss = _model.ConetteLoss(new ConetteBatch(frames, counts, tokens), attend: (layer, weights) => attention = layer == _model.Config.DecoderLayers - 1 ? weights.Mean([1]).Own() : attention);
        using var _ = attention;
        if (_options.PlaceShare > 0 && Places(examples, captions, rows, (int)frames.Size(1)) is { } places)
            loss = loss.Add(attention!.Mul(places.Windows).Sum([2]).Add(1e-4).Log().Mul(places.Tokens).Sum().Mul(-_options.PlaceShare));
        return scope.Keep(loss);
    }

    /// <summary>
    /// A caption of an example. It may tell what the tagger hears, so that the decoder learns to read tags and to leave the hearing to the
    /// tagger, which knows more; and its labels may change places with any others, so that it learns to read the tags of rare labels too,
    /// which are seldom the highest.
    /// </summary>
    private PairSentence Told(HeardTags heard, int row, BankExample example, long windows, SplitMix64 random)
    {
        var told = Array.ConvertAll(example.Clips, clip => _labels[clip]);
        var trusting = random.Chance(_options.TrustingShare);
        var exchanged = random.Chance(_options.ExchangedShare);
        // A corpus that has no other labels than these has none to take them for.
        if ((!trusting && !exchanged) || _data.Corpus.Labels.Count <= told.Length)
            return Sentence(example, random);
        if (trusting)
            told = example.Relation == PairRelation.Sequential ? heard.InTurn(row, Middle(example, windows), (int)windows) : heard.Highest(row, told.Length);
        for (var i = 0; exchanged && i < told.Length; i++)
        {
            int other;
            do
                other = random.Next(_data.Corpus.Labels.Count);
            while (told.Contains(other));
            heard.Exchange(row, told[i], other);
            told[i] = other;
        }
        return Sentence(told, example.Relation, random);
    }

    /// <summary>The first window whose middle lies nearer to the second sound of a sequence than to the first.</summary>
    private int Middle(BankExample example, long windows)
    {
        var between = (example.Parts[1] + example.Parts[2]) / 2;
        return Math.Clamp(Enumerable.Range(0, (int)windows).TakeWhile(window => WindowMiddle(window) < between).Count(), 1, Math.Max(1, (int)windows - 1));
    }

    /// <summary>What is said of a sound by the pretrained network alone: its label's clause, a clause of the label's group, or nothing.</summary>
    private string? Told(ReadOnlySpan<float> probabilities)
    {
        var best = Ranking.Best(probabilities);
        return probabilities[best] >= _options.SureTag ? Capitalised(_texts.Labels[best].Clause)
            : probabilities[best] >= _options.SureTag / 3 ? Capitalised(_texts.Labels[best].GroupClause) : null;
    }

    private static string Capitalised(string clause) => char.ToUpperInvariant(clause[0]) + clause[1..] + ".";

    /// <summary>Further rows for sounds that are not there, of any label of AudioSet.</summary>
    private (Tensor Frames, long[] Counts, PairSentence[] Captions) WithImagined(
        Tensor frames, long[] counts, PairSentence[] captions, Tensor ownClips, BankExample[] examples, float[] probabilities, SplitMix64 random)
    {
        var some = Math.Max(1, (int)(captions.Length * _options.ImaginedShare));
        var labels = Enumerable.Range(0, some).Select(_ => random.Next(_texts.Labels.Count)).ToArray();
        var strengths = Array.ConvertAll(labels, _ => random.Uniform(_options.SureTag / 3, 0.95));
        var tags = ImaginedTags.Draw(_texts, labels, strengths, probabilities, random);
        var singles = Enumerable.Range(0, examples.Length).Where(i => examples[i].Relation is null).DefaultIfEmpty(0).ToArray();
        var from = Array.ConvertAll(labels, _ => singles[random.Next(singles.Length)]);
        var rows = Tensor.From<long>([.. from.Select(i => (long)i)], some);
        var own = _tags.Choose(ownClips.IndexSelect(0, rows), [.. from.Select(i => 1 + _tags.Folds + _labelFolds[_labels[examples[i].Clips[0]]])]);
        var count = 1 + random.Next((int)frames.Size(1));
        var imagined = _encoder.Vectors(
            tags.Unsqueeze(1).Expand([-1, count, -1]), own.Unsqueeze(1).Expand([-1, count, -1]), tags, own);
        var padded = imagined.ConstantPadNd([0, 0, 0, frames.Size(1) - count]);
        return (Tensor.Cat([frames, padded]), [.. counts, .. Enumerable.Repeat((long)count, some)],
            [.. captions, .. labels.Select((label, i) => new PairSentence(
                Capitalised(strengths[i] >= _options.SureTag ? _texts.Labels[label].Clause : _texts.Labels[label].GroupClause), "", ""))]);
    }

    /// <summary>Where the tokens of a sequence's clauses ought to look.</summary>
    /// <returns>Windows that belong to each token, [rows, tokens, windows]; the share of each token in the loss, [rows, tokens]. None without sequences.</returns>
    private (Tensor Windows, Tensor Tokens)? Places(BankExample[] examples, PairSentence[] captions, int[][] rows, int most)
    {
        var length = rows[0].Length - 1;
        var windows = new float[rows.Length * length * most];
        var tokens = new float[rows.Length * length];
        for (var i = 0; i < examples.Length; i++)
        {
            if (examples[i].Relation != PairRelation.Sequential)
                continue;
            for (var part = 0; part < 2; part++)
            {
                var clause = _model.Tokenizer.EncodeBatch([part == 0 ? captions[i].ClauseOfA : captions[i].ClauseOfB], addBeginEnd: false, UnknownTokenPolicy.Throw, CaptionPadding.Batch)[0];
                var at = rows[i].AsSpan().IndexOf(clause);
                if (at < 1)
                    continue;
                var inside = Enumerable.Range(0, most).Where(window =>
                {
                    var middle = WindowMiddle(window);
                    return middle >= examples[i].Parts[2 * part] && middle <= examples[i].Parts[2 * part + 1];
                }).ToList();
                // Logits at a place tell the token behind it.
                for (var token = at - 1; inside.Count > 0 && token < at - 1 + clause.Length; token++)
                {
                    tokens[i * length + token] = 1;
                    foreach (var window in inside)
                        windows[(i * length + token) * most + window] = 1;
                }
            }
        }
        var sum = tokens.Sum();
        return sum == 0 ? null : (Tensor.From<float>(windows, rows.Length, length, most), Tensor.From<float>([.. tokens.Select(token => token / sum)], rows.Length, length));
    }

    private Tensor InSpace(Tensor clips, Tensor ownClips, BankExample[] examples, SplitMix64 random)
    {
        var own = _tags.Choose(ownClips, [.. examples.Select(example => 1 + _clipFolds[example.Clips[0]])]);
        var texts = examples.Select(example => example.Relation is null && random.Chance(0.6) ? Name(_data.Train.Clips[example.Clips[0]].Label, random) : Sentence(example, random).Text);
        return _space.Of(clips, _encoder.Network.Classify(clips)!, own, [.. texts], [.. examples.Select(example => example.Clips.Select(clip => _labels[clip]).Distinct().ToArray())], random);
    }

    /// <summary>A text of a label that is shorter than a caption.</summary>
    private string Name(string label, SplitMix64 random)
    {
        var clauses = _data.Corpus.Clauses[label];
        return random.Next(3) switch
        {
            0 => label.Replace('_', ' '),
            1 => $"This is a sound of {label.Replace('_', ' ')}",
            _ => clauses[random.Next(clauses.Count)],
        };
    }

    private PairSentence Sentence(BankExample example, SplitMix64 random)
    {
        if (example.Relation is not null)
            return Sentence(Array.ConvertAll(example.Clips, clip => _labels[clip]), example.Relation, random);
        var clip = _data.Train.Clips[example.Clips[0]];
        return Sentence(clip.Label, clip is { Split: DataSplit.Train } ? clip.Caption : "", random);
    }

    private PairSentence Sentence(int[] told, PairRelation? relation, SplitMix64 random)
    {
        string Label(int i) => _data.Corpus.Labels[told[i]];
        return relation switch
        {
            null => Sentence(Label(0), "", random),
            PairRelation.Sequential => _captions.ComposeOf(Label(0), Label(1), PairRelation.Sequential, random),
            _ => _captions.ComposeOf(Label(1), Label(0), relation.Value, random),
        };
    }

    // The clip may have a caption of its own.
    private PairSentence Sentence(string label, string own, SplitMix64 random)
    {
        var choices = _data.Corpus.Captions[label];
        var choice = _captions.Choose(choices.Count + (own.Length > 0 ? 1 : 0), random);
        return new PairSentence(choice < choices.Count ? choices[choice] : own, "", "");
    }

    private List<float[]> Tagged(FeatureBank bank)
    {
        var tagged = new List<float[]>();
        foreach (var indexes in Enumerable.Range(0, bank.Examples.Count).Chunk(64))
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var (clips, windows, counts) = bank.Gather(indexes);
            tagged.AddRange(_encoder.OwnOfClips(_encoder.Own(clips), _encoder.Own(windows), counts).ToArray<float>().Chunk(_encoder.Config.OwnTags));
        }
        return tagged;
    }

    private List<string> Captions(FeatureBank bank, CancellationToken cancellationToken)
    {
        var captions = new List<string>();
        foreach (var indexes in Enumerable.Range(0, bank.Examples.Count).Chunk(32))
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var (clips, windows, counts) = bank.Gather(indexes);
            var ownWindows = _encoder.Own(windows);
            var frames = _encoder.Vectors(_encoder.Network.Classify(windows)!, ownWindows, _encoder.Network.Classify(clips)!, _encoder.OwnOfClips(_encoder.Own(clips), ownWindows, counts));
            captions.AddRange(_model.CaptionFrames(frames, counts, new ConetteOptions { BeamSize = _options.ValidationBeam }, cancellationToken).Select(result => result.Caption));
        }
        return captions;
    }

    private SpaceEvaluation FindInSpace(SoundClip[] clips)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var means = _validation.Gather([.. Enumerable.Range(0, clips.Length)]).Clips;
        var space = _model.Space!;
        var sounds = space.EmbedAudio(space.Features(means, _encoder.Network.Classify(means)!, _encoder.Own(means))).ToArray<float>();
        return SpaceEvaluation.Run(_data.Corpus, clips, sounds, texts => space.EmbedText(texts).ToArray<float>(), _queries);
    }

    /// <summary>The model's own tagger becomes the first of the folded ones, which heard everything.</summary>
    private void TakeOver()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var labels = _data.Corpus.Labels.Count;
        Own("weight").CopyInPlace(_tags.Weight.Narrow(0, 0, labels));
        Own("bias").CopyInPlace(_tags.Bias.Narrow(0, 0, labels));
    }

    private Tensor Own(string name) => _model.Weights.Entries.First(weight => weight.Name == OwnPrefix + name).Tensor;

    /// <summary>Mean and deviation of the means of the map over the training clips as they are.</summary>
    private void Standardise()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var clips = _bank.Gather([.. Enumerable.Range(0, _data.Train.Clips.Count)]).Clips;
        Own("mean").CopyInPlace(clips.Mean([0]));
        Own("scale").CopyInPlace(clips.Std([0], unbiased: false).Add(1e-3).Rsqrt().Square());
    }

    private static PublishedEncoder ReadNetwork(string file)
    {
        if (!File.Exists(file))
            throw new TrainingException($"There is no pretrained network at '{file}', which encoder.network names; models/auricle-small/README.md says where it comes from.");
        var files = ModelFiles.Open(file);
        return EncoderFamily.Of(new MobileNetConfig()).Read(files.Tensors, files.Weights)
            ?? throw new TrainingException($"'{file}', which encoder.network names, is no MobileNetV3 of EfficientAT.");
    }

    private void LoadNetwork(PublishedEncoder network)
    {
        using var noGrad = NoGrad.Begin();
        foreach (var weight in _model.Weights.Entries.Where(weight => weight.Name.StartsWith(EncoderPrefix + "network.", StringComparison.Ordinal)))
        {
            using var scope = TensorScope.Begin();
            weight.Tensor.CopyInPlace(Tensor.From(network.Tensors[weight.Name[(EncoderPrefix + "network.").Length..]]));
        }
    }

    /// <summary>Takes what this run does not train from an earlier one.</summary>
    private void LoadStart(string folder)
    {
        foreach (var (file, entries) in new[] { (EarlierModel.WeightFile, _model.Weights.Entries), ("folds.safetensors", _folds.Entries) })
        {
            var stored = Checkpoint.Open(Path.Combine(folder, file)).Tensors;
            using var noGrad = NoGrad.Begin();
            foreach (var weight in entries.Except(_trained).Where(weight => stored.ContainsKey(weight.Name) && !weight.Name.StartsWith(EncoderPrefix + "network.", StringComparison.Ordinal)))
            {
                using var scope = TensorScope.Begin();
                var values = Tensor.From(stored[weight.Name]);
                if (!values.Shape.SequenceEqual(weight.Tensor.Shape))
                    throw new WeightsException($"'{weight.Name}' in '{folder}' is of another size than this recipe's; make the recipes agree.") { File = folder, Names = [weight.Name] };
                weight.Tensor.CopyInPlace(values);
            }
        }
    }
}
