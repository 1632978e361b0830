using Auricle.Audio;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Encoders.Transformers;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Systems.Correspondences;

/// <summary>
/// A retrieval model trained on estimated audio-caption correspondences (Primus et al. 2024): PaSST or another encoder hears a clip
/// in segments, whose vectors are averaged, and RoBERTa reads its caption. Safe for concurrent use.
/// </summary>
/// <remarks>The authors crop clips longer than <see cref="CorrespondenceConfig.ClipSeconds"/> at random places; here they are cut into windows
/// that cover them evenly, whose vectors are averaged, unless <see cref="ModelLoadOptions.CropSeed"/> asks for the authors' rule.</remarks>
public sealed partial class CorrespondenceModel : IAudioTextModel, IDescribed
{
    private const int Rate = 32000;
    private const int TextsAtATime = 32;
    private const int SegmentsAtATime = 8;
    private const double Temperature = 0.05;
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private readonly IAudioEncoder _audio;
    private readonly TextEncoder _text;
    private readonly SequenceModel? _sequence;
    private readonly Linear[] _audioProjection, _textProjection;
    private readonly Tensor _temperature;
    private readonly int? _cropSeed;
    private readonly SubwordTokenizer? _tokenizer;

    internal CorrespondenceModel(
        CorrespondenceConfig config, WeightStore weights, SubwordTokenizer? tokenizer, DType compute = DType.Float32, int? cropSeed = null)
    {
        Config = config;
        Weights = weights;
        _tokenizer = tokenizer;
        _cropSeed = cropSeed;
        var root = weights.Root;
        _temperature = root.Get("tau", [1], Initialisers.Constant(Temperature));
        _audio = EncoderFamily.Create(config.Audio, CorrespondenceWeights.AudioPlace(root, config.Audio), compute);
        _text = new TextEncoder(config.Text, root / "sentence_embedding_model", compute);
        _sequence = config.Sequence is { } sequence ? new SequenceModel(sequence, root, FeatureWidth) : null;
        _audioProjection = Projection(root / "project_audio", config.Sequence?.Width ?? FeatureWidth, config.AudioLayers);
        _textProjection = Projection(root / "project_sentence", config.Text.Width, config.TextLayers);

        Linear[] Projection(Weights place, long inputs, IReadOnlyList<int> layers)
        {
            long[] widths = [inputs, .. layers.Select(width => (long)width), config.Width];
            // Functions without weights stand between the layers.
            return [.. Enumerable.Range(0, widths.Length - 1).Select(i => new Linear(place / (2 * i), widths[i], widths[i + 1]))];
        }
    }

    /// <summary>Sizes and habits.</summary>
    public CorrespondenceConfig Config { get; }

    /// <inheritdoc/>
    public int EmbeddingWidth => Config.Width;

    /// <inheritdoc/>
    public int SampleRate => Rate;

    /// <inheritdoc/>
    public double LogitScale => 1 / Math.Abs(_temperature.ToDouble());

    /// <summary>All parameters; the model owns them.</summary>
    public WeightStore Weights { get; }

    /// <summary>Text to tokens.</summary>
    public SubwordTokenizer Tokenizer => _tokenizer ?? throw new InvalidOperationException("The model was loaded without a tokenizer.");

    string IDescribed.SystemName => "estimated correspondences";

    IEnumerable<(string Name, string Prefix)> IDescribed.Parts =>
        [("audio encoder", "audio_embedding_model."), ("text encoder", "sentence_embedding_model.")];

    IEnumerable<(string Name, string Value)> IDescribed.Details =>
    [
        ("encoders", $"{EncoderFamily.Of(Config.Audio).Name}, {Config.Text.ModelType} of width {Config.Text.Width}"),
        ("vectors", $"{EmbeddingWidth} numbers for a sound or a text"),
        ("segments", FormattableString.Invariant($"{Config.SegmentSeconds} s each, one each {Config.HopSeconds} s")),
    ];

    /// <summary>Samples of a whole clip.</summary>
    public int ClipSamples => Samples(Config.ClipSeconds);

    /// <summary>Samples of a segment.</summary>
    public int SegmentSamples => Samples(Config.SegmentSeconds);

    private int HopSamples => Samples(Config.HopSeconds);

