using System.Runtime.InteropServices;
using Auricle.Audio.Content;

namespace Auricle.Audio.Decoding;

/// <summary>One of the sounds in a file.</summary>
internal abstract class SoundPart : IDisposable
{
    private long _decoded;

    public int SampleRate { get; protected set; }

    public int Channels { get; protected set; }

    public long? KnownFrames { get; protected set; }

    /// <summary>What the decoder complained about at the end.</summary>
    public string? Complaint { get; protected set; }

    public bool IsShort => KnownFrames > _decoded;

    /// <summary>Reads whole frames; 0 at the end.</summary>
    public int Read(Span<float> interleaved)
    {
        var frames = Decode(interleaved);
        _decoded += frames;
        return frames;
    }

    public abstract void Dispose();

    protected abstract int Decode(Span<float> interleaved);
}

/// <summary>Reads wav, flac, ogg, opus, mp3, aiff and their kin in this process, one sound after the other where a file holds several.</summary>
internal sealed class SndFileDecoder : AudioDecoder
{
    private readonly Queue<ByteView> _next;
    private readonly bool _isMpeg;
    private SoundPart _part;

    private SndFileDecoder(SoundPart part, bool isMpeg, IEnumerable<ByteView> next)
    {
        _part = part;
        _isMpeg = isMpeg;
        _next = new Queue<ByteView>(next);
    }

    /// <summary>Opens a sound, or gives back <see langword="null"/> and the library's reason.</summary>
    /// <param name="views">The sounds in the file, at least one.</param>
    /// <param name="isMpeg">Whether they are mp3, which libsndfile's own decoder is asked for directly: only so it keeps quiet.</param>
    /// <param name="refusal">Why the first is not opened.</param>
    public static SndFileDecoder? TryOpen(IReadOnlyList<ByteView> views, bool isMpeg, out string? refusal)
    {
        var part = OpenPart(views[0], isMpeg, out refusal);
        return part is null ? null : new SndFileDecoder(part, isMpeg, views.Skip(1))
        {
            SampleRate = part.SampleRate,
            Channels = part.Channels,
            Frames = views.Count == 1 ? part.KnownFrames : null,
        };
    }

    public override unsafe int Read(Span<float> interleaved)
    {
        while (true)
        {
            var frames = _part.Read(interleaved[..(interleaved.Length / Channels * Channels)]);
            if (frames > 0)
                return frames;
            if (_part.Complaint is { } complaint)
            {
                Complaint = complaint;
                EndedEarly = true;
            }
            EndedEarly |= _part.IsShort;
            if (!_next.TryDequeue(out var view))
                return 0;
            _part.Dispose();
            if (OpenPart(view, _isMpeg, out var refusal) is not { } next)
            {
                Complaint = $"what follows is not read: libsndfile: {refusal}";
                return 0;
            }
            _part = next;
            if (next.SampleRate == SampleRate && next.Channels == Channels)
                continue;
            Complaint = $"what follows has {next.Channels} channels at {next.SampleRate} Hz and is not read; split the file";
            _next.Clear();
            return 0;
        }
    }

    public override void Dispose() => _part.Dispose();

    private static SoundPart? OpenPart(ByteView view, bool isMpeg, out string? refusal) =>
        isMpeg ? MpegPart.TryOpen(view, out refusal) : Part.TryOpen(view, out refusal);

    /// <summary>One file of libsndfile's.</summary>
    private sealed class Part : SoundPart
    {
        private readonly SndFileSource _source;
        private nint _file;
        private GCHandle _handle;

        private Part(SndFileSource source) => _source = source;

        ~Part() => Close();

        public static Part? TryOpen(ByteView view, out string? refusal)
        {
            var source = new SndFileSource(view);
            var part = new Part(source) { _handle = GCHandle.Alloc(source) };
            var info = default(SndFile.Info);
            part._file = SndFile.Open(new SndFile.VirtualFile(), SndFile.OpenForReading, ref info, GCHandle.ToIntPtr(part._handle));
            part.SampleRate = info.SampleRate;
            part.Channels = info.Channels;
            // A stream without a stated length has the largest number.
            part.KnownFrames = info.Frames is >= 0 and < long.MaxValue ? info.Frames : null;
            refusal = part._file == 0 ? source.Failure?.Message ?? SndFile.ErrorText(0)
                : info.Channels <= 0 || info.SampleRate <= 0 ? $"it states {info.Channels} channels at {info.SampleRate} Hz"
                : null;
            if (refusal is null)
                return part;
            part.Dispose();
            return null;
        }

        protected override unsafe int Decode(Span<float> interleaved)
        {
            if (_file == 0)
                return 0;
            long frames;
            fixed (float* target = interleaved)
                frames = SndFile.ReadFrames(_file, target, interleaved.Length / Channels);
            if (frames <= 0 && _source.Failure is { } failure)
                Complaint = failure.Message;
            else if (frames <= 0 && SndFile.Error(_file) != 0)
                Complaint = $"libsndfile: {SndFile.ErrorText(_file)}";
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
            if (_handle.IsAllocated)
                _handle.Free();
        }
    }
}
