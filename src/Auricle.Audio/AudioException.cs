namespace Auricle.Audio;

/// <summary>Why sound could not be read.</summary>
public enum AudioFailure
{
    /// <summary>There is no file at the path.</summary>
    NotFound,

    /// <summary>The path is a folder where a file is expected.</summary>
    IsFolder,

    /// <summary>The file or folder exists but this user may not read it.</summary>
    AccessDenied,

    /// <summary>The path is a device or a socket, or a pipe that nobody writes into.</summary>
    NotFile,

    /// <summary>The file or stream has no bytes.</summary>
    Empty,

    /// <summary>No decoder recognises the content, or the content is damaged from the start.</summary>
    NotAudio,

    /// <summary>The file is a recognised container, but without a sound track, or without the one that is asked for.</summary>
    NoSoundTrack,

    /// <summary>The sound has no samples, for example because the file was cut off behind its header.</summary>
    NoSamples,

    /// <summary>The sample rate is outside the range of sound.</summary>
    UnusualRate,

    /// <summary>A sample is infinite, not a number, or beyond all measure (±10¹⁰).</summary>
    NotFinite,

    /// <summary>The sound does not fit into one array; it must be read in segments.</summary>
    TooLong,

    /// <summary>A folder or a pattern yields no sound file.</summary>
    NoFiles,

    /// <summary>The library or program that could read the file is not installed.</summary>
    DecoderMissing,

    /// <summary>The operating system failed while reading, for example because a disk is full.</summary>
    ReadFailed,
}

/// <summary>Sound cannot be read; nothing else leaves the reading of bad sound. The message is one sentence that names the file, the value and the remedy.</summary>
public sealed class AudioException : AuricleException
{
    /// <summary>Creates the error.</summary>
    /// <param name="reason">What went wrong, for programs.</param>
    /// <param name="path">The file, folder, pattern or stream name the error is about, if it has one.</param>
    /// <param name="message">What went wrong, for people: one sentence with the value and the remedy.</param>
    /// <param name="innerException">The error underneath, if there is one.</param>
    public AudioException(AudioFailure reason, string? path, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Reason = reason;
        Path = path;
    }

    /// <summary>What went wrong.</summary>
    public AudioFailure Reason { get; }

    /// <summary>The file, folder, pattern or stream name the error is about; <see langword="null"/> for samples in memory.</summary>
    public string? Path { get; }
}
