using Auricle.Models.Decoders;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Encoders;
using Auricle.Models.Systems.Listener;
using Auricle.Text;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Systems.Conette;

/// <summary>
/// CoNeTTE (Labbé, Pellegrini and Pinquier 2023): an audio tagger whose frame vectors a small Transformer turns into a
/// caption; the first token names the data set whose style the caption has. One loaded model serves concurrent callers.
/// </summary>
public sealed partial class ConetteModel : ICaptioner, ITagger, IAudioEmbedder, IFrameEmbedder, IDescribed
{
    private readonly CaptionTasks _tasks;
    private readonly Linear _projection;
    private readonly TaggingEncoder _hearing;
    private readonly int[] _taskTokens;
    private readonly bool[] _unrepeatable;

    private ConetteModel(ConetteConfig config, CaptionTokenizer tokenizer, WeightStore weights, ConetteParts parts)
    {
        Config = config;
        Tokenizer = tokenizer;
        Weights = weights;
        Labels = LabelSets.For(config.Encoder.Tags, null, config.TagLabels);
        _tasks = config.CreateTasks();
        var addedTokens = _tasks.AddTokensTo(tokenizer);
        _taskTokens = parts.TaskTokens?.Length == addedTokens.Length ? parts.TaskTokens : addedTokens;
        _unrepeatable = parts.Unrepeatable?.Length == tokenizer.Vocabulary.Count
            ? parts.Unrepeatable
            : tokenizer.ForbidRepetitionMask(RepetitionMode.ContentWords);
        Encoder = EncoderFamily.Create(config.Encoder, weights.Root / "preprocessor" / "encoder", parts.ComputeType, parts.MelFilters);
        // Its weights are this model's, which releases them.
        _hearing = new TaggingEncoder(Encoder, config.Encoder, weights, Labels);
        _projection = new Linear(weights.Root / "model" / "projection" / 2, Encoder.Width, config.Width);
        Decoder = new TransformerDecoder(
            new TransformerDecoderConfig
            {
                VocabularySize = tokenizer.Vocabulary.Count,
                Width = config.Width,
                Heads = config.Heads,
                Layers = config.DecoderLayers,
                FeedForwardWidth = config.FeedForwardWidth,
                UsesGelu = config.Activation == "gelu",
                Dropout = config.DecoderDropout,
            },
            weights.Root / "model" / "decoder",
            parts.ComputeType);
        if (config.Space is { } space)
            Space = new SharedSpace(space, (WindowedMobileNet)Encoder, weights.Root / "space");
    }

    /// <summary>The space that its sounds and texts share, where it has one.</summary>
    public SharedSpace? Space { get; }

    /// <summary>The numbers of the model.</summary>
    public ConetteConfig Config { get; }

    /// <summary>Its words.</summary>
    public CaptionTokenizer Tokenizer { get; }

    /// <summary>The caption styles, the default first; empty where the model has no tasks.</summary>
    public IReadOnlyList<string> Tasks => _tasks.Names;

    /// <summary>The caption style where none is asked for; empty where the model has no tasks.</summary>
    public string DefaultTask => _tasks.Names.Count > 0 ? _tasks.Names[0] : "";

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; }

    /// <inheritdoc/>
    public int SampleRate => Encoder.SampleRate;

    /// <inheritdoc/>
    public int EmbeddingWidth => Encoder.ClipWidth;

    /// <inheritdoc/>
    public int FrameWidth => Encoder.Width;

    /// <summary>The text decoder.</summary>
    public TransformerDecoder Decoder { get; }

    /// <summary>The audio encoder.</summary>
    public IAudioEncoder Encoder { get; }

    /// <summary>All parameters and buffers; the model owns them.</summary>
    public WeightStore Weights { get; }

    /// <summary>The start token of a task.</summary>
    /// <param name="task">Its name; <see langword="null"/> for the default.</param>
    /// <exception cref="UnknownTaskException">The model has no such task.</exception>
    public int TaskToken(string? task) => _taskTokens[_tasks.IndexOf(task)];

    /// <summary>The memory that the decoder attends to.</summary>
    /// <param name="frames">[batch, frames, encoder width].</param>
    /// <param name="training">Whether values are dropped, before and after.</param>
    /// <returns>[batch, frames, width].</returns>
    public Tensor Project(Tensor frames, bool training)
    {
        ArgumentNullException.ThrowIfNull(frames);
        var dropped = frames.Dropout(Config.ProjectionDropout, training);
        return _projection.Forward(dropped).Relu().Dropout(Config.ProjectionDropout, training);
    }

    /// <summary>Starts a model with random weights, to be trained.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="tokenizer">Its words; tokens of tasks it lacks are added.</param>
    /// <param name="precision">The element type of the encoder's matrix products.</param>
    /// <param name="device">Where it computes; the processor by default.</param>
    public static ConetteModel Create(ConetteConfig config, CaptionTokenizer tokenizer, Precision precision = Precision.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var store = WeightStore.Initialise(device);
        try
        {
            var model = new ConetteModel(config, tokenizer, store, new ConetteParts { ComputeType = PrecisionSupport.Resolve(precision, store.Device) });
            model.MakeDecoderLayersEqual();
            return model;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Weights.Dispose();

    /// <summary>The reference starts all decoder layers as copies of one.</summary>
    private void MakeDecoderLayersEqual()
    {
        const string Layers = "model.decoder.layers.";
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var first = Weights.Entries.Where(weight => weight.Name.StartsWith(Layers + "0.", StringComparison.Ordinal))
            .ToDictionary(weight => weight.Name[(Layers.Length + 1)..], weight => weight.Tensor);
        foreach (var weight in Weights.Entries.Where(weight => weight.Name.StartsWith(Layers, StringComparison.Ordinal)))
            weight.Tensor.CopyInPlace(first[weight.Name[weight.Name.IndexOf('.', Layers.Length)..]]);
    }
}

/// <summary>What a model is made of besides configuration, words and weights.</summary>
internal sealed record ConetteParts
{
    public DType ComputeType { get; init; } = DType.Float32;
    public Tensor? MelFilters { get; init; }
    public int[]? TaskTokens { get; init; }
    public bool[]? Unrepeatable { get; init; }
}
