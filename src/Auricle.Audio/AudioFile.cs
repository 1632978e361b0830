using System.Globalization;
using Auricle.Audio.Content;
using Auricle.Audio.Decoding;
using Auricle.Reading;

namespace Auricle.Audio;

/// <summary>
/// Opens sound of any format, known by its content and not by its name: libsndfile reads wav, flac, ogg, opus, mp3 and more in this process,
/// the <c>ffmpeg</c> program everything else (m4a, mp4, webm, …).
/// </summary>
public static class AudioFile
{
    /// <summary>The path that stands for standard input.</summary>
    public const string StandardInput = "-";

    // Slower than any sound and faster than any converter; between them work and memory stay in proportion to the file.
    private const int LowestRate = 1000;
    private const int HighestRate = 2_000_000;
    private static readonly TimeSpan PipeWait = TimeSpan.FromSeconds(30);

    // A stream that never ends shall not fill the disk for everybody.
    private const long LongestStream = 16L << 30;

    /// <summary>Opens a file for reading from front to back.</summary>
    /// <param name="path">A file, a pipe, or <c>-</c> for standard input.</param>
    /// <param name="options">Which sound track is read.</param>
    /// <returns>The reader, to be disposed by the caller.</returns>
    /// <exception cref="AudioException">The file is missing, unreadable, empty or not sound.</exception>
    public static AudioReader Open(string path, AudioReadOptions? options = null) => Open(path, options, SndFile.IsAvailable);

    /// <summary>
    /// Opens a stream of any format, seekable or not. It is copied to a temporary file up to its end first, since some formats
    /// (mp4, or wav with chunks behind the samples) cannot be read in one pass; the file goes when the reader is disposed. More than
    /// 16 GiB, or half of what the folder for temporary files has room for, is not copied.
    /// </summary>
    /// <param name="stream">The bytes of a sound file; read to the end, not closed.</param>
    /// <param name="name">What messages call the stream.</param>
    /// <param name="options">Which sound track is read.</param>
    /// <returns>The reader, to be disposed by the caller.</returns>
    /// <exception cref="AudioException">The stream is empty, too long, cannot be copied, or is not sound.</exception>
    public static AudioReader OpenStream(Stream stream, string name, AudioReadOptions? options = null) =>
        OpenStream(stream, name, options, Math.Min(LongestStream, FreeSpace(Path.GetTempPath()) / 2));

