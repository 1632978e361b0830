using Auricle.Audio;
using Auricle.Torch;

namespace Auricle.Models.Roles;

/// <summary>A model that gives a vector for a sound. The same sound gives the same vector, alone or in a batch.</summary>
public interface IAudioEmbedder : IAudioModel
{
    /// <summary>The size of each vector.</summary>
    int EmbeddingWidth { get; }

    /// <summary>The vectors of sounds, without recording gradients. Clips longer than the model's window are cut into fixed windows.</summary>
    /// <param name="clips">At least one clip, each at its own rate; the model resamples.</param>
    /// <returns>[clips, width], float32; of any length, since users compare directions.</returns>
    Tensor EmbedAudio(IReadOnlyList<AudioClip> clips);
}

/// <summary>A model that gives a vector for each stretch of a sound.</summary>
public interface IFrameEmbedder : IAudioModel
{
    /// <summary>The size of each vector.</summary>
    int FrameWidth { get; }

    /// <summary>
    /// Whether the authors' evaluation spreads the vectors of a sound evenly from its beginning to its end, instead of placing each in the centre of its stretch.
    /// </summary>
    bool SpreadsFrames => false;

    /// <summary>The vectors along a sound.</summary>
    /// <param name="clip">The sound, of any rate and length.</param>
    /// <param name="cancellationToken">Stops between windows.</param>
    Timeline EmbedFrames(AudioClip clip, CancellationToken cancellationToken = default);
}

/// <summary>A model that gives a vector for a text.</summary>
public interface ITextEmbedder : IModel
{
    /// <summary>The size of each vector.</summary>
    int EmbeddingWidth { get; }

    /// <summary>The vectors of texts, without recording gradients.</summary>
    /// <param name="texts">At least one text.</param>
    /// <returns>[texts, width], float32; of any length, since users compare directions.</returns>
    Tensor EmbedText(IReadOnlyList<string> texts);
}
