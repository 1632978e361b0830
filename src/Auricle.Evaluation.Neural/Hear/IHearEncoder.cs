using Auricle.Audio;
using Auricle.Models.Roles;

namespace Auricle.Evaluation.Neural;

/// <summary>What is judged by the HEAR benchmark: it turns sound into vectors and does not learn. It is called from several threads at once.</summary>
public interface IHearEncoder
{
    /// <summary>What results are told apart by.</summary>
    string Name { get; }

    /// <summary>What vectors depend on: two encoders of the same fingerprint give the same.</summary>
    string Fingerprint { get; }

    /// <summary>The rate at which it hears, in hertz.</summary>
    int SampleRate { get; }

    /// <summary>Whether it gives vectors along a sound.</summary>
    bool HasFrames { get; }

    /// <summary>Whether it computes on the processor, where several clips at once, each in one thread, are faster than one in several.</summary>
    bool IsOnProcessor { get; }

    /// <summary>The vector of a whole clip.</summary>
    /// <param name="clip">The sound, of any rate and length.</param>
    float[] Scene(AudioClip clip);

    /// <summary>The vectors along a clip, with the times that the authors' evaluation gives them.</summary>
    /// <param name="clip">The sound, of any rate and length.</param>
    /// <param name="cancellationToken">Stops between windows.</param>
    Timeline Frames(AudioClip clip, CancellationToken cancellationToken = default);
}
