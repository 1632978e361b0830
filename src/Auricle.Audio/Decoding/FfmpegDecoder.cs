using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Auricle.Audio.Decoding;

/// <summary>Reads whatever the <c>ffmpeg</c> program reads: it decodes in its own process and pipes float32 samples.</summary>
internal sealed class FfmpegDecoder : AudioDecoder
{
    private readonly Process _process;
    private readonly Stream _samples;
    private readonly MessageTail _messages;
    private readonly string _path;
    private bool _ended;

    private FfmpegDecoder(Process process, MessageTail messages, string path)
    {
        _process = process;
        _samples = process.StandardOutput.BaseStream;
        _messages = messages;
        _path = path;
    }

    /// <summary>Opens the first sound track of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="refusal">Why libsndfile refused the file; <see langword="null"/> if that library is not installed.</param>
    /// <exception cref="AudioException">ffmpeg is not installed, or finds no sound.</exception>
    public static FfmpegDecoder Open(string path, string name, string? refusal)
    {
        var messages = new MessageTail();
        var process = Start(path, name, refusal, messages);
        try
        {
            // A wav header of unknown length carries rate and channels in front of the samples, so one process is enough.
            if (WavHeader.Read(process.StandardOutput.BaseStream) is { Channels: > 0, SampleRate: > 0 } header)
                return new FfmpegDecoder(process, messages, path) { SampleRate = header.SampleRate, Channels = header.Channels };
            process.WaitForExit();
            throw NoSound(name, messages, path);
        }
        catch
        {
            Stop(process);
            throw;
        }
    }

    public override int Read(Span<float> interleaved)
    {
        var frameBytes = Channels * sizeof(float);
        var bytes = MemoryMarshal.AsBytes(interleaved);
        bytes = bytes[..(bytes.Length / frameBytes * frameBytes)];
        var frames = _samples.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) / frameBytes;
        if (frames == 0 && !_ended)
        {
            _ended = true;
            _process.WaitForExit();
            if (_messages.Last(_path) is { } message)
                Complaint = $"ffmpeg: {message}";
            else if (_process.ExitCode != 0)
                Complaint = $"ffmpeg ended with exit code {_process.ExitCode}";
            // Damage inside is skipped by ffmpeg with exit code 0; it is the end of the file that matters here.
            EndedEarly = _process.ExitCode != 0 || _messages.Any("partial file") || _messages.Any("truncat");
        }
        return frames;
    }

    public override void Dispose() => Stop(_process);

    private static Process Start(string path, string name, string? refusal, MessageTail messages)
    {
        var start = new ProcessStartInfo("ffmpeg")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        // The protocols are named because a playlist may otherwise make ffmpeg fetch from the network.
        foreach (var argument in (string[])
            ["-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-i", "file:" + path, "-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"])
        {
            start.ArgumentList.Add(argument);
        }

        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) => messages.Add(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            process.Dispose();
            var message = refusal is null
                ? $"'{name}' cannot be read because neither libsndfile nor ffmpeg is installed; run: apt-get install libsndfile1 ffmpeg."
                : $"libsndfile does not read '{name}' ({refusal}), and ffmpeg, which may, is not installed; run: apt-get install ffmpeg.";
            throw new AudioException(AudioFailure.DecoderMissing, name, message, error);
        }
        process.BeginErrorReadLine();
        return process;
    }

    private static AudioException NoSound(string name, MessageTail messages, string path) => messages.Any("matches no streams")
        ? new AudioException(AudioFailure.NoSoundTrack, name, $"'{name}' has no sound track; give a file that has one.")
        : new AudioException(
            AudioFailure.NotAudio, name,
            $"'{name}' is not sound that libsndfile or ffmpeg can read ({messages.Last(path) ?? "ffmpeg gives no reason"}); check that the file is complete and really holds sound.");

    private static void Stop(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
    }

    /// <summary>The last lines that ffmpeg wrote to its error output, which arrive on another thread.</summary>
    private sealed class MessageTail
    {
        private const int Capacity = 8;
        private readonly Queue<string> _lines = new();

        public void Add(string? line)
        {
            if (string.IsNullOrWhiteSpace(line))
                return;
            lock (_lines)
            {
                _lines.Enqueue(line.Trim());
                if (_lines.Count > Capacity)
                    _lines.Dequeue();
            }
        }

        public bool Any(string text)
        {
            lock (_lines)
                return _lines.Any(line => line.Contains(text, StringComparison.OrdinalIgnoreCase));
        }

        /// <summary>The last line without the path in front of it.</summary>
        public string? Last(string path)
        {
            lock (_lines)
                return _lines.LastOrDefault()?.Replace($"file:{path}: ", "", StringComparison.Ordinal);
        }
    }
}
