namespace Auricle.Training;

/// <summary>Where a clip is loud: its sounding part without silence at the ends, and its energy over time.</summary>
internal sealed class ClipActivity
{
    private const int BlocksPerSecond = 50;
    private const double SilenceBelowPeak = 1e-5; // -50 dB against the loudest block
    private readonly double[] _energy; // running sums, one more than blocks
    private readonly int _block;

    public ClipActivity(ReadOnlySpan<short> samples, int sampleRate)
    {
        _block = Math.Max(1, sampleRate / BlocksPerSecond);
        var blocks = (samples.Length + _block - 1) / _block;
        _energy = new double[blocks + 1];
        var peak = 0.0;
        for (var i = 0; i < blocks; i++)
        {
            var sum = 0L;
            foreach (var sample in samples.Slice(i * _block, Math.Min(_block, samples.Length - i * _block)))
                sum += sample * sample;
            peak = Math.Max(peak, sum);
            _energy[i + 1] = _energy[i] + sum;
        }
        var (first, last) = (0, blocks - 1);
        while (first < last && Block(first) < peak * SilenceBelowPeak)
            first++;
        while (last > first && Block(last) < peak * SilenceBelowPeak)
            last--;
        Start = Math.Max(0, first - 1) * _block;
        End = Math.Min(samples.Length, (last + 2) * _block);
        if (peak == 0)
            (Start, End) = (0, samples.Length);
    }

    /// <summary>The first sample of the sounding part.</summary>
    public int Start { get; }

    /// <summary>One past the last sample of the sounding part.</summary>
    public int End { get; }

    /// <summary>The number of samples of the sounding part.</summary>
    public int Length => End - Start;

    /// <summary>A random start of a cut of <paramref name="length"/> samples that is not one of the clip's quiet stretches.</summary>
    public int DrawStart(SplitMix64 random, int length)
    {
        const int Tries = 8;
        const double EnoughShare = 0.25;
        var room = Length - length;
        if (room <= 0)
            return Start;
        var enough = EnoughShare * Energy(Start, End) * length / Length;
        var (best, most) = (Start, -1.0);
        for (var attempt = 0; attempt < Tries && most < enough; attempt++)
        {
            var start = Start + random.Next(room + 1);
            var energy = Energy(start, start + length);
            if (energy > most)
                (best, most) = (start, energy);
        }
        return best;
    }

    private double Block(int index) => _energy[index + 1] - _energy[index];

    private double Energy(int start, int end) => _energy[Math.Min((end + _block - 1) / _block, _energy.Length - 1)] - _energy[start / _block];
}
