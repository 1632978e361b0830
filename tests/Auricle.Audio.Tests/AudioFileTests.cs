using System.Diagnostics;
using Auricle.Testing;

namespace Auricle.Audio.Tests;

public sealed class AudioFileTests : IDisposable
{
    private const int Rate = 16000;
    private readonly TestFolder _folder = new();
    private readonly float[] _signal = HashWeights.Signal("file", 20_000);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_FloatWav_GivesItsSamplesThroughEitherDecoder(bool useSndFile)
    {
        using var reader = AudioFile.Open(_folder.Wav("a.wav", _signal, Rate), null, useSndFile);
        Assert.Equal(_signal, reader.ReadAll(Rate).Samples);
        Assert.Empty(reader.Warnings);
    }

    [Fact]
    public void Load_16BitPcm_DividesBy32768() =>
        Assert.Equal([0.5f, -1f, 1f / 32768], AudioFile.Load(_folder.Wav("a.wav", [0.5f, -1f, 1f / 32768], Rate, pcm: true), Rate).Samples);

    [Theory]
    [InlineData(8, 192000)]
    [InlineData(2, 44100)]
    public void Load_ManyChannels_AveragesThem(int channels, int rate)
    {
        var interleaved = Enumerable.Range(0, 100 * channels).Select(i => i % channels == 0 ? 0.5f : 0f).ToArray();
        Assert.All(AudioFile.Load(_folder.Wav("a.wav", interleaved, rate, channels), rate).Samples, sample => Assert.Equal(0.5f / channels, sample));
    }

    [Theory]
    [InlineData("a.flac", 1e-4)]
    [InlineData("a.ogg", 0.05)]
    [InlineData("a.opus", 0.05)]
    [InlineData("a.mp3", 0.05)]
    [InlineData("a.m4a", 0.05)]
    [InlineData("a.mp4", 0.05)]
    [InlineData("a.webm", 0.05)]
    public void Load_EncodedSine_HasItsLevelAndLength(string name, double tolerance)
    {
        const int rate = 48000;
        var sine = Enumerable.Range(0, rate).Select(i => 0.5f * MathF.Sin(MathF.Tau * 440 * i / rate)).ToArray();
        Ffmpeg.Run("-i", _folder.Wav("sine.wav", sine, rate), _folder.At(name));
        var clip = AudioFile.Load(_folder.At(name), rate);
        Assert.InRange(clip.Seconds, 0.95, 1.1);
        // The delay differs from codec to codec, so the phase is left open: the amplitude at 440 Hz is compared, and what remains.
        var middle = clip.Samples.AsSpan(12_000, 24_000).ToArray();
        var (re, im, power) = (0.0, 0.0, 0.0);
        for (var i = 0; i < middle.Length; i++)
        {
            re += middle[i] * Math.Cos(Math.Tau * 440 * i / rate) * 2 / middle.Length;
            im += middle[i] * Math.Sin(Math.Tau * 440 * i / rate) * 2 / middle.Length;
            power += (double)middle[i] * middle[i] / middle.Length;
        }
        Assert.Equal(0.5, Math.Sqrt(re * re + im * im), tolerance);
        Assert.Equal(0.125, power, tolerance);
    }

    [Fact]
    public void OpenStream_BytesOfAWav_GivesItsSamples()
    {
        using var stream = File.OpenRead(_folder.Wav("a.wav", _signal, Rate));
        using var reader = AudioFile.OpenStream(stream, "standard input");
        Assert.Equal(_signal, reader.ReadAll(Rate).Samples);
    }

    [Fact]
    public void Load_TruncatedWav_GivesWhatIsThereAndAWarning()
    {
        using var reader = AudioFile.Open(_folder.Wav("a.wav", _signal, Rate, missingBytes: 4000));
        Assert.True(reader.IsTruncated);
        var clip = reader.ReadAll(Rate);
        Assert.Equal(_signal, clip.Samples);
        Assert.Single(clip.Warnings);
    }

