using Auricle.Audio;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Conette;
using Auricle.Models.Systems.Encoders;
using Auricle.Torch;

namespace Auricle.Models.Systems.Listener;

/// <summary>
/// Auricle's own system: a CoNeTTE captioner over a pretrained encoder, which also tags, with a space that sounds and texts share. One loaded
/// model serves concurrent callers.
/// </summary>
public sealed class ListenerModel : ICaptioner, ITagger, IFrameEmbedder, IAudioTextModel, IDescribed
{
    private const double LongestWhole = 30;
    private const double WindowSeconds = 10;

    private readonly ConetteModel _captioner;
    private readonly SharedSpace _space;

    // Vectors of frames are those of the pretrained network, a third of a second apart: windows for captions are too long to tell when.
    private readonly SoundEncoder _network;

    private ListenerModel(ConetteModel captioner)
    {
        var encoder = (WindowedMobileNet)captioner.Encoder;
        (_captioner, _space, _network) = (captioner, captioner.Space!, new SoundEncoder(encoder.Network, encoder.Config.Network, captioner.Weights));
    }

    /// <summary>The captioner and tagger, which owns all weights.</summary>
    public ConetteModel Captioner => _captioner;

    /// <inheritdoc/>
    public int SampleRate => _captioner.SampleRate;

    /// <inheritdoc/>
    public IReadOnlyList<string> Tasks => _captioner.Tasks;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels => _captioner.Labels;

    /// <inheritdoc/>
    public int FrameWidth => _network.FrameWidth;

    /// <inheritdoc/>
    public int EmbeddingWidth => _space.Config.Width;

    /// <inheritdoc/>
    public double LogitScale
    {
        get
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            return _space.Scale.ToDouble();
        }
    }

    string IDescribed.SystemName => "Auricle listener";

    IEnumerable<(string Name, string Prefix)> IDescribed.Parts => [.. ((IDescribed)_captioner).Parts, ("shared space", ConetteWeights.SpacePrefix)];

    IEnumerable<(string Name, string Value)> IDescribed.Details =>
        [.. ((IDescribed)_captioner).Details, ("shared space", $"{EmbeddingWidth} numbers, {_space.Text.Words} words")];

    /// <summary>Loads a model.</summary>
    /// <param name="files">Its files.</param>
    /// <param name="options">How it is loaded.</param>
    /// <exception cref="ModelException">The files cannot be read or do not fit.</exception>
    public static ListenerModel Load(ModelFiles files, ModelLoadOptions options) => new(ConetteModel.Load(files, options));

    /// <summary>Whether files hold a captioner with a shared space.</summary>
    internal static bool Recognises(ModelFiles files) => files.Config?["space"] is not null && ConetteModel.Recognises(files);

    bool ICaptioner.PlacesWords => true;

    IReadOnlyList<Captioned> ICaptioner.Caption(IReadOnlyList<AudioClip> clips, CaptioningOptions? options, CancellationToken cancellationToken) =>
        ((ICaptioner)_captioner).Caption(clips, options, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<float[]> Tag(IReadOnlyList<AudioClip> clips, CancellationToken cancellationToken = default) => _captioner.Tag(clips, cancellationToken);

    /// <inheritdoc/>
    public Timeline TagTimeline(AudioClip clip, CancellationToken cancellationToken = default) => _captioner.TagTimeline(clip, cancellationToken);

    /// <inheritdoc/>
    public Timeline EmbedFrames(AudioClip clip, CancellationToken cancellationToken = default) => _network.EmbedFrames(clip, cancellationToken);

    /// <inheritdoc/>
    public Tensor EmbedAudio(IReadOnlyList<AudioClip> clips)
    {
        ArgumentNullException.ThrowIfNull(clips);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var windows = clips.Select(clip => clip.Resample(SampleRate).Samples)
            .Select(samples => samples.Length <= LongestWhole * SampleRate ? [samples] : ClipWindows.Cover(samples, (int)(WindowSeconds * SampleRate))).ToList();
        var vectors = _captioner.EmbedInSpace([.. windows.SelectMany(some => some)]);                // [all windows, width]
        var first = 0L;
        var rows = new List<Tensor>();
        foreach (var some in windows)
        {
            rows.Add(vectors.Narrow(0, first, some.Length).Mean([0]));
            first += some.Length;
        }
        return scope.Keep(_captioner.Weights.RequireFinite(Tensor.Stack([.. rows])));
    }

    /// <inheritdoc/>
    public Tensor EmbedText(IReadOnlyList<string> texts)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(_captioner.Weights.RequireFinite(_space.EmbedText(texts)));
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => _captioner.Dispose();
}
