using System.Text.Json.Serialization.Metadata;
using Auricle.Models.Encoders.Atst;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Encoders.Passt;
using Auricle.Models.Families;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Encoders;

/// <summary>A kind of audio encoder: what configurations call it, how it is built, and how its authors' files are recognised.</summary>
public abstract class EncoderFamily
{
    private protected EncoderFamily(
        string kind, string name, EncoderConfig defaults, JsonTypeInfo json, Func<IReadOnlyDictionary<string, StoredTensor>, string, PublishedEncoder?> read) =>
        (Kind, Name, Defaults, Json, Read) = (kind, name, defaults, json, read);

    /// <summary>Every kind; one line brings an encoder into the house.</summary>
    public static IReadOnlyList<EncoderFamily> All { get; } =
    [
        new EncoderFamily<CnnConfig>("cnn", "CNN of PANNs", new(), CnnJson.Default.CnnConfig, CnnWeights.Read, (c, w, p) => new CnnEncoder(c, w, p.Compute, p.MelFilters)),
        new EncoderFamily<ConvNextConfig>("convnext", "ConvNeXt", new(), ConvNextJson.Default.ConvNextConfig, ConvNextWeights.Read, (c, w, p) => new ConvNextEncoder(c, w, p.Compute, p.MelFilters)),
        new EncoderFamily<HtsAtConfig>("htsat", "HTS-AT", new(), HtsAtJson.Default.HtsAtConfig, HtsAtWeights.Read, (c, w, p) => new HtsAtEncoder(c, w, p.Compute, p.MelFilters)),
        new EncoderFamily<MobileNetConfig>("mobilenetv3", "MobileNetV3 of EfficientAT", new(), MobileNetJson.Default.MobileNetConfig, MobileNetWeights.Read, (c, w, p) => new MobileNetEncoder(c, w, p.Compute)),
        new EncoderFamily<WindowedMobileNetConfig>("windowed_mobilenetv3", "MobileNetV3 over windows", new(), WindowedMobileNetJson.Default.WindowedMobileNetConfig, (_, _) => null, (c, w, p) => new WindowedMobileNet(c, w, p.Compute)),
        new EncoderFamily<PasstConfig>("passt", "PaSST", new(), PasstJson.Default.PasstConfig, PasstWeights.Read, (c, w, p) => new PasstEncoder(c, w, p.Compute)),
        new EncoderFamily<AtstConfig>("atst", "ATST-Frame", new(), AtstJson.Default.AtstConfig, AtstWeights.Read, (c, w, p) => new AtstEncoder(c, w, p.Compute)),
        new EncoderFamily<AudioMaeConfig>("audiomae", "AudioMAE of Cacophony", new(), AudioMaeJson.Default.AudioMaeConfig, AudioMaeWeights.Read, (c, w, p) => new AudioMaeEncoder(c, w, p.Compute)),
    ];

    /// <summary>What the field <c>type</c> of a configuration says.</summary>
    public string Kind { get; }

    /// <summary>What people call it.</summary>
    public string Name { get; }

    /// <summary>The numbers that fields missing from a configuration take.</summary>
    internal EncoderConfig Defaults { get; }

    internal JsonTypeInfo Json { get; }

    /// <summary>What a file of the encoder alone holds, from its tensors and its name; <see langword="null"/> where it is another encoder's.</summary>
    internal Func<IReadOnlyDictionary<string, StoredTensor>, string, PublishedEncoder?> Read { get; }

    /// <summary>The kind of a configuration.</summary>
    /// <exception cref="ArgumentException">It is of no kind in <see cref="All"/>.</exception>
    public static EncoderFamily Of(EncoderConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return All.FirstOrDefault(family => family.Defaults.GetType() == config.GetType())
            ?? throw new ArgumentException($"There is no encoder for a configuration of type {config.GetType().Name}.", nameof(config));
    }

    /// <summary>The audio encoder that a file holds on its own.</summary>
    /// <exception cref="UnknownModelException">It holds none that is known.</exception>
    internal static PublishedEncoder ReadFile(ModelFiles files, string file) =>
        All.Select(family => family.Read(files.Tensors, file)).FirstOrDefault(found => found is not null) ?? throw new UnknownModelException(files);

    /// <summary>Builds the encoder that a configuration describes.</summary>
    /// <param name="config">The numbers of the encoder.</param>
    /// <param name="weights">Where its weights are.</param>
    /// <param name="compute">The element type of its matrix products: float32 or bfloat16.</param>
    /// <param name="melFilters">The mel matrix of a checkpoint, [bins, bands]; computed where it is absent.</param>
    /// <exception cref="ArgumentException">The configuration is of an unknown kind.</exception>
    public static IAudioEncoder Create(EncoderConfig config, Weights weights, DType compute = DType.Float32, Tensor? melFilters = null) =>
        Of(config).Build(config, weights, new EncoderParts(compute, melFilters));

    private protected abstract IAudioEncoder Build(EncoderConfig config, Weights weights, EncoderParts parts);
}

/// <summary>What an encoder is built from besides numbers and weights.</summary>
/// <param name="Compute">The element type of matrix products.</param>
/// <param name="MelFilters">The mel matrix of the checkpoint, if it has one.</param>
internal sealed record EncoderParts(DType Compute, Tensor? MelFilters);

/// <summary>An encoder as its authors published it.</summary>
/// <param name="Config">Its numbers, from the shapes of the tensors.</param>
/// <param name="Tensors">The tensors under the network's own names.</param>
/// <param name="IsExpected">Names that may be there without being weights of the network.</param>
internal sealed record PublishedEncoder(EncoderConfig Config, IReadOnlyDictionary<string, StoredTensor> Tensors, Func<string, bool> IsExpected);

/// <inheritdoc/>
internal sealed class EncoderFamily<TConfig>(
    string kind, string name, TConfig defaults, JsonTypeInfo<TConfig> json,
    Func<IReadOnlyDictionary<string, StoredTensor>, string, PublishedEncoder?> read, Func<TConfig, Weights, EncoderParts, IAudioEncoder> build)
    : EncoderFamily(kind, name, defaults, json, read)
    where TConfig : EncoderConfig
{
    private protected override IAudioEncoder Build(EncoderConfig config, Weights weights, EncoderParts parts) => build((TConfig)config, weights, parts);
}
