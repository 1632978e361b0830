using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Auricle.Testing;

namespace Auricle.Audio.Tests;

/// <summary>Files whose headers and contents disagree, or that are not what their names say.</summary>
public sealed class SoundContentTests : IDisposable
{
    private const int Rate = 16000;
    private readonly TestFolder _folder = new();
    private readonly float[] _signal = HashWeights.Signal("content", 2 * Rate);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0u)]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0x80000000u)]
    [InlineData(0xFFFFFFFFu)]
    public void Load_WavOfUnknownSize_IsReadUpToTheChunksBehind(uint size)
    {
        Whole([.. Wav(size), .. Bytes(_signal)]);
        Whole([.. Wav(size), .. Bytes(_signal), .. Chunk("LIST", "INFOsoft"u8), .. Chunk("id3 ", new byte[301])]);
    }

    [Theory]
    [InlineData(16u)]
    [InlineData(64_000u)]
    [InlineData(127_996u - 4_000u)]
    public void Load_WavWithASizeTooSmall_IsReadToTheEndAndTold(uint size)
    {
        Whole([.. Wav(size), .. Bytes(_signal)], "holds more sound than its header states");
        Whole([.. Wav(size), .. Bytes(_signal), .. Chunk("LIST", "INFOsoft"u8)], "holds more sound than its header states");
    }

    [Fact]
    public void Open_WavBeyondFourGigabytes_HasAllItsFrames()
    {
        // The size of 32 bits has wrapped; the file is sparse.
        const long bytes = 5L << 30;
        var path = _folder.Bytes("a.wav", Wav(unchecked((uint)bytes)));
        using (var file = File.OpenWrite(path))
            file.SetLength(44 + bytes);
        using var reader = AudioFile.Open(path);
        Assert.Equal(bytes / 4, reader.Frames);
        Assert.Contains("holds more sound", Assert.Single(reader.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WavInPieces_IsReadAsOne()
    {
        var (first, second) = (Bytes(_signal[..Rate]), Bytes(_signal[Rate..]));
        Whole([.. Wav((uint)first.Length), .. first, .. Chunk("LIST", "INFO"u8), .. Chunk("data", second)], "in 2 pieces");
    }

    [Fact]
    public void Load_Rf64_IsReadByItsLongSizeOrToItsEnd()
    {
        var bytes = Bytes(_signal);
        foreach (var size in (long[])[0, bytes.Length])
        {
            var sizes = new byte[28];
            BinaryPrimitives.WriteInt64LittleEndian(sizes.AsSpan(8), size);
            Whole([.. "RF64"u8, 0xFF, 0xFF, 0xFF, 0xFF, .. "WAVE"u8, .. Chunk("ds64", sizes), .. Wav(uint.MaxValue)[12..], .. bytes]);
        }
    }

    [Fact]
    public void Load_WavWithTagOrPaddingBehind_IsReadWithoutAWord()
    {
        var bytes = Bytes(_signal);
        Whole([.. Wav((uint)bytes.Length), .. bytes, .. "TAG"u8, .. new byte[125]]);
        Whole([.. Wav((uint)bytes.Length), .. bytes, .. new byte[100_000]]);
        Whole([.. Wav((uint)bytes.Length), .. bytes, .. Chunk("LIST", new byte[5000])[..3000]]);
        Assert.Equal(AudioFailure.NoSamples, Assert.Throws<AudioException>(() => AudioFile.Load(_folder.Bytes("b.wav", [.. Wav(0), .. Chunk("LIST", "INFO"u8)]), Rate)).Reason);
    }

    [Theory]
    [InlineData("wav")]
    [InlineData("flac")]
    [InlineData("ogg")]
    [InlineData("opus")]
    [InlineData("mp3")]
    public void Load_FilesJoinedEndToEnd_GivesAllOfThem(string extension)
    {
        var (first, second) = (Encode($"a.{extension}", _signal), Encode($"b.{extension}", [.. _signal.Reverse()]));
        var one = AudioFile.Load(first, Rate);
        var two = AudioFile.Load(second, Rate);
        var both = AudioFile.Load(_folder.Bytes($"both.{extension}", [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]), Rate);
        Assert.Equal(one.Samples.Length + two.Samples.Length, both.Samples.Length);
        Assert.Contains("2 sounds one after the other", Assert.Single(both.Warnings), StringComparison.Ordinal);
        // The resampler of opus (48 kHz) hears over the seam, so its neighbourhood is left out.
        Assert.Equal(one.Samples[..^100], both.Samples[..(one.Samples.Length - 100)]);
        Assert.Equal(two.Samples[100..], both.Samples[(one.Samples.Length + 100)..]);
    }

    [Fact]
    public void Load_JoinedSoundsOfDifferentRates_SaysWhatIsLeftOut()
    {
        var (first, second) = (Encode("a.flac", _signal), Encode("b.flac", _signal, 8000));
        var both = AudioFile.Load(_folder.Bytes("both.flac", [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]), Rate);
        Assert.Equal(2, both.Seconds, 0.01);
        Assert.Contains(both.Warnings, warning => warning.Contains("8000 Hz and is not read", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("flac")]
    [InlineData("ogg")]
    [InlineData("opus")]
    [InlineData("mp3")]
    [InlineData("aiff")]
    [InlineData("au")]
    [InlineData("w64")]
    [InlineData("caf")]
    [InlineData("voc")]
    [InlineData("mka")]
    [InlineData("wma")]
    [InlineData("tta")]
    public void Load_FirstHalfOfAFile_IsTold(string extension)
    {
        var path = Encode($"a.{extension}", [.. _signal, .. _signal, .. _signal]);
        var whole = AudioFile.Load(path, Rate);
        Assert.Empty(whole.Warnings);
        var bytes = File.ReadAllBytes(path);
        using var reader = AudioFile.Open(_folder.Bytes($"cut.{extension}", bytes[..(bytes.Length / 2)]));
        var cut = reader.ReadAll(Rate);
        Assert.InRange(cut.Seconds, whole.Seconds * 0.2, whole.Seconds * 0.6);
        Assert.True(reader.IsTruncated);
        Assert.Contains(cut.Warnings, warning => warning.Contains("before its stated end", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_AuWithASizeTooSmall_IsReadToTheEndAndTold()
    {
        var bytes = File.ReadAllBytes(Encode("a.au", _signal));
        var whole = AudioFile.Load(_folder.Bytes("b.au", bytes), Rate);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), 16);
        var clip = AudioFile.Load(_folder.Bytes("c.au", bytes), Rate);
        Assert.Equal(whole.Samples, clip.Samples);
        Assert.Contains("holds more sound", Assert.Single(clip.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("au")]
    [InlineData("snd")]
    [InlineData("vox")]
    [InlineData("gsm")]
    [InlineData("raw")]
    [InlineData("mp3")]
    public void Load_WordsOrAnotherFormatUnderTheNameOfSound_IsJudgedByItsContent(string extension)
    {
        var words = string.Concat(Enumerable.Repeat("These words are no sound. ", 500));
        Assert.Equal(AudioFailure.NotAudio, Assert.Throws<AudioException>(() => AudioFile.Load(_folder.Text($"words.{extension}", words), Rate)).Reason);
        var film = _folder.Bytes($"film.{extension}", File.ReadAllBytes(Encode("a.m4a", _signal)));
        Assert.Equal(2, AudioFile.Load(film, Rate).Seconds, 0.1);
    }

    [Theory]
    [InlineData("a.wav", "ffconcat version 1.0\nfile secret.wav\n")]
    [InlineData("b.ts", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nsecret.wav\n#EXT-X-ENDLIST\n")]
    [InlineData("c.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/secret.wav\n")]
    public void Load_ListOfOtherFiles_IsRefusedWhateverItsName(string name, string list)
    {
        _folder.Wav("secret.wav", _signal, Rate);
        var error = Assert.Throws<AudioException>(() => AudioFile.Load(_folder.Text(name, list), Rate));
        Assert.Equal(AudioFailure.NotAudio, error.Reason);
        Assert.Contains("is a list of other files", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(int.MaxValue)]
    public void Load_RateOutsideOfSound_IsRefused(int rate) =>
        Assert.Equal(AudioFailure.UnusualRate, Assert.Throws<AudioException>(() => AudioFile.Load(_folder.Wav("a.wav", new float[100], rate), Rate)).Reason);

    [Fact]
    public void Load_SampleBeyondAllMeasure_SaysWhere()
    {
        var samples = new float[1000];
        samples[800] = 1e20f;
        var error = Assert.Throws<AudioException>(() => AudioFile.Load(_folder.Wav("a.wav", samples, Rate), Rate));
        Assert.Equal(AudioFailure.NotFinite, error.Reason);
        Assert.Contains("1e+20, far beyond full scale (±1), at 0.05 s", error.Message, StringComparison.Ordinal);
        // Integers that were never scaled are odd, but sound.
        samples[800] = int.MinValue;
        Assert.Equal(int.MinValue, AudioFile.Load(_folder.Wav("b.wav", samples, Rate), Rate).Samples[800]);
    }

    [Fact]
    public void Load_SilenceAndChannelsThatCancel_AreTold()
    {
        var silence = AudioFile.Load(_folder.Wav("silence.wav", new float[Rate], Rate), Rate);
        Assert.True(silence.IsSilent);
        Assert.Contains("is silent", Assert.Single(silence.Warnings), StringComparison.Ordinal);

        float[] opposite = [.. _signal.SelectMany(sample => (float[])[sample, -sample])];
        var cancelled = AudioFile.Load(_folder.Wav("opposite.wav", opposite, Rate, channels: 2), Rate);
        Assert.True(cancelled.IsSilent);
        Assert.Contains("cancel out", Assert.Single(cancelled.Warnings), StringComparison.Ordinal);
        Assert.Contains("cancel out", Assert.Single(AudioClip.FromSamples(opposite, Rate, channels: 2).Warnings), StringComparison.Ordinal);

        var sound = AudioFile.Load(_folder.Wav("sound.wav", _signal, Rate), Rate);
        Assert.False(sound.IsSilent);
        Assert.Empty(sound.Warnings);
    }

    [Fact]
    public void Load_ChannelsThatCancelNearly_AreSilentAtAnyRate()
    {
        // What lossy formats leave of opposite channels is no sound to be described.
        float[] nearly = [.. _signal.SelectMany(sample => (float[])[sample, -sample * 0.99f])];
        var path = _folder.Wav("nearly.wav", nearly, Rate, channels: 2);
        Assert.True(AudioFile.Load(path, Rate).IsSilent);
        Assert.True(AudioFile.Load(path, Rate * 2).IsSilent);
        Assert.True(AudioClip.FromSamples(nearly, Rate, channels: 2).Resample(Rate * 2).IsSilent);
    }

    [Fact]
    public void Read_SegmentsWhoseChannelsCancel_AreSilentBesideThoseThatSound()
    {
        const int Seconds = 4;
        var samples = HashWeights.Signal("noise", 3 * Seconds * Rate);
        float[] stereo = [.. samples.SelectMany((sample, i) => (float[])[sample, i / (Seconds * Rate) == 1 ? -sample * 0.99f : sample])];
        using var reader = AudioFile.Open(_folder.Wav("middle.wav", stereo, Rate, channels: 2));
        var silent = AudioSegments.Read(reader, Rate * 2, 1).Select(segment => segment.Clip.IsSilent).ToList();
        Assert.Equal(3 * Seconds, silent.Count);
        Assert.All(silent[..Seconds], Assert.False);
        Assert.All(silent[Seconds..(2 * Seconds)], Assert.True);
        Assert.All(silent[(2 * Seconds)..], Assert.False);
        Assert.Empty(reader.Warnings);
    }

    [Fact]
    public void Open_ManyChannelsAndFewBytes_TakesLittleMemory()
    {
        var path = _folder.Wav("a.wav", new float[2 * 1000], Rate, channels: 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using (var reader = AudioFile.Open(path))
            reader.ReadAll(Rate);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    private void Whole(byte[] file, string? warning = null)
    {
        var clip = AudioFile.Load(_folder.Bytes("whole.wav", file), Rate);
        Assert.Equal(_signal, clip.Samples);
        if (warning is null)
            Assert.Empty(clip.Warnings);
        else
            Assert.Contains(warning, Assert.Single(clip.Warnings), StringComparison.Ordinal);
    }

    private string Encode(string name, float[] samples, int rate = Rate)
    {
        var source = _folder.Wav("source.wav", samples, rate);
        Ffmpeg.Run("-i", source, _folder.At(name));
        return _folder.At(name);
    }

    /// <summary>The header of mono float32 that states a size.</summary>
    private static byte[] Wav(uint size) =>
    [
        .. "RIFF"u8, .. BitConverter.GetBytes(36 + size), .. "WAVE"u8,
        .. Chunk("fmt ", [3, 0, 1, 0, .. BitConverter.GetBytes(Rate), .. BitConverter.GetBytes(4 * Rate), 4, 0, 32, 0]), .. "data"u8, .. BitConverter.GetBytes(size),
    ];

    private static byte[] Chunk(string name, ReadOnlySpan<byte> content) =>
        [.. Encoding.ASCII.GetBytes(name), .. BitConverter.GetBytes(content.Length), .. content, .. new byte[content.Length & 1]];

    private static byte[] Bytes(float[] samples) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(samples.AsSpan()).ToArray();
}
