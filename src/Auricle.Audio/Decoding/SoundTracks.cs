using System.ComponentModel;
using System.Globalization;
using System.Text.Json;

namespace Auricle.Audio.Decoding;

/// <summary>One sound track of a film.</summary>
/// <param name="Stream">ffmpeg's number of the stream in the file.</param>
/// <param name="Language">The language code that the file states, <see langword="null"/> where it states none.</param>
/// <param name="Delay">How many seconds after the film's beginning it begins; <see langword="null"/> where it begins too late for ffprobe to see.</param>
internal sealed record SoundTrack(int Stream, string? Language, double? Delay = null);

/// <summary>The sound tracks of a file, told by <c>ffprobe</c>, which comes with ffmpeg.</summary>
internal static class SoundTracks
{
    // Languages with two three-letter codes: the one of English libraries (Matroska's) and the one of its own speakers.
    private static readonly string[] Twins =
    [
        "alb sqi", "arm hye", "baq eus", "bur mya", "chi zho", "cze ces", "dut nld", "fre fra", "geo kat", "ger deu", "gre ell", "ice isl", "mac mkd",
        "mao mri", "may msa", "per fas", "rum ron", "slo slk", "tib bod", "wel cym",
    ];

    /// <summary>Lists the tracks in the order of the file.</summary>
    /// <exception cref="AudioException">ffprobe is not installed or does not understand the file.</exception>
    public static IReadOnlyList<SoundTrack> List(FfmpegInput input)
    {
        try
        {
            // Sound may begin minutes behind the picture; where all tracks are seen, ffprobe stops at once.
            using var probe = FfmpegProcess.Start("ffprobe", input, ["-analyzeduration", "600M", "-probesize", "100M"], ["-select_streams", "a", "-show_entries", "stream=index,start_time:stream_tags=language:format=start_time", "-of", "json"]);
            using var answer = probe.Wait(static output => JsonDocument.Parse(output));
            var start = answer.RootElement.TryGetProperty("format", out var format) ? StartOf(format) : null;
            return answer.RootElement.TryGetProperty("streams", out var streams) ? [.. streams.EnumerateArray().Select(stream => Read(stream, start))] : [];
        }
        catch (Win32Exception error)
        {
            throw new AudioException(
                AudioFailure.DecoderMissing, input.Name, $"The sound tracks of '{input.Name}' cannot be told because ffprobe is not installed; run: apt-get install ffmpeg.", error);
        }
        catch (Exception error) when (error is JsonException or IOException or TimeoutException or InvalidOperationException)
        {
            throw new AudioException(
                AudioFailure.NotAudio, input.Name, $"The sound tracks of '{input.Name}' cannot be told ({error.Message}); check that the file is complete.", error);
        }

        static double? StartOf(JsonElement element) =>
            element.TryGetProperty("start_time", out var text) && double.TryParse(text.GetString(), CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

        static SoundTrack Read(JsonElement stream, double? start) => new(
            stream.GetProperty("index").GetInt32(),
            stream.TryGetProperty("tags", out var tags) && tags.TryGetProperty("language", out var language) && language.GetString() is not ("" or "und") and var code ? code : null,
            StartOf(stream) - start is { } delay ? Math.Max(0, delay) : null);
    }

    /// <summary>The place of a track in the list, from 0.</summary>
    /// <param name="tracks">The tracks of the file, at least one.</param>
    /// <param name="wanted">A number from 1 or a language code.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="AudioException">The file has no such track.</exception>
    public static int Choose(IReadOnlyList<SoundTrack> tracks, string wanted, string name)
    {
        if (int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number >= 1 && number <= tracks.Count ? number - 1 : throw new AudioException(
                AudioFailure.NoSoundTrack, name, $"'{name}' has no sound track {wanted}: {Describe(tracks)}; choose one of them.");
        }
        var place = tracks.ToList().FindIndex(track => IsSame(track.Language, wanted));
        if (place >= 0)
            return place;
        // A sound that is alone and says nothing of its language is the only one there is to hear.
        return tracks is [{ Language: null }] ? 0 : throw new AudioException(
            AudioFailure.NoSoundTrack, name, $"'{name}' has no sound track in the language '{wanted}': {Describe(tracks)}; choose one of them by its number or language.");
    }

    /// <summary>"it has 2: 1 (eng), 2 (deu)".</summary>
    public static string Describe(IReadOnlyList<SoundTrack> tracks) => tracks is [{ Language: null }] ? "it has one" :
        $"it has {tracks.Count}: {string.Join(", ", tracks.Take(20).Select((track, i) => $"{i + 1}{(track.Language is null ? "" : $" ({track.Language})")}"))}{(tracks.Count > 20 ? ", …" : "")}";

    private static bool IsSame(string? stated, string wanted)
    {
        if (stated is null)
            return false;
        // "de-DE" is asked for as "de" too.
        return stated.Equals(wanted, StringComparison.OrdinalIgnoreCase)
            || stated.StartsWith(wanted + "-", StringComparison.OrdinalIgnoreCase)
            || Array.Exists(Twins, pair => pair.Contains(stated, StringComparison.OrdinalIgnoreCase) && pair.Contains(wanted, StringComparison.OrdinalIgnoreCase) && stated.Length == 3 && wanted.Length == 3);
    }
}