    // A whole that has no room for two segments is one itself.
    private int Segments => ClipSamples < SegmentSamples ? 1 : (ClipSamples - SegmentSamples) / HopSamples + 1;

    private long FeatureWidth => Config.UsesFrames ? _audio.Width : _audio.ClipWidth;

    /// <inheritdoc/>
    public Tensor EmbedText(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(Weights.RequireFinite(Tensor.Cat([.. texts.Chunk(TextsAtATime).Select(some =>
        {
            var tokens = Tokenize(some);
            var (ids, mask) = tokens.On(Weights.Device);
            return EncodeTokens(ids, mask);
        })])));
    }

    /// <inheritdoc/>
    public Tensor EmbedAudio(IReadOnlyList<AudioClip> clips)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentOutOfRangeException.ThrowIfZero(clips.Count);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var wholes = clips.Select(clip => Cut(clip.Resample(Rate).Samples).ToArray()).ToArray();
        // Segments of all clips share batches. Where silent ones count for nothing they are not heard at all.
        var heard = wholes.SelectMany(list => list).Select(samples => (Samples: samples, Segments: _sequence is null ? SegmentsOf(samples) : Segments)).ToArray();
        var features = Tensor.Cat([.. heard.SelectMany(whole => Enumerable.Range(0, whole.Segments).Select(i => Segment(whole.Samples, i)))
            .Chunk(SegmentsAtATime).Select(some => Hear(Tensor.From<float>([.. some.SelectMany(segment => segment)], some.Length, some[0].Length).On(Weights.Device)))]);
        var (perSegment, width) = (features.Size(1), features.Size(2));
        var vectors = new List<Tensor>();
        long start = 0;
        foreach (var (samples, segments) in heard)
        {
            var some = features.Narrow(0, start, segments).Reshape(1, segments * perSegment, width);
            vectors.Add(Project(_audioProjection, Pool(some, Mask([Share(samples.Length)], Segments * perSegment).Narrow(1, 0, segments * perSegment), training: false)));
            start += segments;
        }
        var all = Tensor.Cat([.. vectors]);
        var first = 0;
        return scope.Keep(Weights.RequireFinite(Tensor.Stack([.. wholes.Select(list =>
        {
            var mean = all.Narrow(0, first, list.Length).Mean([0]);
            first += list.Length;
            return mean;
        })])));
    }

    /// <summary>The vectors of whole clips, with gradients where they are recorded.</summary>
    /// <param name="waves">[batch, <see cref="ClipSamples"/>], float32, at <see cref="SampleRate"/>: shorter clips filled with silence.</param>
    /// <param name="shares">For each clip which share of it is sound.</param>
    /// <param name="training">Whether values are dropped and patches left out.</param>
    /// <returns>[batch, width], float32.</returns>
    public Tensor EncodeWaves(Tensor waves, IReadOnlyList<double> shares, bool training = false)
    {
        ArgumentNullException.ThrowIfNull(waves);
        ArgumentNullException.ThrowIfNull(shares);
        using var scope = TensorScope.Begin();
        var batch = waves.Size(0);
        var segments = Segments == 1 ? waves : waves.Unfold(1, SegmentSamples, HopSamples).Reshape(batch * Segments, SegmentSamples);
        var features = Hear(segments, training);                                               // [batch × segments, vectors, width]
        features = features.Reshape(batch, Segments * features.Size(1), features.Size(2));
        return scope.Keep(Project(_audioProjection, Pool(features, Mask(shares, features.Size(1)), training)));
    }

    /// <summary>The vectors of tokenised texts, with gradients where they are recorded.</summary>
    /// <param name="ids">[batch, length], int64.</param>
    /// <param name="mask">[batch, length], int64: 1 for a token, 0 for padding.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <returns>[batch, width], float32.</returns>
    public Tensor EncodeTokens(Tensor ids, Tensor mask, bool training = false)
    {
        using var scope = TensorScope.Begin();
        var hidden = _text.Forward(ids, mask, training: training);                             // [batch, length, text width]
        return scope.Keep(Project(_textProjection, (Config.UsesFirstToken ? SentencePooling.FirstToken : SentencePooling.Mean).Apply(hidden, mask)));
    }

    /// <summary>The tokens of texts, filled to the longest of them. Letters are made small; punctuation goes, as in training.</summary>
    public TokenBatch Tokenize(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Tokenizer.EncodeBatch([.. texts.Select(Normalise)], Config.MaximumTokens);
    }

    /// <summary>How much each sound is like each text: the cosine of their vectors over the temperature of training. The softmax over texts
    /// gives probabilities of labels.</summary>
    /// <param name="audio">[sounds, width].</param>
    /// <param name="text">[texts, width].</param>
    /// <returns>[sounds, texts].</returns>
    public Tensor Similarity(Tensor audio, Tensor text)
    {
        ArgumentNullException.ThrowIfNull(audio);
        ArgumentNullException.ThrowIfNull(text);
        using var scope = TensorScope.Begin();
        return scope.Keep(SentencePoolings.Normalise(audio).Matmul(SentencePoolings.Normalise(text).T()).Div(_temperature.Abs()));
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Weights.Dispose();

    /// <summary>A text as the tokenizer gets it.</summary>
    internal string Normalise(string text)
    {
#pragma warning disable CA1308 // the vocabulary of captions is small letters
        var small = text.ToLowerInvariant();
#pragma warning restore CA1308
        return Config.RemovesPunctuation ? string.Concat(small.Where(character => !Punctuation.Contains(character, StringComparison.Ordinal))) : small;
    }

    /// <summary>What similarities are divided by, [1].</summary>
    internal Tensor Tau => _temperature;

    /// <summary>The encoder's vectors of the beginning of a clip, those of silence behind it left out.</summary>
    /// <param name="samples">At <see cref="SampleRate"/>.</param>
    /// <returns>[vectors, width].</returns>
    internal Tensor HearClip(float[] samples)
    {
        using var scope = TensorScope.Begin();
        var whole = samples.Length > ClipSamples ? samples[..ClipSamples] : samples;
        var segments = SegmentsOf(whole);
        var features = Hear(Tensor.From<float>([.. Enumerable.Range(0, segments).SelectMany(i => Segment(whole, i))], segments, Math.Min(SegmentSamples, ClipSamples)).On(Weights.Device));
        var count = (long)Math.Ceiling(Share(whole.Length) * Segments * features.Size(1));
        return scope.Keep(features.Reshape(segments * features.Size(1), features.Size(2)).Narrow(0, 0, Math.Min(count, segments * features.Size(1))));
    }

    /// <summary>How many vectors a batch of clips is filled to: as many as fit the transformer's joined neighbours.</summary>
    internal int VectorsOf(int longest)
    {
        var joins = Config.Sequence?.Joins ?? 1;
        return (longest + joins - 1) / joins * joins;
    }

    /// <summary>The encoder's vectors of segments.</summary>
    /// <param name="segments">[segments, samples], at <see cref="SampleRate"/>.</param>
    /// <param name="training">Whether patches are left out.</param>
    /// <returns>[segments, vectors of each, width].</returns>
    internal Tensor Hear(Tensor segments, bool training = false)
    {
        using var scope = TensorScope.Begin();
        var output = _audio.Encode(_audio.Prepare(AtRateOfEncoder(segments)), training);
        return scope.Keep(Config.UsesFrames ? output.Frames : output.Clip.Unsqueeze(1));
    }

    /// <summary>Which vectors of a clip are of sound.</summary>
    /// <param name="shares">For each clip which share of it is sound.</param>
    /// <param name="vectors">The vectors of each clip.</param>
    /// <returns>[clips, vectors], float32: 1 for sound.</returns>
    internal Tensor Mask(IReadOnlyList<double> shares, long vectors)
    {
        var mask = new float[shares.Count * vectors];
        for (var row = 0; row < shares.Count; row++)
            mask.AsSpan((int)(row * vectors), (int)Math.Min(vectors, Math.Ceiling(shares[row] * vectors))).Fill(1);
        return Tensor.From<float>(mask, shares.Count, vectors).On(Weights.Device);
    }

    /// <summary>One vector of the vectors of each clip, before the projection.</summary>
    /// <param name="features">[clips, vectors, width].</param>
    /// <param name="mask">[clips, vectors].</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <returns>[clips, width].</returns>
    internal Tensor Pool(Tensor features, Tensor mask, bool training)
    {
        using var scope = TensorScope.Begin();
        if (_sequence is not null)
            return scope.Keep(_sequence.Forward(features, mask, training));
        return scope.Keep(MaskedMean(features, mask));
    }

    /// <summary>The vector of a clip of what <see cref="Pool"/> gives.</summary>
    internal Tensor ProjectAudio(Tensor pooled) => Project(_audioProjection, pooled);

    /// <summary>The table of places, for inspection.</summary>
    internal Tensor? Places => _sequence?.Places;

    private static Tensor MaskedMean(Tensor vectors, Tensor mask) => vectors.Mul(mask.Unsqueeze(2)).Sum([1]).Div(mask.Sum([1], keepdim: true));

    private static Tensor Project(Linear[] layers, Tensor vectors)
    {
        using var scope = TensorScope.Begin();
        for (var i = 0; i < layers.Length; i++)
            vectors = layers[i].Forward(i == 0 ? vectors : vectors.Relu());
        return scope.Keep(vectors);
    }

    // Encoders of other rates get what they were trained on: sound that had been at 32 kHz, cut into segments there.
    private Tensor AtRateOfEncoder(Tensor segments)
    {
        if (_audio.SampleRate == Rate)
            return segments;
        var resampler = new Resampler(Rate, _audio.SampleRate);
        var rows = segments.ToArray<float>().Chunk((int)segments.Size(1)).Select(row => resampler.Resample(row)).ToArray();
        return Tensor.From<float>([.. rows.SelectMany(row => row)], rows.Length, rows[0].Length).On(segments.Device);
    }

    private IEnumerable<float[]> Cut(float[] samples)
    {
        if (samples.Length <= ClipSamples)
            return [samples];
        var starts = _cropSeed is { } seed
            ? [new Random(seed).NextInt64(samples.Length - ClipSamples + 1)]
            : EncoderWindows.Starts(samples.Length, ClipSamples);
        return starts.Select(start => samples[(int)start..((int)start + ClipSamples)]);
    }

    // As many as hold a vector that counts, be it one of a segment or of its frames.
    private int SegmentsOf(float[] samples) => (int)Math.Clamp(Math.Ceiling(Share(samples.Length) * Segments), 1, Segments);

    private float[] Segment(float[] samples, int index)
    {
        var segment = new float[Math.Min(SegmentSamples, ClipSamples)];
        var start = index * HopSamples;
        if (start < samples.Length)
            samples.AsSpan(start, Math.Min(segment.Length, samples.Length - start)).CopyTo(segment);
        return segment;
    }

    private double Share(int samples) => Math.Max(1.0, Math.Min(samples, ClipSamples)) / ClipSamples;

    private static int Samples(double seconds) => (int)(seconds * Rate);

    /// <summary>A transformer over a clip's vectors, with a token that sums them up.</summary>
    private sealed class SequenceModel
    {
        private readonly SequenceConfig _config;
        private readonly Tensor _token, _placeWeight;
        private readonly Linear? _input;
        private readonly SequenceLayer[] _layers;

        public SequenceModel(SequenceConfig config, Weights weights, long inputs)
        {
            _config = config;
            _token = weights.Get("audio_token", [1, 1, config.Width], Initialisers.Normal(0.04));
            _placeWeight = (weights / "posencode").Get("w", [1], Initialisers.Ones);
            Places = (weights / "posencode").GetBuffer("pe", [1, config.Positions, config.Width], FillPlaces);
            _input = config.Projects ? new Linear(weights / "audio_output_projection", inputs * config.Joins, config.Width) : null;
            _layers = [.. Enumerable.Range(0, config.Layers).Select(i => new SequenceLayer(weights / "audio_sequence" / i, config))];
        }

        public Tensor Places { get; }

        /// <param name="features">[clips, vectors, width].</param>
        /// <param name="mask">[clips, vectors]: 1 for sound.</param>
        /// <param name="training">Whether values are dropped.</param>
        /// <returns>[clips, width].</returns>
        public Tensor Forward(Tensor features, Tensor mask, bool training)
        {
            using var scope = TensorScope.Begin();
            var clips = features.Size(0);
            if (_config.Joins > 1)
            {
                features = features.Reshape(clips, features.Size(1) / _config.Joins, _config.Joins * features.Size(2));
                mask = mask.Reshape(clips, features.Size(1), _config.Joins).Amax([2]);
            }
            if (features.Size(1) > _config.Positions && _config.HasPlaces)
                throw new ArgumentException($"A clip has {features.Size(1)} vectors, but the model has places for {_config.Positions}; use shorter clips.", nameof(features));
            if (_input is not null)
                features = _input.Forward(features);
            if (_config.Normalises)
                features = SentencePoolings.Normalise(features);
            var token = _token.Expand([clips, 1, _config.Width]);
            // The reference takes silence behind a short clip into this mean.
            if (_config.StartsWithMean)
                token = token.Add(features.Mean([1], keepdim: true));
            if (_config.HasPlaces)
                features = features.Add(Places.Narrow(1, 0, features.Size(1)).Mul(_placeWeight)).Dropout(_config.Dropout, training);
            var x = Tensor.Cat([token, features], 1);                                          // [clips, 1 + vectors, width]
            var all = Tensor.Cat([Tensor.Ones([clips, 1], device: mask.Device), mask], 1);
            var hidden = all.Neg().Add(1).Mul(-(double)float.MaxValue).Unsqueeze(1).Unsqueeze(1); // [clips, 1, 1, 1 + vectors]
            foreach (var layer in _layers)
                x = layer.Forward(x, hidden, training);
            return scope.Keep(_config.UsesSummary ? x.Select(1, 0) : MaskedMean(x, all));
        }

        // Sines and cosines of falling frequency in turn (Vaswani et al. 2017).
        private static void FillPlaces(Tensor places)
        {
            var (count, width) = (places.Size(1), places.Size(2));
            var values = new float[count * width];
            for (var place = 0; place < count; place++)
            {
                for (var i = 0; i < width; i++)
                {
                    var angle = place * Math.Exp(-(i - i % 2) * Math.Log(10000) / width);
                    values[place * width + i] = (float)(i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
                }
            }
            places.CopyInPlace(Tensor.From<float>(values, 1, count, width));
        }
    }

    /// <summary>PyTorch's <c>TransformerEncoderLayer</c> with GELU, norms before or after the branches.</summary>
    private sealed class SequenceLayer
    {
        private const double Epsilon = 1e-5;

        private readonly SequenceConfig _config;
        private readonly Tensor _mixWeight, _mixBias;
        private readonly Linear _output, _widen, _narrow;
        private readonly LayerNorm _attentionNorm, _hiddenNorm;

        public SequenceLayer(Weights weights, SequenceConfig config)
        {
            _config = config;
            var attention = weights / "self_attn";
            _mixWeight = attention.Get("in_proj_weight", [3 * config.Width, config.Width], Initialisers.XavierUniform);
            _mixBias = attention.Get("in_proj_bias", [3 * config.Width], Initialisers.Zeros);
            _output = new Linear(attention / "out_proj", config.Width, config.Width, biasInitialiser: Initialisers.Zeros);
            _widen = new Linear(weights / "linear1", config.Width, config.FeedForwardWidth);
            _narrow = new Linear(weights / "linear2", config.FeedForwardWidth, config.Width);
            _attentionNorm = new LayerNorm(weights / "norm1", config.Width, Epsilon);
            _hiddenNorm = new LayerNorm(weights / "norm2", config.Width, Epsilon);
        }

        public Tensor Forward(Tensor x, Tensor hidden, bool training) =>
            Checkpointing.Run((input, mask) => Compute(input, mask!, training), x, hidden);

        private Tensor Compute(Tensor x, Tensor hidden, bool training)
        {
            using var scope = TensorScope.Begin();
            if (_config.NormFirst)
            {
                x = x.Add(Attend(_attentionNorm.Forward(x), hidden, training));
                return scope.Keep(x.Add(Widen(_hiddenNorm.Forward(x), training)));
            }
            x = _attentionNorm.Forward(x.Add(Attend(x, hidden, training)));
            return scope.Keep(_hiddenNorm.Forward(x.Add(Widen(x, training))));
        }

        private Tensor Attend(Tensor x, Tensor hidden, bool training) => Drop(_output.Forward(
            SelfAttention.Mix(x.Linear(_mixWeight, _mixBias), _config.Heads, training, hidden, _config.Dropout)), training);

        private Tensor Widen(Tensor x, bool training) => Drop(_narrow.Forward(Drop(_widen.Forward(x).Gelu(), training)), training);

        private Tensor Drop(Tensor x, bool training) => x.Dropout(_config.Dropout, training);
    }
}
