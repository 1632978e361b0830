using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using Auricle.Audio.Content;

namespace Auricle.Audio.Decoding;

/// <summary>Reads whatever the <c>ffmpeg</c> program reads: it decodes in its own process and pipes float32 samples.</summary>
internal sealed class FfmpegDecoder : AudioDecoder
{
    // Few bytes may hold long sound only where they state a gap in it. Beyond this, a file of a few bytes would make work for days.
    private const double LongestGap = 3600;
    private const double FewestBytesPerSecond = 250;

    // Formats that name other files, or are none of sound at all.
    private static readonly string[] Lists = ["hls", "concat", "dash", "imf", "sdp", "rtsp", "webm_dash_manifest"];

    private readonly FfmpegProcess _process;
    private readonly FfmpegInput _input;
    private long _decoded;
    private bool _ended;

    private FfmpegDecoder(FfmpegProcess process, FfmpegInput input)
    {
        _process = process;
        _input = input;
    }

    /// <summary>Opens a sound track of a file.</summary>
    /// <param name="input">The file.</param>
    /// <param name="content">What was found in the file: where it carries times, silence stands before a late start and in gaps.</param>
    /// <param name="track">The number from 1 or the language of the track; <see langword="null"/> for the first.</param>
    /// <param name="refusal">Why libsndfile refused the file; <see langword="null"/> if that library was not asked.</param>
    /// <exception cref="AudioException">ffmpeg is not installed, or finds no sound.</exception>
    public static FfmpegDecoder Open(FfmpegInput input, SoundContent content, string? track, string? refusal)
    {
        var stream = "0:a:0";
        // The time of a film begins with its first picture or sound; ffmpeg subtracts that, and the filter fills what is missing.
        string[] filter = content.HasTimes ? ["-af", "aresample=async=1:first_pts=0"] : [];
        if ((track is not null || content.HasBrokenTimes) && SoundTracks.List(input) is { Count: > 0 } tracks)
        {
            var chosen = tracks[track is null ? 0 : SoundTracks.Choose(tracks, track, input.Name)];
            stream = $"0:{chosen.Stream}";
            // Of such times ffmpeg corrects the beginning by itself, and more than is right.
            if (content.HasBrokenTimes && chosen.Delay is { } delay)
                filter = ["-af", string.Create(CultureInfo.InvariantCulture, $"aresample=async=1,adelay={(delay < LongestGap ? delay * 1000 : 0):0}:all=1")];
        }
        var process = Start(input, stream, filter, refusal);
        try
        {
            // A wav header of unknown length carries rate and channels in front of the samples, so one process is enough.
            if (process.Wait(WavHeader.Read) is { Channels: > 0, SampleRate: > 0 } header)
            {
                var decoder = new FfmpegDecoder(process, input) { SampleRate = header.SampleRate, Channels = header.Channels };
                if (track is null && process.Messages.CountTracks() > 1)
                    decoder.Remark = $"has several sound tracks and the first is read ({SoundTracks.Describe(SoundTracks.List(input))}); choose another by its number or language";
                return decoder;
            }
            process.WaitForExit();
            throw NoSound(input, process.Messages, refusal);
        }
        catch (Exception error) when (error is TimeoutException or IOException)
        {
            process.Dispose();
            throw new AudioException(AudioFailure.ReadFailed, input.Name, $"'{input.Name}' was not read ({error.Message}); convert it to wav or flac first.", error);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    public override int Read(Span<float> interleaved)
    {
        if (_ended)
            return 0;
        var frames = ReadFrames(interleaved);
        _decoded += frames;
        var seconds = (double)_decoded / SampleRate;
        var longest = LongestGap + _input.Bytes / FewestBytesPerSecond;
        if (seconds > longest)
        {
            _ended = true;
            Complaint = string.Create(CultureInfo.InvariantCulture, $"{_input.Bytes} bytes cannot hold more than {longest:0} s of sound, and the rest is not read");
            EndedEarly = true;
        }
        else if (frames == 0)
        {
            NoteEnd(seconds);
        }
        return frames;
    }

    public override void Dispose() => _process.Dispose();

    private int ReadFrames(Span<float> interleaved)
    {
        var frameBytes = Channels * sizeof(float);
        var bytes = MemoryMarshal.AsBytes(interleaved);
        bytes = bytes[..(bytes.Length / frameBytes * frameBytes)];
        try
        {
            return _process.Read(bytes) / frameBytes;
        }
        catch (TimeoutException error)
        {
            Complaint = error.Message;
            EndedEarly = true;
            _ended = true;
            return 0;
        }
    }

    private void NoteEnd(double seconds)
    {
        if (_ended)
            return;
        _ended = true;
        try
        {
            _process.WaitForExit();
        }
        catch (TimeoutException error)
        {
            Complaint = error.Message;
            EndedEarly = true;
            return;
        }
        if ((_process.Messages.Telling ?? _process.Messages.First) is { } message)
            Complaint = $"ffmpeg: {message}";
        else if (_process.ExitCode != 0)
            Complaint = $"ffmpeg ended with exit code {_process.ExitCode}";
        // Damage inside is skipped by ffmpeg with exit code 0; it is the end of the file that matters here.
        EndedEarly = _process.ExitCode != 0 || _process.Messages.EndsEarly
            || (_process.Messages.Duration is { } duration && seconds < duration - Math.Max(0.5, duration / 50));
    }

    private static FfmpegProcess Start(FfmpegInput input, string stream, string[] filter, string? refusal)
    {
        try
        {
            return FfmpegProcess.Start("ffmpeg", input, ["-nostdin", "-nostats"], ["-map", stream, "-vn", "-sn", "-dn", .. filter, "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"]);
        }
        catch (Win32Exception error)
        {
            var message = refusal is null
                ? $"'{input.Name}' cannot be read because ffmpeg is not installed; run: apt-get install libsndfile1 ffmpeg."
                : $"libsndfile does not read '{input.Name}' ({refusal}), and ffmpeg, which may, is not installed; run: apt-get install ffmpeg.";
            throw new AudioException(AudioFailure.DecoderMissing, input.Name, message, error);
        }
    }

    private static AudioException NoSound(FfmpegInput input, FfmpegMessages messages, string? refusal)
    {
        if (messages.NoSoundTrack)
            return new AudioException(AudioFailure.NoSoundTrack, input.Name, $"'{input.Name}' has no sound track; give a file that has one.");
        if (messages.RefusedFormat is { } format)
        {
            return new AudioException(AudioFailure.NotAudio, input.Name, Lists.Contains(format)
                ? $"'{input.Name}' is a list of other files ({format}), which Auricle does not follow; give the sound files themselves."
                : $"'{input.Name}' is no sound (ffmpeg takes it for '{format}'); give a sound or video file.");
        }
        var reason = messages.Telling is { } telling ? $"ffmpeg: {telling}" : "it begins like none of the formats that are known";
        return new AudioException(
            AudioFailure.NotAudio, input.Name,
            $"'{input.Name}' is not sound that {(refusal is null ? "" : "libsndfile or ")}ffmpeg can read ({reason}); check that the file is complete and really holds sound.");
    }
}
