using Auricle.Audio;
using Auricle.Models.Roles;
using Auricle.Torch;
using System.Numerics.Tensors;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// A model in the HEAR benchmark. Vectors are as the model gives them, but of length 1 where sound and text share a space, in which only directions count.
/// Clips longer than <see cref="LongestWhole"/> are heard in stretches of that length: vectors of clips are averaged, those along them joined.
/// </summary>
/// <param name="name">What results are told apart by.</param>
/// <param name="fingerprint">What vectors depend on, such as a hash of weights and configuration.</param>
/// <param name="model">The model; it stays the caller's.</param>
/// <param name="isOnProcessor">Whether it computes on the processor.</param>
public sealed class ModelHearEncoder(string name, string fingerprint, IAudioEmbedder model, bool isOnProcessor = true) : IHearEncoder
{
    /// <summary>The longest sound in seconds that is heard at once.</summary>
    public const double LongestWhole = 60;

    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public string Fingerprint { get; } = fingerprint;

    /// <inheritdoc/>
    public int SampleRate => model.SampleRate;

    /// <inheritdoc/>
    public bool HasFrames => model is IFrameEmbedder;

    /// <inheritdoc/>
    public bool IsOnProcessor { get; } = isOnProcessor;

    /// <inheritdoc/>
    public float[] Scene(AudioClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        using var scope = TensorScope.Begin();
        var mean = new float[model.EmbeddingWidth];
        var at = clip.Resample(SampleRate);
        foreach (var stretch in AudioSegments.Cut(at, LongestWhole))
            TensorPrimitives.MultiplyAdd(model.EmbedAudio([stretch.Clip]).ToArray<float>(), (float)(stretch.Clip.Seconds / at.Seconds), mean, mean);
        if (model is IAudioTextModel && TensorPrimitives.Norm<float>(mean) is > 0 and var length)
            TensorPrimitives.Divide(mean, length, mean);
        return mean;
    }

    /// <inheritdoc/>
    public Timeline Frames(AudioClip clip, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var embedder = (IFrameEmbedder)model;
        var (times, values) = (new List<double>(), new List<float>());
        foreach (var stretch in AudioSegments.Cut(clip.Resample(SampleRate), LongestWhole))
        {
            var heard = embedder.EmbedFrames(stretch.Clip, cancellationToken);
            times.AddRange(heard.Times.Select(time => stretch.Start + time));
            values.AddRange(heard.Values);
        }
        if (embedder.SpreadsFrames)
        {
            for (var i = 0; i < times.Count; i++)
                times[i] = clip.Seconds * i / Math.Max(1, times.Count - 1);
        }
        return new Timeline([.. times], embedder.FrameWidth, [.. values]);
    }
}
