namespace Auricle.Evaluation;

/// <summary>How probabilities along a recording become events: smoothed by a median, cut at one half, short ones left out.</summary>
/// <param name="MedianFilterMilliseconds">The width of the median.</param>
/// <param name="MinimumMilliseconds">The shortest event that is kept, from its first frame to its last.</param>
public sealed record EventPostprocessing(double MedianFilterMilliseconds, double MinimumMilliseconds)
{
    private const float Threshold = 0.5f;

    /// <summary>The events of one recording, by their beginnings.</summary>
    /// <param name="probabilities"><c>[frames, labels]</c> in row-major order.</param>
    /// <param name="times">The time of each frame in milliseconds, ascending.</param>
    /// <param name="labels">Number of labels.</param>
    public IReadOnlyList<SoundEvent> Events(ReadOnlySpan<float> probabilities, ReadOnlySpan<double> times, int labels)
    {
        var events = new List<SoundEvent>();
        // A single frame has no step to measure the width in.
        var width = times.Length < 2 ? 0 : (int)Math.Round(MedianFilterMilliseconds / ((times[^1] - times[0]) / (times.Length - 1)), MidpointRounding.ToEven);
        var track = new float[times.Length];
        for (var label = 0; label < labels; label++)
        {
            for (var i = 0; i < track.Length; i++)
                track[i] = probabilities[i * labels + label];
            var smooth = width > 1 ? Median(track, width) : track;
            for (var i = 0; i < smooth.Length; i++)
            {
                if (smooth[i] <= Threshold)
                    continue;
                var first = i;
                while (i + 1 < smooth.Length && smooth[i + 1] > Threshold)
                    i++;
                if (times[i] - times[first] >= MinimumMilliseconds)
                    events.Add(new SoundEvent(label, times[first] / 1000, times[i] / 1000));
            }
        }
        return [.. events.OrderBy(item => item.Start)];
    }

    /// <summary>The running median. Beyond the ends the track is mirrored, the last value included; of an even number the upper middle is taken.</summary>
    internal static float[] Median(ReadOnlySpan<float> track, int width)
    {
        var result = new float[track.Length];
        var window = new float[width];
        var period = 2 * track.Length;
        for (var i = 0; i < result.Length; i++)
        {
            for (var j = 0; j < width; j++)
            {
                var place = (i - width / 2 + j) % period;
                if (place < 0)
                    place += period;
                window[j] = track[place < track.Length ? place : period - 1 - place];
            }
            Array.Sort(window);
            result[i] = window[width / 2];
        }
        return result;
    }
}
