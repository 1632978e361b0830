using System.Text.Json;
using System.Text.Json.Nodes;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Atst;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Encoders.Passt;
using Auricle.Models.Encoders.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Correspondences;

/// <summary>What the tensors and options of a file tell of a <see cref="CorrespondenceModel"/>. Names are the authors'.</summary>
internal static class CorrespondenceWeights
{
    private const string Text = "sentence_embedding_model.";
    private const string AudioProjection = "project_audio.";
    private const string TextProjection = "project_sentence.";
    private const string Layers = "audio_sequence.";
    private const string Places = "posencode.";
    private const string Input = "audio_output_projection.";

    private const double LongestClip = 600; // seconds

    // The authors' clips have the length that their data sets give them; the other options bear their names.
    private const string ClipLength = "clip_length";

    // Every audio encoder the authors' code knows: where it lies, the tensor that it is recognised by, its sizes, and what no network reads.
    private static readonly AudioKind[] AudioKinds =
    [
        new("audio_embedding_model.model.model.", PasstWeights.Mark, PasstWeights.Sizes, PasstWeights.IsExpected),
        new("audio_embedding_model.model.model.", MobileNetWeights.Mark, MobileNetWeights.Sizes, MobileNetWeights.IsExpected),
        new("audio_embedding_model.model.atst.", AtstWeights.Mark, AtstWeights.Sizes, AtstWeights.IsExpected),
    ];

    // Heads of AudioSet's tags, a second temperature, and the front end of ATST, which follows from its numbers.
    private static readonly string[] Unused =
    [
        "timing_tau", "audio_embedding_model.model.model.head.", "audio_embedding_model.model.model.classifier.", "audio_embedding_model.model.model.mel.", "audio_embedding_model.model.mel.",
        "audio_embedding_model.model.resampler.",
    ];

    /// <summary>Whether the tensors are of such a model.</summary>
    public static bool Recognises(IReadOnlyDictionary<string, StoredTensor> stored) =>
        Has(stored, Text) && (Has(stored, AudioProjection) || Has(stored, TextProjection)) && Has(stored, "audio_embedding_model.");

    /// <summary>Where the audio encoder of a configuration lies.</summary>
    public static Weights AudioPlace(Weights root, EncoderConfig config) =>
        root / "audio_embedding_model" / "model" / (config is AtstConfig ? "atst" : "model");

    /// <summary>Whether a name may be in a file without being a weight of the network.</summary>
    /// <param name="name">The name.</param>
    /// <param name="config">The model; what only some use, others have as well.</param>
    public static bool IsExpected(string name, CorrespondenceConfig config) =>
        Array.Exists(Unused, prefix => name.StartsWith(prefix, StringComparison.Ordinal))
        || Array.Exists(AudioKinds, kind => IsBelow(name, kind.Prefix, kind.IsExpected))
        || IsBelow(name, Text, TextEncoderWeights.IsExpected)
        || name.StartsWith(Places, StringComparison.Ordinal) && config.Sequence?.HasPlaces != true
        || config.Sequence is null && (name == "audio_token" || name.StartsWith(Input, StringComparison.Ordinal));

