namespace Auricle.Audio.Decoding;

/// <summary>One opened sound, read from front to back as interleaved float32 frames.</summary>
internal abstract class AudioDecoder : IDisposable
{
    /// <summary>Frames per second, in hertz.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Samples per frame.</summary>
    public required int Channels { get; init; }

    /// <summary>The number of frames where the file states it reliably.</summary>
    public long? Frames { get; init; }

    /// <summary>What is to be said about the file from the start; goes on behind its name.</summary>
    public string? Remark { get; protected set; }

    /// <summary>What the decoder complained about, known once the end is reached.</summary>
    public string? Complaint { get; protected set; }

    /// <summary>Whether the complaint means that the sound stopped before its end.</summary>
    public bool EndedEarly { get; protected set; }

    /// <summary>Reads up to as many whole frames as fit; returns how many, 0 only at the end.</summary>
    /// <param name="interleaved"><c>[frames * channels]</c></param>
    public abstract int Read(Span<float> interleaved);

    public abstract void Dispose();
}
