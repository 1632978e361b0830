using Auricle.Audio.Decoding;

namespace Auricle.Audio;

/// <summary>
/// Opens sound of any format: libsndfile reads wav, flac, ogg, opus, mp3 and more in this process, the <c>ffmpeg</c> program
/// everything else (m4a, mp4, webm, …).
/// </summary>
public static class AudioFile
{
    /// <summary>The path that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>Opens a file for reading from front to back.</summary>
    /// <param name="path">A file, or <c>-</c> for standard input.</param>
    /// <returns>The reader, to be disposed by the caller.</returns>
    /// <exception cref="AudioException">The file is missing, unreadable, empty or not sound.</exception>
    public static AudioReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path != StandardInput)
            return Open(path, SndFile.IsAvailable);
        using var input = Console.OpenStandardInput();
        return OpenStream(input, "standard input");
    }

    /// <summary>
    /// Opens a stream of any format, seekable or not. It is copied to a temporary file up to its end first, since some formats
    /// (mp4, or wav with chunks behind the samples) cannot be read in one pass; the file goes when the reader is disposed.
    /// </summary>
    /// <param name="stream">The bytes of a sound file; read to the end, not closed.</param>
    /// <param name="name">What messages call the stream.</param>
    /// <returns>The reader, to be disposed by the caller.</returns>
    /// <exception cref="AudioException">The stream is empty, cannot be copied, or is not sound.</exception>
    public static AudioReader OpenStream(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var folder = Path.GetTempPath();
        FileStream? copy = null;
        try
        {
            copy = new FileStream(Path.Combine(folder, $"auricle-{Guid.NewGuid():n}"), TemporaryFile());
            stream.CopyTo(copy);
            copy.Flush();
            return Open(copy.Name, name, copy, SndFile.IsAvailable, copy);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            copy?.Dispose();
            throw new AudioException(
                AudioFailure.ReadFailed, name,
                $"'{name}' could not be copied to the folder '{folder}' ({error.Message}); make room there or set TMPDIR to another folder.", error);
        }
        catch
        {
            copy?.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole file: decoded, averaged to mono, resampled.</summary>
    /// <param name="path">A file, or <c>-</c> for standard input.</param>
    /// <param name="sampleRate">The wanted rate in hertz.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not positive.</exception>
    /// <exception cref="AudioException">The file cannot be read, holds a value that is not finite, or is too long for one clip.</exception>
    public static AudioClip Load(string path, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        using var reader = Open(path);
        return reader.ReadAll(sampleRate);
    }

    internal static AudioReader Open(string path, bool useSndFile)
    {
        // libsndfile and ffmpeg say little about why a path does not open, so the operating system is asked first.
        if (Directory.Exists(path))
            throw new AudioException(AudioFailure.IsFolder, path, $"'{path}' is a folder, not a sound file; give the files in it.");
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return file.CanSeek ? Open(path, path, file, useSndFile, null) : OpenStream(file, path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AudioException(AudioFailure.NotFound, path, $"There is no file '{path}'; check the path.", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new AudioException(
                AudioFailure.AccessDenied, path, $"The file '{path}' may not be read by this user; change its permissions (chmod +r).", error);
        }
        catch (IOException error)
        {
            throw new AudioException(AudioFailure.ReadFailed, path, $"The file '{path}' cannot be read ({error.Message}); check the disk.", error);
        }
    }

    private static AudioReader Open(string path, string name, FileStream content, bool useSndFile, IDisposable? owned)
    {
        if (content.Length == 0)
            throw new AudioException(AudioFailure.Empty, name, $"'{name}' is empty (0 bytes); record or copy it again.");
        content.Position = 0;
        var header = WavHeader.Read(content);

        string? refusal = null;
        var decoder = (useSndFile ? (AudioDecoder?)SndFileDecoder.TryOpen(path, out refusal) : null)
            ?? FfmpegDecoder.Open(path, name, refusal);
        try
        {
            return new AudioReader(decoder, name, header, content.Length, owned);
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    private static FileStreamOptions TemporaryFile()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,   // the decoder opens it by name
            Options = FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