    /// <summary>The model that a file holds.</summary>
    /// <param name="stored">Its tensors.</param>
    /// <param name="options">The options of its training; <see langword="null"/> where it stores none.</param>
    /// <param name="json">The same options in the configuration beside the weights, as <see cref="WriteOptions"/> writes them.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <exception cref="WeightsException">A part is missing or of an unknown kind; all such parts are named at once.</exception>
    public static CorrespondenceConfig Read(IReadOnlyDictionary<string, StoredTensor> stored, PickleValue? options, JsonObject? json, string file)
    {
        var problems = new List<WeightsException>();
        T? Try<T>(Func<T> read) where T : class
        {
            try
            {
                return read();
            }
            catch (WeightsException error)
            {
                problems.Add(error);
                return null;
            }
        }
        var training = new TrainingOptions(options, json);
        var audio = Try(() => Audio(stored, training, file));
        var text = Try(() => TextEncoderWeights.Sizes(KindOfText(stored), Below(stored, Text), file));
        var audioLayers = Try(() => Widths(stored, AudioProjection, file));
        var textLayers = Try(() => Widths(stored, TextProjection, file));
        var sequence = Has(stored, Layers) ? Try(() => Sequence(stored, training, file)) : null;
        if (training.Text("audio_features", "aggregate") is { } aggregate && aggregate != "mean")
            problems.Add(new WeightsException($"The checkpoint '{file}' was trained with aggregate '{aggregate}'; only 'mean' is known."));
        if (problems.Count == 1)
            throw problems[0];
        if (problems.Count > 0)
            throw new WeightsException(string.Join(' ', problems.Select(problem => problem.Message))) { File = file, Names = [.. problems.SelectMany(problem => problem.Names)] };
        var published = new CorrespondenceConfig { Audio = audio!, Text = text! };
        var config = published with
        {
            Text = text! with { HiddenDropout = 0.2, AttentionDropout = 0.2 },
            Width = audioLayers![^1],
            AudioLayers = audioLayers[..^1],
            TextLayers = textLayers![..^1],
            Sequence = sequence,
            SegmentSeconds = training.Number("audio_features", "segment_length") ?? published.SegmentSeconds,
            HopSeconds = training.Number("audio_features", "hop_length") ?? published.HopSeconds,
            ClipSeconds = training.Number(ClipLength) ?? published.ClipSeconds,
            // ATST gives nothing but frames.
            UsesFrames = audio is AtstConfig || (training.Flag("audio_features", "model_config", "return_sequence") ?? published.UsesFrames),
            UsesFirstToken = training.Flag("sentence_features", "use_first_token") ?? published.UsesFirstToken,
            MaximumTokens = (int?)training.Number("sentence_features", "max_sentence_tokens") ?? published.MaximumTokens,
            RemovesPunctuation = training.Flag("sentence_features", "remove_punctuation") ?? published.RemovesPunctuation,
        };
        Check("segment_length", config.SegmentSeconds, 0.1, LongestClip);
        Check("hop_length", config.HopSeconds, 0.01, LongestClip);
        Check(ClipLength, config.ClipSeconds, 0.1, LongestClip);
        Check("max_sentence_tokens", config.MaximumTokens, 3, config.Text.MaximumLength);
        return config;

        void Check(string name, double value, double lowest, double highest)
        {
            if (!(value >= lowest && value <= highest))
                throw new WeightsException(FormattableString.Invariant($"The option '{name}' of '{file}' is {value}; expected {lowest} to {highest}.")) { File = file };
        }
    }

    /// <summary>The habits of a model in the names of the authors' options, for a configuration beside its weights.</summary>
    public static JsonObject WriteOptions(CorrespondenceConfig config)
    {
        var audio = new JsonObject
        {
            ["segment_length"] = config.SegmentSeconds,
            ["hop_length"] = config.HopSeconds,
            ["model_config"] = new JsonObject { ["return_sequence"] = config.UsesFrames },
        };
        if (config.Audio is PasstConfig passt)
        {
            audio["model_config"]!["s_patchout_t"] = passt.TimePatchout;
            audio["model_config"]!["s_patchout_f"] = passt.BandPatchout;
        }
        if (config.Sequence is { } sequence)
        {
            audio["sequence_model"] = new JsonObject
            {
                ["nhead"] = sequence.Heads,
                ["reduce_sequence"] = sequence.Joins,
                ["normalize_input"] = sequence.Normalises,
                ["ablate_posencode"] = !sequence.HasPlaces,
                ["norm_first"] = sequence.NormFirst,
                ["use_first_token"] = sequence.UsesSummary,
                ["dropout"] = sequence.Dropout,
            };
        }
        return new JsonObject
        {
            [ClipLength] = config.ClipSeconds,
            ["init_audio_token_with_mean"] = config.Sequence?.StartsWithMean ?? true,
            ["audio_features"] = audio,
            ["sentence_features"] = new JsonObject
            {
                ["use_first_token"] = config.UsesFirstToken,
                ["max_sentence_tokens"] = config.MaximumTokens,
                ["remove_punctuation"] = config.RemovesPunctuation,
            },
        };
    }

    private static EncoderConfig Audio(IReadOnlyDictionary<string, StoredTensor> stored, TrainingOptions training, string file)
    {
        var kind = Array.Find(AudioKinds, kind => stored.ContainsKey(kind.Prefix + kind.Mark))
            ?? throw new WeightsException(
                $"The checkpoint '{file}' has none of '{string.Join("', '", AudioKinds.Select(kind => kind.Prefix + kind.Mark))}', by which its audio encoder would be known; it may be another model.")
            { File = file, Names = [.. AudioKinds.Select(kind => kind.Prefix + kind.Mark)] };
        // Its tags play no part, and training on captions has moved the encoder away from them.
        var config = kind.Sizes(stored, kind.Prefix, file) with { Tags = 0 };
        return config is not PasstConfig passt ? config : passt with
        {
            TimePatchout = (int?)training.Number("audio_features", "model_config", "s_patchout_t") ?? 0,
            BandPatchout = (int?)training.Number("audio_features", "model_config", "s_patchout_f") ?? 0,
        };
    }

