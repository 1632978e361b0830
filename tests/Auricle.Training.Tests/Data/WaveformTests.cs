namespace Auricle.Training.Tests;

public sealed class WaveformTests
{
    private const int Rate = TinyCorpus.SampleRate;

    private static short[] Short(float[] samples) => [.. samples.Select(sample => (short)MathF.Round(sample * short.MaxValue))];

    [Theory]
    [InlineData(0.85)]
    [InlineData(1.0)]
    [InlineData(1.2)]
    public void Read_Tone_HasTheSpeedsPitch(double speed)
    {
        var read = new float[4001];
        Waveform.Read(Short(TinyCorpus.Tone(300, Rate)), 800, speed, read);
        var expected = Enumerable.Range(0, read.Length).Select(at => 0.5 * Math.Sin(2 * Math.PI * 300 * (800 + at * speed) / Rate)).ToArray();
        for (var i = 0; i < read.Length; i++)
            Assert.Equal(expected[i], read[i], 1e-3);
    }

    [Fact]
    public void Read_EndsOfClip_StayInside()
    {
        var clip = Short([0.1f, 0.2f, 0.3f]);
        var read = new float[3];
        Waveform.Read(clip, 0, 0.9, read);
        Assert.All(read, sample => Assert.InRange(sample, 0.08f, 0.32f));
    }

    [Fact]
    public void Roll_ByThree_Rotates()
    {
        float[] samples = [1, 2, 3, 4, 5];
        Augmenter.Roll(samples, 3);
        Assert.Equal([3, 4, 5, 1, 2], samples);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, -3.01)]
    public void FillNoise_Octaves_HaveTheColoursSlope(bool pink, double decibelsPerOctave)
    {
        var noise = new float[1 << 15];
        Augmenter.FillNoise(noise, Rate, pink, new SplitMix64(9));

        // Mean power at frequencies around 100 Hz and around 1600 Hz, four octaves apart.
        double Power(double centre) => Enumerable.Range(0, 60)
            .Average(index => Math.Pow(TinyCorpus.Amount(noise, centre * Math.Pow(2, (index - 30) / 60.0)), 2));
        Assert.Equal(4 * decibelsPerOctave, 10 * Math.Log10(Power(1600) / Power(100)), 2.5);
    }

    [Fact]
    public void AddNoise_Ratio_IsKept()
    {
        var tone = TinyCorpus.Tone(400, Rate);
        var noisy = (float[])tone.Clone();
        Augmenter.AddNoise(noisy, Rate, 20, pink: false, new SplitMix64(3));
        var noise = noisy.Zip(tone, (left, right) => left - right).ToArray();
        Assert.Equal(20, 10 * Math.Log10(Waveform.Power(tone) / Waveform.Power(noise)), 0.1);
    }

    [Theory]
    [InlineData("peak", 1000, 6)]
    [InlineData("peak", 50, 0)]
    [InlineData("low", 20, 6)]
    [InlineData("low", 3900, 0)]
    [InlineData("high", 3900, 6)]
    [InlineData("high", 20, 0)]
    public void Biquad_Tone_ChangesByTheGain(string kind, double frequency, double gain)
    {
        var filter = kind switch
        {
            "peak" => Biquad.Peak(Rate, 1000, 6, 1),
            "low" => Biquad.LowShelf(Rate, 500, 6),
            _ => Biquad.HighShelf(Rate, 1000, 6),
        };
        var samples = TinyCorpus.Tone(frequency, 2 * Rate);
        filter.Apply(samples);
        Assert.Equal(gain, 20 * Math.Log10(TinyCorpus.Amount(samples.AsSpan(Rate), frequency) / 0.5), 0.2);
    }

    [Fact]
    public void SplitMix64_Draws_AreEvenAndContinueFromState()
    {
        var random = new SplitMix64(123);
        var counts = new int[10];
        var mean = 0.0;
        for (var i = 0; i < 20000; i++)
        {
            counts[random.Next(10)]++;
            mean += random.NextDouble() / 20000;
        }
        Assert.All(counts, count => Assert.InRange(count, 1800, 2200));
        Assert.Equal(0.5, mean, 0.01);

        var copy = new SplitMix64(0) { State = random.State };
        Assert.Equal(random.Next(-5, 1000), copy.Next(-5, 1000));
        Assert.NotEqual(SplitMix64.For(1, 2, 3).NextBits(), SplitMix64.For(1, 3, 2).NextBits());
    }

    [Fact]
    public void SplitMix64_SeedOfThePaper_GivesItsNumbers()
    {
        // The first outputs for seed 1234567, as published with the reference implementation.
        var random = new SplitMix64(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [random.NextBits(), random.NextBits(), random.NextBits()]);
    }
}