    /// <summary>As <see cref="OpenStream(Stream, string, AudioReadOptions?)"/>, up to so many bytes.</summary>
    internal static AudioReader OpenStream(Stream stream, string name, AudioReadOptions? options, long limit)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var folder = Path.GetTempPath();
        FileStream? copy = null;
        try
        {
            copy = new FileStream(Path.Combine(folder, $"auricle-{Guid.NewGuid():n}"), TemporaryFile());
            Copy(stream, copy, limit, () => new AudioException(
                AudioFailure.TooLong, name,
                $"'{name}' goes on after {(limit / 1e9).ToString("0.##", CultureInfo.InvariantCulture)} GB, more than is copied to the folder '{folder}' (at most half of its free room); save it to a file and name that, or set TMPDIR to a folder with more room."));
            copy.Flush();
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
        return Open(copy, name, options, SndFile.IsAvailable);
    }

    /// <summary>Reads a whole file: decoded, averaged to mono, resampled.</summary>
    /// <param name="path">A file, a pipe, or <c>-</c> for standard input.</param>
    /// <param name="sampleRate">The wanted rate in hertz.</param>
    /// <param name="options">Which sound track is read.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not positive.</exception>
    /// <exception cref="AudioException">The file cannot be read, holds a value that is not finite, or is too long for one clip.</exception>
    public static AudioClip Load(string path, int sampleRate, AudioReadOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        using var reader = Open(path, options);
        return reader.ReadAll(sampleRate);
    }

    internal static AudioReader Open(string path, AudioReadOptions? options, bool useSndFile)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path == StandardInput)
        {
            using var input = Console.OpenStandardInput();
            return OpenStream(input, "standard input", options);
        }
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            throw new AudioException(AudioFailure.NotFound, path, $"'{path}' is no name of a file; give a path.");

        // libsndfile and ffmpeg say little about why a path does not open, so the operating system is asked first.
        try
        {
            switch (PathKinds.Of(path))
            {
                case PathKind.Pipe:
                    using (var pipe = PathKinds.OpenPipe(path, PipeWait) ?? throw new AudioException(
                        AudioFailure.NotFile, path, $"'{path}' is a pipe that nobody wrote into for {PipeWait.TotalSeconds} s; start the writer first, or leave the pipe out."))
                        return OpenStream(pipe, path, options);
                case PathKind.Device or PathKind.Socket:
                    throw new AudioException(AudioFailure.NotFile, path, $"'{path}' is a device or a socket, not a sound file; record it into a file first.");
            }
            if (Directory.Exists(path))
                throw new AudioException(AudioFailure.IsFolder, path, $"'{path}' is a folder, not a sound file; give the files in it.");
            var file = OpenFile(path);
            if (file.CanSeek)
                return Open(file, path, options, useSndFile);
            using (file)
                return OpenStream(file, path, options);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AudioException(AudioFailure.NotFound, path, path.Contains('\uFFFD', StringComparison.Ordinal)
                ? $"There is no file '{path}'; a name that is not UTF-8 must be renamed (convmv) or its sound passed to standard input."
                : $"There is no file '{path}'; check the path.", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new AudioException(
                AudioFailure.AccessDenied, path, $"The file '{path}' may not be read by this user; change its permissions (chmod +r).", error);
        }
        catch (Exception error) when (error is IOException or NotSupportedException)
        {
            throw new AudioException(AudioFailure.ReadFailed, path, $"The file '{path}' cannot be read ({error.Message}); check the path and the disk.", error);
        }
    }

    private static void Copy(Stream stream, FileStream copy, long limit, Func<AudioException> tooLong)
    {
        var buffer = new byte[1 << 16];
        long copied = 0;
        while (stream.Read(buffer) is var count && count > 0)
        {
            if ((copied += count) > limit)
                throw tooLong();
            copy.Write(buffer, 0, count);
        }
    }

    private static long FreeSpace(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue;   // copying will tell
        }
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            if (UnixFiles.OpenByBytes(path, path) is { } file)
                return file;
            throw;
        }
    }

    /// <param name="file">The file, disposed with the reader or on failure.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">Which sound track is read.</param>
    /// <param name="useSndFile">Whether libsndfile may be asked.</param>
    private static AudioReader Open(FileStream file, string name, AudioReadOptions? options, bool useSndFile)
    {
        AudioDecoder? decoder = null;
        try
        {
            if (file.Length == 0)
                throw new AudioException(AudioFailure.Empty, name, $"'{name}' is empty (0 bytes); record or copy it again.");
            var content = SoundContent.Examine(new ByteView(file.SafeFileHandle, file.Length));
            string? refusal = null;
            if (useSndFile && content.Views.Count > 0)
                decoder = SndFileDecoder.TryOpen(content.Views, content.Format == "mp3", out refusal);
            if (decoder is not null && options?.Track is { } track)
                _ = SoundTracks.Choose([new SoundTrack(0, null)], track, name);
            decoder ??= FfmpegDecoder.Open(new FfmpegInput(PathFor(file), name, file.Length, content.Format), content, options?.Track, refusal);
            if (decoder.SampleRate is < LowestRate or > HighestRate)
            {
                throw new AudioException(
                    AudioFailure.UnusualRate, name,
                    $"'{name}' states a sample rate of {decoder.SampleRate} Hz; sound has from {LowestRate} to {HighestRate} Hz: correct its header, or convert it.");
            }
            return new AudioReader(decoder, name, content, file);
        }
        catch (Exception error)
        {
            decoder?.Dispose();
            file.Dispose();
            if (error is IOException)
                throw new AudioException(AudioFailure.ReadFailed, name, $"'{name}' cannot be read ({error.Message}); check the disk.", error);
            throw;
        }
    }

    // By its number in this process the file can be opened whatever its name is, and no list in it finds a neighbour.
    private static string PathFor(FileStream file)
    {
        var path = $"/proc/{Environment.ProcessId}/fd/{file.SafeFileHandle.DangerousGetHandle()}";
        return OperatingSystem.IsLinux() && File.Exists(path) ? path : file.Name;
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