    // RoBERTa has one type of token, BERT two.
    private static TextEncoderConfig KindOfText(IReadOnlyDictionary<string, StoredTensor> stored) =>
        stored.TryGetValue(Text + "embeddings.token_type_embeddings.weight", out var types) && types.Shape is [1, _] ? TextEncoderConfig.RobertaBase : TextEncoderConfig.BertBase;

    /// <summary>The widths behind each layer of a projection.</summary>
    private static int[] Widths(IReadOnlyDictionary<string, StoredTensor> stored, string prefix, string file)
    {
        var widths = new List<int>();
        while (widths.Count == 0 || stored.ContainsKey($"{prefix}{2 * widths.Count}.weight"))
            widths.Add(checked((int)StoredSizes.Shape(stored, $"{prefix}{2 * widths.Count}.weight", 2, file, "model of its kind")[0]));
        return [.. widths];
    }

    private static SequenceConfig Sequence(IReadOnlyDictionary<string, StoredTensor> stored, TrainingOptions training, string file)
    {
        int Size(string name, int rank, int dimension) => checked((int)StoredSizes.Shape(stored, name, rank, file, "model with a transformer over its segments")[dimension]);
        bool? Flag(string name) => training.Flag("audio_features", "sequence_model", name);
        double? Number(string name) => training.Number("audio_features", "sequence_model", name);
        var published = new SequenceConfig();
        return published with
        {
            Layers = StoredSizes.Layers(stored.Keys, Layers),
            Width = Size(Layers + "0.self_attn.in_proj_weight", 2, 1),
            Heads = (int?)Number("nhead") ?? published.Heads,
            FeedForwardWidth = Size(Layers + "0.linear1.weight", 2, 0),
            Positions = Size(Places + "pe", 3, 1),
            // False stands for none in the authors' options.
            Joins = Math.Max(1, (int?)Number("reduce_sequence") ?? 1),
            Projects = stored.ContainsKey(Input + "weight"),
            Normalises = Flag("normalize_input") ?? published.Normalises,
            HasPlaces = !(Flag("ablate_posencode") ?? !published.HasPlaces),
            NormFirst = Flag("norm_first") ?? published.NormFirst,
            StartsWithMean = training.Flag("init_audio_token_with_mean") ?? published.StartsWithMean,
            UsesSummary = Flag("use_first_token") ?? published.UsesSummary,
            Dropout = Number("dropout") ?? published.Dropout,
        };
    }

    private static bool Has(IReadOnlyDictionary<string, StoredTensor> stored, string prefix) =>
        stored.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));

    private static bool IsBelow(string name, string prefix, Func<string, bool> isExpected) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && isExpected(name[prefix.Length..]);

    private static Dictionary<string, StoredTensor> Below(IReadOnlyDictionary<string, StoredTensor> stored, string prefix) =>
        stored.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value, StringComparer.Ordinal);

    private sealed record AudioKind(
        string Prefix, string Mark, Func<IReadOnlyDictionary<string, StoredTensor>, string, string, EncoderConfig> Sizes, Func<string, bool> IsExpected);

    /// <summary>The nested options that Lightning stores with the weights, or that a configuration beside them holds.</summary>
    private sealed class TrainingOptions(PickleValue? root, JsonObject? json)
    {
        private const string Root = "hyper_parameters";

        public double? Number(params string[] path) => Find(path) switch
        {
            PickleInteger { Value: var value } => (double)value,
            PickleFloat { Value: var value } => value,
            _ => FindJson(path) is { } node && node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<double>(out var number) ? number : null,
        };

        public bool? Flag(params string[] path) => (Find(path) as PickleBool)?.Value ?? FindJson(path)?.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };

        public string? Text(params string[] path) => (Find(path) as PickleString)?.Value;

        private JsonNode? FindJson(string[] path)
        {
            JsonNode? node = json;
            foreach (var name in path.Prepend(Root))
                node = (node as JsonObject)?[name];
            return node;
        }

        private PickleValue? Find(string[] path)
        {
            var value = root;
            foreach (var name in path.Prepend(Root))
            {
                // The library that collects the options has a dictionary of its own.
                var items = value as PickleDict ?? (value as PickleObject)?.Items;
                if (items?.TryGetValue(name, out value) != true)
                    return null;
            }
            return value;
        }
    }
}
