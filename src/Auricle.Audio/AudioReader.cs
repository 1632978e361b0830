using System.Globalization;
using Auricle.Audio.Decoding;

namespace Auricle.Audio;

/// <summary>
/// An opened sound, read once from front to back as mono samples at its own rate, in memory that does not grow with its
/// length. Made by <see cref="AudioFile"/>; for one caller at a time.
/// </summary>
public sealed class AudioReader : IDisposable
{
    private const int BlockFrames = 1 << 14;

    // A header may lie about the length; beyond this many samples memory is taken as the samples really arrive.
    private const int MaxTrustedLength = 1 << 25;

    private readonly AudioDecoder _decoder;
    private readonly IDisposable? _owned;
    private readonly List<string> _warnings = [];
    private readonly float[] _mono = new float[BlockFrames];
    private readonly float[] _interleaved;
    private int _blockStart;
    private int _blockEnd;
    private bool _ended;
    private long _decoded;   // frames taken from the decoder, ahead of Position by what the block still holds

    internal AudioReader(AudioDecoder decoder, string path, WavHeader? header, long fileBytes, IDisposable? owned)
    {
        _decoder = decoder;
        _owned = owned;
        _interleaved = decoder.Channels == 1 ? _mono : new float[BlockFrames * decoder.Channels];
        Path = path;

        var heldBytes = Math.Max(0, fileBytes - (header?.DataOffset ?? 0));
        var isCut = header is { DataBytes: { } promised, BytesPerSecond: > 0 } && promised > heldBytes;
        if (!Fill())
        {
            throw new AudioException(AudioFailure.NoSamples, path, isCut
                ? $"'{path}' is cut off: its header promises {Seconds(header!.DataBytes!.Value, header)} s of sound, but no sample follows; copy or record the file again."
                : $"'{path}' has 0 samples{(_decoder.Complaint is { } complaint ? $" ({complaint})" : "")}; record or export it again.");
        }
        if (isCut)
        {
            IsTruncated = true;
            _warnings.Add($"'{path}' is cut off: its header promises {Seconds(header!.DataBytes!.Value, header)} s of sound, but it ends after {Seconds(heldBytes, header)} s.");
        }
    }

    /// <summary>The file, or the name of the stream.</summary>
    public string Path { get; }

    /// <summary>Frames per second, in hertz.</summary>
    public int SampleRate => _decoder.SampleRate;

    /// <summary>Channels of the source; they are averaged when read.</summary>
    public int Channels => _decoder.Channels;

    /// <summary>The number of frames; <see langword="null"/> where it is known only at the end (mp3, and what ffmpeg decodes).</summary>
    public long? Frames => _decoder.Frames;

    /// <summary>How many frames were read so far.</summary>
    public long Position { get; private set; }

    /// <summary>
    /// Whether the sound ends before its file says it should. A wav file shows that when it is opened, most other formats only when
    /// the end is reached. What is there is read all the same.
    /// </summary>
    public bool IsTruncated { get; private set; }

    /// <summary>One sentence for each thing that is wrong with the source without keeping it from being read.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Reads mono samples.</summary>
    /// <param name="monoSamples">Receives samples within ±1, the average of all channels: <c>[samples]</c>.</param>
    /// <returns>How many samples were read; less than asked for only at the end, and 0 from then on.</returns>
    /// <exception cref="AudioException">A sample is infinite or not a number; the message says where.</exception>
    public int Read(Span<float> monoSamples)
    {
        // Averaging before resampling equals the reference's opposite order up to rounding, since both are linear
        // (the fixtures hold), and saves resampling every channel.
        var count = 0;
        while (count < monoSamples.Length && (_blockStart < _blockEnd || Fill()))
        {
            var step = Math.Min(_blockEnd - _blockStart, monoSamples.Length - count);
            _mono.AsSpan(_blockStart, step).CopyTo(monoSamples[count..]);
            _blockStart += step;
            count += step;
        }
        Position += count;
        return count;
    }

    /// <summary>Reads what is left as one clip.</summary>
    /// <param name="sampleRate">The wanted rate in hertz.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not positive.</exception>
    /// <exception cref="AudioException">A sample is not finite, or the sound is longer than an array.</exception>
    public AudioClip ReadAll(int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        var resampler = new Resampler(SampleRate, sampleRate);
        var stream = resampler.Stream();
        var samples = new float[Math.Min(MaxTrustedLength, resampler.OutputLength(Math.Max(BlockFrames, (Frames ?? 0) - Position)))];
        var length = 0;
        while (_blockStart < _blockEnd || Fill())
        {
            Append(stream.Push(_mono.AsSpan(_blockStart, _blockEnd - _blockStart)));
            Position += _blockEnd - _blockStart;
            _blockStart = _blockEnd;
        }
        Append(stream.Finish());
        if (length != samples.Length)
            Array.Resize(ref samples, length);
        return new AudioClip { Samples = samples, SampleRate = sampleRate, Path = Path, Warnings = [.. _warnings] };

        void Append(ReadOnlySpan<float> block)
        {
            if (block.Length > Array.MaxLength - length)
            {
                throw new AudioException(
                    AudioFailure.TooLong, Path,
                    $"'{Path}' is longer than {Array.MaxLength / sampleRate / 3600} hours at {sampleRate} Hz, too long for one clip; read it in segments.");
            }
            if (length + block.Length > samples.Length)
                Array.Resize(ref samples, (int)Math.Min(Array.MaxLength, Math.Max(length + block.Length, 2L * samples.Length)));
            block.CopyTo(samples.AsSpan(length));
            length += block.Length;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _decoder.Dispose();
        _owned?.Dispose();
    }

    private bool Fill()
    {
        if (_ended)
            return false;
        var start = _decoded;
        var frames = _decoder.Read(_interleaved);
        _blockStart = 0;
        _blockEnd = frames;
        _decoded += frames;
        if (frames == 0)
        {
            _ended = true;
            NoteEnd();
            return false;
        }
        if (_decoder.Channels > 1)
            Mixing.ToMono(_interleaved.AsSpan(0, frames * _decoder.Channels), _decoder.Channels, _mono.AsSpan(0, frames));
        var bad = Mixing.IndexOfNotFinite(_mono.AsSpan(0, frames));
        return bad < 0 ? true : throw AudioClip.NotFinite(
            Path, $"'{Path}'", _mono[bad], start + bad, SampleRate, "repair the file or export it again from its source");
    }

    private void NoteEnd()
    {
        if (_decoder.Complaint is { } complaint)
            _warnings.Add($"'{Path}' was not read without trouble ({complaint}).");
        if (_decoder.EndedEarly || _decoder.Frames > _decoded)
        {
            if (!IsTruncated)
                _warnings.Add($"'{Path}' ends after {Format((double)_decoded / SampleRate)} s, before its stated end.");
            IsTruncated = true;
        }
    }

    private static string Seconds(long bytes, WavHeader header) => Format((double)bytes / header.BytesPerSecond);

    private static string Format(double seconds) => seconds.ToString("0.0##", CultureInfo.InvariantCulture);
}
