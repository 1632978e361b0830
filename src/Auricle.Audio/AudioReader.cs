using Auricle.Audio.Content;
using Auricle.Audio.Decoding;

namespace Auricle.Audio;

/// <summary>
/// An opened sound, read once from front to back as mono samples at its own rate, in memory that does not grow with its
/// length. Made by <see cref="AudioFile"/>; for one caller at a time.
/// </summary>
public sealed class AudioReader : IDisposable
{
    private const int BlockFrames = 1 << 14;
    private const int BlockSamples = 1 << 18;   // of all channels

    // A header may lie about the length; beyond what the bytes of the file could hold, memory is taken as the samples really arrive.
    private const int MaxTrustedLength = 1 << 25;
    private const int MinTrustedLength = 1 << 20;
    private const int SamplesPerByte = 4;

    private readonly AudioDecoder _decoder;
    private readonly FileStream _file;
    private readonly List<string> _warnings = [];
    private readonly int _trustedLength;
    private readonly float[] _mono;
    private readonly float[] _interleaved;
    private int _blockStart;
    private int _blockEnd;
    private bool _ended;
    private long _decoded;   // frames taken from the decoder, ahead of Position by what the block still holds
    private float _peak;
    private readonly List<(long Start, long End)> _audible = [];   // frames
    private readonly bool _cutIsTold;

    /// <param name="decoder">Disposed with the reader.</param>
    /// <param name="path">What messages call the file.</param>
    /// <param name="content">What was found in it.</param>
    /// <param name="file">Disposed with the reader.</param>
    internal AudioReader(AudioDecoder decoder, string path, SoundContent content, FileStream file)
    {
        _decoder = decoder;
        _file = file;
        _trustedLength = (int)Math.Clamp(file.Length * SamplesPerByte, MinTrustedLength, MaxTrustedLength);
        _mono = new float[Math.Clamp(BlockSamples / decoder.Channels, 1, BlockFrames)];
        _interleaved = decoder.Channels == 1 ? _mono : new float[_mono.Length * decoder.Channels];
        Path = path;
        IsTruncated = content.IsCut;
        foreach (var remark in content.Remarks)
            _warnings.Add($"'{path}' {remark}.");
        if (decoder.Remark is { } more)
            _warnings.Add($"'{path}' {more}.");

        if (!Fill())
        {
            throw new AudioException(AudioFailure.NoSamples, path, content.CutSeconds is { } cut
                ? $"'{path}' is cut off: its header promises {SecondsText.Of(cut.Promised)} s of sound, but no sample follows; copy or record the file again."
                : content.IsCut ? $"'{path}' is cut off before its first sample; copy or record the file again."
                : $"'{path}' has 0 samples{(_decoder.Complaint is { } complaint ? $" ({complaint})" : "")}; record or export it again.");
        }
        if (content.CutSeconds is { } lengths)
            _warnings.Add($"'{path}' is cut off: its header promises {SecondsText.Of(lengths.Promised)} s of sound, but it ends after {SecondsText.Of(lengths.Held)} s.");
        _cutIsTold = content.CutSeconds is not null;
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
    /// Whether the sound ends before its file says it should. Most formats show that when they are opened, some only when the end is
    /// reached. What is there is read all the same.
    /// </summary>
    public bool IsTruncated { get; private set; }

    /// <summary>One sentence for each thing that is wrong with the source without keeping it from being read.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Reads mono samples.</summary>
    /// <param name="monoSamples">Receives samples within ±1, the average of all channels: <c>[samples]</c>.</param>
    /// <returns>How many samples were read; less than asked for only at the end, and 0 from then on.</returns>
    /// <exception cref="AudioException">A sample is infinite, not a number or beyond <see cref="AudioClip.LargestSample"/>; the message says where.</exception>
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
        var samples = new float[Math.Min(_trustedLength, resampler.OutputLength(Math.Max(BlockFrames, (Frames ?? 0) - Position)))];
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
        return new AudioClip { Samples = samples, SampleRate = sampleRate, Path = Path, Warnings = [.. _warnings], HasNothingToHear = _audible.Count == 0 };

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

    /// <summary>Whether anything is to be heard in some frames that were decoded; less than 5 ms at their ends do not count.</summary>
    internal bool IsAudible(long start, long end)
    {
        var (edge, middle) = (StretchFrames / 2, (start + end) / 2);
        (start, end) = (Math.Min(start + edge, middle), Math.Max(end - edge, middle + 1));
        return _audible.Exists(range => range.End > start && range.Start < end);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _decoder.Dispose();
        _file.Dispose();
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
        var samples = _interleaved.AsSpan(0, frames * _decoder.Channels);
        var bad = Mixing.Measure(samples, out var peak);
        if (bad >= 0)
        {
            throw AudioClip.NotFinite(
                Path, $"'{Path}'", samples[bad], start + bad / _decoder.Channels, SampleRate, "repair the file or export it again from its source");
        }
        var monoPeak = peak;
        if (_decoder.Channels > 1)
        {
            Mixing.ToMono(samples, _decoder.Channels, _mono.AsSpan(0, frames));
            _ = Mixing.Measure(_mono.AsSpan(0, frames), out monoPeak);
        }
        if (AudioClip.IsAudible(peak, monoPeak))
            NoteAudible(start, frames, peak);
        _peak = Math.Max(_peak, peak);
        return true;
    }

    /// <summary>Notes the stretches of a block in which there is something to hear.</summary>
    private void NoteAudible(long start, int frames, float peak)
    {
        for (var first = 0; first < frames; first += StretchFrames)
        {
            var count = Math.Min(StretchFrames, frames - first);
            _ = Mixing.Measure(_mono.AsSpan(first, count), out var monoPeak);
            if (!AudioClip.IsAudible(peak, monoPeak))
                continue;
            var begin = start + first;
            if (_audible.Count > 0 && _audible[^1].End == begin)
                _audible[^1] = (_audible[^1].Start, begin + count);
            else
                _audible.Add((begin, begin + count));
        }
    }

    private int StretchFrames => Math.Max(1, SampleRate / 100);

    private void NoteEnd()
    {
        if (_decoder.Complaint is { } complaint)
            _warnings.Add($"'{Path}' was not read without trouble ({complaint}).");
        IsTruncated |= _decoder.EndedEarly || _decoder.Frames > _decoded;
        if (IsTruncated && !_cutIsTold)
            _warnings.Add($"'{Path}' ends after {SecondsText.Of((double)_decoded / SampleRate)} s, before its stated end.");
        if (_decoded > 0)
            _warnings.AddRange(AudioClip.Quiet($"'{Path}'", _peak, _audible.Count > 0));
    }
}
