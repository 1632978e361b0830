using Auricle.Audio;

namespace Auricle.Models.Roles;

/// <summary>A model that knows labels, such as AudioSet's 527, and gives the probability of each.</summary>
public interface ITagger : IAudioModel
{
    /// <summary>The labels.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>The probabilities of the labels in whole clips.</summary>
    /// <param name="clips">The sounds, of any rate and length.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>For each clip a probability for each label, 0 to 1; labels are judged independently.</returns>
    IReadOnlyList<float[]> Tag(IReadOnlyList<AudioClip> clips, CancellationToken cancellationToken = default);

    /// <summary>The probabilities of the labels along a clip.</summary>
    /// <param name="clip">The sound, of any rate and length.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>A probability for each label at each time.</returns>
    Timeline TagTimeline(AudioClip clip, CancellationToken cancellationToken = default);
}

/// <summary>Values along a sound.</summary>
/// <param name="Times">The centre of each stretch, in seconds.</param>
/// <param name="Width">Values at each time.</param>
/// <param name="Values">Row-major [times, width].</param>
public sealed record Timeline(double[] Times, int Width, float[] Values)
{
    /// <summary>The values at a time.</summary>
    /// <param name="index">The number of the stretch.</param>
    public ReadOnlySpan<float> At(int index) => Values.AsSpan(index * Width, Width);
}
