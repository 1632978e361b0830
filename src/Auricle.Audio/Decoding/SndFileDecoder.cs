namespace Auricle.Audio.Decoding;

/// <summary>Reads wav, flac, ogg, opus, mp3, aiff and their kin in this process.</summary>
internal sealed class SndFileDecoder : AudioDecoder
{
    private nint _file;

    private SndFileDecoder(nint file) => _file = file;

    ~SndFileDecoder() => Close();

    /// <summary>Opens a file, or gives back <see langword="null"/> and the library's reason.</summary>
    public static SndFileDecoder? TryOpen(string path, out string? refusal)
    {
        var info = default(SndFile.Info);
        var file = SndFile.Open(path, SndFile.OpenForReading, ref info);
        if (file == 0)
        {
            refusal = SndFile.ErrorText(0);
            return null;
        }
        if (info.Channels <= 0 || info.SampleRate <= 0)
        {
            refusal = $"it states {info.Channels} channels at {info.SampleRate} Hz";
            _ = SndFile.Close(file);
            return null;
        }
        refusal = null;
        // The length of an mp3 is an estimate from its first frames; a stream without a stated length has the largest number.
        var isKnown = (info.Format & SndFile.ContainerMask) != SndFile.Mpeg && info.Frames is >= 0 and < long.MaxValue;
        return new SndFileDecoder(file) { SampleRate = info.SampleRate, Channels = info.Channels, Frames = isKnown ? info.Frames : null };
    }

    public override unsafe int Read(Span<float> interleaved)
    {
        ObjectDisposedException.ThrowIf(_file == 0, this);
        long frames;
        fixed (float* target = interleaved)
            frames = SndFile.ReadFrames(_file, target, interleaved.Length / Channels);
        if (frames <= 0 && SndFile.Error(_file) != 0)
        {
            Complaint = $"libsndfile: {SndFile.ErrorText(_file)}";
            EndedEarly = true;
        }
        return (int)Math.Max(0, frames);
    }

    public override void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private void Close()
    {
        if (_file != 0)
            _ = SndFile.Close(_file);
        _file = 0;
    }
}