    [Fact]
    public void Load_TenSamplesOrSilence_IsSound()
    {
        Assert.Equal(_signal[..10], AudioFile.Load(_folder.Wav("a.wav", _signal[..10], Rate), Rate).Samples);
        Assert.All(AudioFile.Load(_folder.Wav("b.wav", new float[Rate], Rate), 32000).Samples, sample => Assert.Equal(0, sample));
    }

    [Fact]
    public void Load_BadInput_SaysWhy()
    {
        Fails(AudioFailure.NotFound, _folder.At("missing.wav"));
        Fails(AudioFailure.IsFolder, _folder.Root);
        Fails(AudioFailure.Empty, _folder.Text("empty.wav", ""));
        Fails(AudioFailure.NotAudio, _folder.Text("text.wav", "this is not sound\n"));
        Fails(AudioFailure.NoSamples, _folder.Wav("none.wav", [], Rate));
        Fails(AudioFailure.NoSamples, _folder.Wav("cut.wav", [], Rate, missingBytes: 4000));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Load_NotFiniteSample_SaysWhere(float value)
    {
        var samples = new float[40_000];
        samples[24_000] = value;
        Assert.Contains("at 1.5 s", Fails(AudioFailure.NotFinite, _folder.Wav("a.wav", samples, Rate)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_Pipe_IsReadToItsEnd()
    {
        var bytes = await File.ReadAllBytesAsync(_folder.Wav("a.wav", _signal, Rate));
        var pipe = _folder.Pipe("pipe");
        var writing = Task.Run(() => File.WriteAllBytes(pipe, bytes));
        Assert.Equal(_signal, AudioFile.Load(pipe, Rate).Samples);
        await writing;
    }

    [Fact]
    public void OpenStream_BeyondTheLimit_IsRefused()
    {
        var bytes = File.ReadAllBytes(_folder.Wav("a.wav", _signal, Rate));
        using (var reader = AudioFile.OpenStream(new MemoryStream(bytes), "stream", null, bytes.Length))
            Assert.Equal(_signal, reader.ReadAll(Rate).Samples);
        using var endless = new FileStream("/dev/zero", FileMode.Open, FileAccess.Read);
        var error = Assert.Throws<AudioException>(() => AudioFile.OpenStream(endless, "stream", null, 10_000_000));
        Assert.Equal(AudioFailure.TooLong, error.Reason);
        Assert.Contains("goes on after 0.01 GB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Device_IsRefused() => Fails(AudioFailure.NotFile, "/dev/zero");

    [Fact]
    public void Load_NameThatIsNotUtf8_IsFoundByItsBytes()
    {
        // The byte E9 is an é of Latin-1, and nothing in UTF-8: .NET shows a question mark.
        Copy(_folder.Wav("a.wav", _signal, Rate), "caf\\351.wav");
        var path = Assert.Single(AudioPaths.Expand([_folder.At("caf*")]));
        Assert.Equal(_signal, AudioFile.Load(path, Rate).Samples);
        Ffmpeg.Run("-i", _folder.At("a.wav"), _folder.At("a.m4a"));
        Copy(_folder.At("a.m4a"), "film\\351.m4a");
        Assert.InRange(AudioFile.Load(_folder.At("film\uFFFD.m4a"), Rate).Seconds, 1, 2);

        Copy(_folder.At("a.wav"), "caf\\350.wav");
        Assert.Contains("several files whose names are not UTF-8", Fails(AudioFailure.NotFound, path).Message, StringComparison.Ordinal);
        Assert.Contains("not UTF-8", Fails(AudioFailure.NotFound, _folder.At("none\uFFFD.wav")).Message, StringComparison.Ordinal);
        Shell("rm -f \"$2\"/*", "");   // .NET cannot

        void Copy(string from, string name) => Shell($"cp \"$1\" \"$2/$(printf '{name}')\"", from);

        void Shell(string command, string from)
        {
            using var shell = Process.Start("sh", ["-c", command, "sh", from, _folder.Root]);
            shell.WaitForExit();
            Assert.Equal(0, shell.ExitCode);
        }
    }

    private static AudioException Fails(AudioFailure reason, string path)
    {
        var error = Assert.Throws<AudioException>(() => AudioFile.Load(path, Rate));
        Assert.Equal((reason, path), (error.Reason, error.Path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        return error;
    }
}
