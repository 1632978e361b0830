using Auricle.Audio;
using Auricle.Torch;

namespace Auricle.Models.Encoders;

/// <summary>
/// A model that places sounds and texts in one space, where what belongs together lies close, such as a CLAP. The same
/// input gives the same vector, alone or in a batch. Safe for concurrent use.
/// </summary>
public interface IAudioTextModel
{
    /// <summary>The size of each vector.</summary>
    int EmbeddingWidth { get; }

    /// <summary>The rate at which it hears, in hertz; clips of other rates are resampled.</summary>
    int SampleRate { get; }

    /// <summary>The vectors of texts, without recording gradients.</summary>
    /// <param name="texts">At least one text.</param>
    /// <returns>[texts, width], float32; of any length, since users compare directions.</returns>
    Tensor EmbedText(IReadOnlyList<string> texts);

    /// <summary>The vectors of sounds, without recording gradients. Clips longer than the model's window are cut into fixed windows.</summary>
    /// <param name="clips">At least one clip, each at its own rate; the model resamples.</param>
    /// <returns>[clips, width], float32; of any length, since users compare directions.</returns>
    Tensor EmbedAudio(IReadOnlyList<AudioClip> clips);
}
