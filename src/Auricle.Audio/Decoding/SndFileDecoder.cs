using System.Runtime.InteropServices;
using Auricle.Audio.Content;

namespace Auricle.Audio.Decoding;

/// <summary>Reads wav, flac, ogg, opus, mp3, aiff and their kin in this process, one sound after the other where a file holds several.</summary>
internal sealed class SndFileDecoder : AudioDecoder
{
    private readonly Queue<ByteView> _next;
    private Part _part;

    private SndFileDecoder(Part part, IEnumerable<ByteView> next)
    {
        _part = part;
        _next = new Queue<ByteView>(next);
    }

    /// <summary>Opens a sound, or gives back <see langword="null"/> and the library's reason.</summary>
    /// <param name="views">The sounds in the file, at least one.</param>
    /// <param name="refusal">Why the first is not opened.</param>
    public static SndFileDecoder? TryOpen(IReadOnlyList<ByteView> views, out string? refusal)
    {
        var part = Part.TryOpen(views[0], out refusal);
        return part is null ? null : new SndFileDecoder(part, views.Skip(1))
        {
            SampleRate = part.Info.SampleRate,
            Channels = part.Info.Channels,
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
            if (Part.TryOpen(view, out var refusal) is not { } next)
            {
                Complaint = $"what follows is not read: libsndfile: {refusal}";
                return 0;
            }
            _part = next;
            if (next.Info.SampleRate == SampleRate && next.Info.Channels == Channels)
                continue;
            Complaint = $"what follows has {next.Info.Channels} channels at {next.Info.SampleRate} Hz and is not read; split the file";
            _next.Clear();
            return 0;
        }
    }

    public override void Dispose() => _part.Dispose();

    /// <summary>One file of libsndfile's.</summary>
    private sealed class Part : IDisposable
    {
        private readonly SndFileSource _source;
        private nint _file;
        private long _read;
        private GCHandle _handle;

        private Part(SndFileSource source) => _source = source;

        ~Part() => Close();

        public SndFile.Info Info { get; private set; }

        public string? Complaint { get; private set; }

        public bool IsShort => KnownFrames > _read;

        // The length of an mp3 is an estimate from its first frames; a stream without a stated length has the largest number.
        public long? KnownFrames => (Info.Format & SndFile.ContainerMask) != SndFile.Mpeg && Info.Frames is >= 0 and < long.MaxValue ? Info.Frames : null;

        public static Part? TryOpen(ByteView view, out string? refusal)
        {
            var source = new SndFileSource(view);
            var part = new Part(source) { _handle = GCHandle.Alloc(source) };
            var info = default(SndFile.Info);
            part._file = SndFile.Open(new SndFile.VirtualFile(), SndFile.OpenForReading, ref info, GCHandle.ToIntPtr(part._handle));
            part.Info = info;
            refusal = part._file == 0 ? source.Failure?.Message ?? SndFile.ErrorText(0)
                : info.Channels <= 0 || info.SampleRate <= 0 ? $"it states {info.Channels} channels at {info.SampleRate} Hz"
                : null;
            if (refusal is null)
                return part;
            part.Dispose();
            return null;
        }

        public unsafe int Read(Span<float> interleaved)
        {
            if (_file == 0)
                return 0;
            long frames;
            fixed (float* target = interleaved)
                frames = SndFile.ReadFrames(_file, target, interleaved.Length / Info.Channels);
            if (frames <= 0 && _source.Failure is { } failure)
                Complaint = failure.Message;
            else if (frames <= 0 && SndFile.Error(_file) != 0)
                Complaint = $"libsndfile: {SndFile.ErrorText(_file)}";
            _read += Math.Max(0, frames);
            return (int)Math.Max(0, frames);
        }

        public void Dispose()
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
