using Auricle.Audio;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Cacophony;
using Auricle.Models.Systems.Conette;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Encoders;

/// <summary>
/// An audio encoder on its own, as its authors published it or as Auricle trained it: it gives vectors of clips and of frames, and a
/// <see cref="TaggingEncoder"/> also tags. Clips longer than <see cref="LongestWhole"/> are cut into windows of <see cref="WindowSeconds"/>
/// that cover them evenly. Safe for concurrent use.
/// </summary>
public class SoundEncoder : IAudioEmbedder, IFrameEmbedder, IDescribed
{
    /// <summary>The longest clip in seconds that is heard as a whole; memory grows with it.</summary>
    public const double LongestWhole = 30;

    /// <summary>The windows in seconds that longer clips are cut into.</summary>
    public const double WindowSeconds = 10;

    internal SoundEncoder(IAudioEncoder encoder, EncoderConfig config, WeightStore weights)
    {
        Encoder = encoder;
        Config = config;
        Weights = weights;
    }

    /// <summary>The network.</summary>
    public IAudioEncoder Encoder { get; }

    /// <summary>Its numbers.</summary>
    public EncoderConfig Config { get; }

    /// <summary>All parameters; the model owns them.</summary>
    public WeightStore Weights { get; }

    /// <inheritdoc/>
    public int SampleRate => Encoder.SampleRate;

    /// <inheritdoc/>
    public int EmbeddingWidth => Encoder.ClipWidth;

    /// <inheritdoc/>
    public int FrameWidth => Encoder.Width;

    bool IFrameEmbedder.SpreadsFrames => Encoder is AudioMaeEncoder;

    string IDescribed.SystemName => EncoderFamily.Of(Config).Name;

    IEnumerable<(string Name, string Prefix)> IDescribed.Parts => [];

    IEnumerable<(string Name, string Value)> IDescribed.Details => [("vectors", $"{Encoder.ClipWidth} numbers for a clip, {Encoder.Width} for a frame")];

    /// <summary>Loads an encoder.</summary>
    /// <param name="files">The authors' checkpoint, or a folder that Auricle's trainer wrote.</param>
    /// <param name="options">How it is loaded.</param>
    /// <returns>A <see cref="TaggingEncoder"/> where the checkpoint has a head for tags.</returns>
    /// <exception cref="UnknownModelException">The files are those of no encoder that is known.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or do not fit.</exception>
    public static SoundEncoder Load(ModelFiles files, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var (published, labels) = Read(files) ?? throw new UnknownModelException(files);
        if (options.Profile is { } profile)
        {
            if (published.Config is not AudioMaeConfig audio)
                throw new UnknownProfileException(profile, files.Path, EncoderFamily.Of(published.Config).Name, []);
            if (CacophonyModel.ProfileOf(profile, files.Path) == CacophonyProfile.Torch)
                published = published with { Config = audio with { Mel = AudioMaeConfig.Torch.Mel, LayerNormEpsilon = AudioMaeConfig.Torch.LayerNormEpsilon } };
        }
        using var scope = TensorScope.Begin();
        var filters = published.Tensors.TryGetValue(StoredSizes.MelFilters, out var matrix) ? Tensor.From(matrix).To(DType.Float32) : null;
        return options.Build(published.Tensors, files.Weights, published.IsExpected, store =>
        {
            var encoder = EncoderFamily.Create(published.Config, store.Root, options.Compute, filters);
            return encoder.Tags == 0
                ? new SoundEncoder(encoder, published.Config, store)
                : new TaggingEncoder(encoder, published.Config, store, LabelSets.For(encoder.Tags, options.LabelsFile, labels));
        });
    }

