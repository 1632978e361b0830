using Auricle.Testing;

namespace Auricle.Audio.Tests;

/// <summary>Films: their times, and their sound tracks.</summary>
public sealed class FilmTests : IDisposable
{
    private const int Rate = 16000;
    private readonly TestFolder _folder = new();
    private readonly string _source;

    public FilmTests() => _source = _folder.Wav("source.wav", HashWeights.Signal("film", 2 * Rate), Rate);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mp4")]
    [InlineData("mkv")]
    [InlineData("webm")]
    [InlineData("ts")]
    [InlineData("ogv")]
    [InlineData("vob")]
    public void Load_SoundThatStartsLate_KeepsTheTimesOfTheFilm(string extension)
    {
        var film = _folder.At($"late.{extension}");
        Ffmpeg.Run("-f", "lavfi", "-i", "color=s=32x32:r=5:d=4", "-itsoffset", "3", "-i", _source, film);
        var clip = AudioFile.Load(film, Rate);
        Assert.Equal(3, Start(clip, 0), 0.1);
        Assert.Equal(5, clip.Seconds, 0.2);
        Assert.Empty(clip.Warnings);
    }

    [Fact]
    public void Load_FilmWithAGapInItsSound_KeepsTheTimesOfTheFilm()
    {
        var film = _folder.At("gap.mkv");
        Ffmpeg.Run("-f", "lavfi", "-i", "color=s=32x32:r=5:d=8", "-i", _source, "-af", "asetpts='PTS+gte(T,1)*4/TB'", "-c:a", "flac", film);
        var clip = AudioFile.Load(film, Rate);
        Assert.Equal(6, clip.Seconds, 0.1);
        Assert.Equal(0, Start(clip, 0), 0.01);
        Assert.Equal(5, Start(clip, 1.5), 0.1);
    }

    [Fact]
    public void Load_BroadcastsJoinedEndToEnd_GivesAllOfThem()
    {
        var part = _folder.At("a.ts");
        Ffmpeg.Run("-f", "lavfi", "-i", "color=s=32x32:r=5:d=2", "-i", _source, part);
        var bytes = File.ReadAllBytes(part);
        Assert.Equal(4, AudioFile.Load(_folder.Bytes("both.ts", [.. bytes, .. bytes]), Rate).Seconds, 0.3);
    }

    [Fact]
    public void Load_SoundAlone_StartsAtItsFirstSample()
    {
        var sound = _folder.At("late.mka");
        Ffmpeg.Run("-itsoffset", "7", "-i", _source, "-c:a", "flac", sound);
        var clip = AudioFile.Load(sound, Rate);
        Assert.Equal(AudioFile.Load(_source, Rate).Samples.Length, clip.Samples.Length);
        Assert.Empty(clip.Warnings);
    }

    [Fact]
    public void Load_SeveralSoundTracks_GivesTheOneAskedForAndNamesThem()
    {
        var other = _folder.Wav("other.wav", HashWeights.Signal("film", Rate), Rate);
        foreach (var extension in (string[])["mkv", "mp4"])
        {
            var film = _folder.At($"two.{extension}");
            Ffmpeg.Run("-i", _source, "-i", other, "-map", "0", "-map", "1", "-c:a", "aac", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger", film);
            var first = AudioFile.Load(film, Rate);
            Assert.Equal(2, first.Seconds, 0.2);
            Assert.Contains("it has 2: 1 (eng), 2 (ger)", Assert.Single(first.Warnings), StringComparison.Ordinal);
            foreach (var track in (string[])["2", "ger", "deu", "GER"])
            {
                var chosen = AudioFile.Load(film, Rate, new AudioReadOptions { Track = track });
                Assert.Equal(1, chosen.Seconds, 0.2);
                Assert.Empty(chosen.Warnings);
            }
            foreach (var track in (string[])["3", "0", "fra"])
            {
                var error = Assert.Throws<AudioException>(() => AudioFile.Load(film, Rate, new AudioReadOptions { Track = track }));
                Assert.Equal(AudioFailure.NoSoundTrack, error.Reason);
                Assert.Contains("it has 2: 1 (eng), 2 (ger)", error.Message, StringComparison.Ordinal);
            }
        }
        Assert.Equal(2, AudioFile.Load(_source, Rate, new AudioReadOptions { Track = "1" }).Seconds);
        Assert.Equal(AudioFailure.NoSoundTrack, Assert.Throws<AudioException>(() => AudioFile.Load(_source, Rate, new AudioReadOptions { Track = "2" })).Reason);
    }

    [Fact]
    public void Load_FilmWithoutSoundOrCutBeforeItsIndex_SaysWhatIsWrong()
    {
        var mute = _folder.At("mute.mp4");
        Ffmpeg.Run("-f", "lavfi", "-i", "color=s=32x32:r=5:d=1", mute);
        Assert.Equal(AudioFailure.NoSoundTrack, Assert.Throws<AudioException>(() => AudioFile.Load(mute, Rate)).Reason);
        Ffmpeg.Run("-i", _source, _folder.At("a.m4a"));
        var bytes = File.ReadAllBytes(_folder.At("a.m4a"));
        var cut = Assert.Throws<AudioException>(() => AudioFile.Load(_folder.Bytes("cut.mp4", bytes[..(bytes.Length / 2)]), Rate));
        Assert.Equal(AudioFailure.NotAudio, cut.Reason);
        Assert.Contains("moov atom not found", cut.Message, StringComparison.Ordinal);
    }

    /// <summary>Where sound begins, in seconds, from a time on.</summary>
    private static double Start(AudioClip clip, double from)
    {
        var start = (int)(from * Rate);
        // What an encoder leaves before its sound is far below the sound.
        return start / (double)Rate + Array.FindIndex(clip.Samples[start..], sample => Math.Abs(sample) > 0.05f) / (double)Rate;
    }
}
