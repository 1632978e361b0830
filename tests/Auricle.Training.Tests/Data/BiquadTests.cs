namespace Auricle.Training.Tests;

public sealed class BiquadTests
{
    private const int SampleRate = 32000;

    [Theory]
    [InlineData(500, 1)]
    [InlineData(4000, 0.7071)]
    [InlineData(12000, 0)]
    public void LowPass_TwoOfButterworthsQualities_AreDown3DecibelsAtTheEdge(double frequency, double expected)
    {
        var samples = new float[SampleRate];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = (float)Math.Sin(2 * Math.PI * frequency * i / SampleRate);
        Biquad.LowPass(SampleRate, 4000, 0.5412).Apply(samples);
        Biquad.LowPass(SampleRate, 4000, 1.3066).Apply(samples);
        Assert.Equal(expected, Math.Sqrt(2 * Waveform.Power(samples.AsSpan(SampleRate / 2))), 0.005);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(-9)]
    public void Peak_ChangesItsFrequencyByItsGain(double gain)
    {
        var samples = new float[SampleRate];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = 0.1f * (float)Math.Sin(2 * Math.PI * 1000 * i / SampleRate);
        Biquad.Peak(SampleRate, 1000, gain, 1).Apply(samples);
        Assert.Equal(gain, 20 * Math.Log10(Math.Sqrt(2 * Waveform.Power(samples.AsSpan(SampleRate / 2))) / 0.1), 0.05);
    }
}