    /// <inheritdoc/>
    public Tensor EmbedAudio(IReadOnlyList<AudioClip> clips)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentOutOfRangeException.ThrowIfZero(clips.Count);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Keep(Weights.RequireFinite(Tensor.Cat([.. Encode(clips, default).Select(windows => Mean(windows, window => window.Clip))])));
    }

    /// <inheritdoc/>
    public Timeline EmbedFrames(AudioClip clip, CancellationToken cancellationToken = default) => Along(clip, FrameWidth, output => output.Frames, cancellationToken);

    /// <summary>Releases the weights.</summary>
    public void Dispose()
    {
        Weights.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static bool Recognises(ModelFiles files) => Read(files) is not null;

    private protected EncoderOutput[][] Encode(IReadOnlyList<AudioClip> clips, CancellationToken cancellationToken)
    {
        var windows = clips.Select(Windows).ToArray();
        var outputs = ClipBatches.EncodeApart(Encoder, [.. windows.SelectMany(list => list)], Weights.Device, cancellationToken);
        var start = 0;
        return Array.ConvertAll(windows, list => outputs[start..(start += list.Length)]);
    }

    /// <summary>The mean over the windows of a clip: [1, …].</summary>
    private protected static Tensor Mean(EncoderOutput[] windows, Func<EncoderOutput, Tensor> part) =>
        windows.Length == 1 ? part(windows[0]) : Tensor.Stack([.. windows.Select(part)]).Mean([0]);

    /// <summary>Values of frames along a clip. Windows overlap a little: of each stretch the first window tells.</summary>
    private protected Timeline Along(AudioClip clip, int width, Func<EncoderOutput, Tensor> part, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(clip);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var samples = clip.Resample(SampleRate).Samples;
        var window = WindowOf(samples.Length);
        var (times, values) = (new List<double>(), new List<float>());
        foreach (var first in EncoderWindows.Starts(samples.Length, window))
        {
            using var inner = TensorScope.Begin();
            var start = (int)first;
            var piece = samples[start..Math.Min(samples.Length, start + window)];
            var rows = Weights.RequireFinite(part(ClipBatches.EncodeApart(Encoder, [piece], Weights.Device, cancellationToken)[0]).ToArray<float>());
            var centres = Encoder.FrameTimes(Math.Max(piece.Length, Encoder.MinimumSamples));
            for (var i = 0; i < centres.Length; i++)
            {
                var time = (double)start / SampleRate + centres[i];
                if (times.Count > 0 && time <= times[^1])
                    continue;
                times.Add(time);
                values.AddRange(rows.AsSpan(i * width, width));
            }
        }
        return new Timeline([.. times], width, [.. values]);
    }

    private float[][] Windows(AudioClip clip)
    {
        var samples = clip.Resample(SampleRate).Samples;
        return ClipWindows.Cover(samples, WindowOf(samples.Length));
    }

    private int WindowOf(int samples) => samples <= LongestWhole * SampleRate ? Math.Max(1, samples) : (int)(WindowSeconds * SampleRate);

    /// <summary>The encoder in some files and the labels beside it.</summary>
    private static (PublishedEncoder Encoder, IReadOnlyList<string>? Labels)? Read(ModelFiles files)
    {
        // Auricle's trainer writes the configuration of a captioner without its decoder.
        if (files.Config?["encoder"] is not null)
        {
            var config = ConetteConfig.Read(files.ConfigPath);
            return (new PublishedEncoder(config.Encoder, files.Tensors, StoredSizes.IsFrontEndOrCounter), config.TagLabels);
        }
        return EncoderFamily.All.Select(family => family.Read(files.Tensors, files.Weights)).FirstOrDefault(encoder => encoder is not null) is { } published
            ? (published, null)
            : null;
    }
}

/// <summary>An audio encoder with a head for tags. A long clip's tags are the means over its windows.</summary>
public sealed class TaggingEncoder : SoundEncoder, ITagger
{
    internal TaggingEncoder(IAudioEncoder encoder, EncoderConfig config, WeightStore weights, IReadOnlyList<string> labels) : base(encoder, config, weights) => Labels = labels;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; }

    /// <inheritdoc/>
    public IReadOnlyList<float[]> Tag(IReadOnlyList<AudioClip> clips, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clips);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return [.. Encode(clips, cancellationToken).Select(windows => Weights.RequireFinite(Mean(windows, window => window.TagLogits!.Sigmoid()).ToArray<float>()))];
    }

    /// <inheritdoc/>
    /// <remarks>Encoders that judge tags for the clip only are asked about overlapping stretches of two seconds.</remarks>
    public Timeline TagTimeline(AudioClip clip, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        if (EncoderTellsFrames(clip, cancellationToken))
            return Along(clip, Labels.Count, output => output.FrameTagLogits!.Sigmoid(), cancellationToken);
        return TagStretches.Run(this, clip, cancellationToken);
    }

    private bool EncoderTellsFrames(AudioClip clip, CancellationToken cancellationToken)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return ClipBatches.EncodeApart(Encoder, [new float[Encoder.MinimumSamples]], Weights.Device, cancellationToken)[0].FrameTagLogits is not null;
    }
}

/// <summary>Tags along a sound from a model that judges whole clips.</summary>
internal static class TagStretches
{
    private const double Length = 2;
    private const double Step = 1;
    private const int AtATime = 8;

    /// <summary>The tags of stretches of two seconds, one each second.</summary>
    public static Timeline Run(ITagger tagger, AudioClip clip, CancellationToken cancellationToken)
    {
        var samples = clip.Resample(tagger.SampleRate).Samples;
        var length = (int)Math.Min(samples.Length, Length * tagger.SampleRate);
        var step = (int)(Step * tagger.SampleRate);
        var starts = Enumerable.Range(0, Math.Max(1, (samples.Length - length + step - 1) / step + 1)).Select(i => Math.Min(i * step, samples.Length - length)).Distinct().ToArray();
        var values = new List<float>(starts.Length * tagger.Labels.Count);
        foreach (var some in starts.Chunk(AtATime))
        {
            foreach (var tags in tagger.Tag([.. some.Select(start => AudioClip.FromSamples(samples.AsSpan(start, length), tagger.SampleRate))], cancellationToken))
                values.AddRange(tags);
        }
        return new Timeline(Array.ConvertAll(starts, start => (start + length / 2.0) / tagger.SampleRate), tagger.Labels.Count, [.. values]);
    }
}
