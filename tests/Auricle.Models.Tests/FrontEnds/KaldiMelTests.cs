using Auricle.Models.FrontEnds;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.FrontEnds;

/// <summary>The mel front end of PaSST and EfficientAT against the reference's numbers.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class KaldiMelTests
{
    private static readonly IReadOnlyDictionary<string, StoredTensor> Expected =
        SafetensorsFile.Read(Path.Combine(Fixtures.Folder("passt"), "mel.safetensors"), out _);

    [Fact]
    public void Forward_Clips_EqualsTheReferenceAtEveryStep()
    {
        using var scope = TensorScope.Begin();
        using var frontEnd = new KaldiMel(new KaldiMelConfig());
        var clips = FixtureInputs.Read("passt").Clips("mel");
        var waves = Tensor.From<float>(clips.SelectMany(clip => clip).ToArray(), clips.Length, clips[0].Length);
        var power = frontEnd.Power(waves);
        var expectedPower = Expected["power_slice"].Floats();
        TensorAssert.Close(expectedPower, power.Narrow(1, 0, 3).Transpose(1, 2).ToArray<float>(), 1e-4 + 1e-3 * expectedPower.Max(), "power");
        var image = frontEnd.Forward(waves);
        Assert.Equal(frontEnd.Config.Frames(clips[0].Length), image.Size(3));
        TensorAssert.Close(Expected["mel"], image.Squeeze(1), 1e-4, "image");
        for (var row = 0; row < clips.Length; row++)
            TensorAssert.Close(image.Select(0, row).ToArray<float>(), frontEnd.Forward(waves.Narrow(0, row, 1)).ToArray<float>(), 1e-6, "alone and in a batch");
    }

    [Fact]
    public void Forward_Silence_IsTheFloor()
    {
        using var scope = TensorScope.Begin();
        using var frontEnd = new KaldiMel(new KaldiMelConfig());
        var clip = FixtureInputs.Read("passt").Clips("mel", "mel_silence").Single();
        TensorAssert.Close(Expected["mel_silence"], frontEnd.Forward(Tensor.From<float>(clip, 1, clip.Length)).Squeeze(1), 1e-5);
    }

    [Fact]
    public void Window_IsSymmetricAndInTheMiddle()
    {
        var config = new KaldiMelConfig();
        var expected = Expected["window"].Floats();
        var edge = (config.TransformLength - config.WindowLength) / 2;
        var window = KaldiMel.Window(config);
        TensorAssert.Close(expected, window.AsSpan(edge, config.WindowLength), 1e-6);
        Assert.Equal(expected.Sum(value => (double)value), window.Sum(value => (double)value), 4);
    }

    [Fact]
    public void Filters_OfPredictionAndOfTraining_EqualTheReferences()
    {
        var config = new KaldiMelConfig();
        Check("mel_bank", 1, config.MinimumFrequency, config.MaximumFrequency);
        // The edges that the fixture drew.
        Check("mel_bank_aug_slice", 16, 7, 14321);

        void Check(string name, int step, double lowest, double highest)
        {
            var filters = MelFilterBank.CreateKaldi(config, lowest, highest);
            var bins = config.TransformLength / 2;
            var rows = Enumerable.Range(0, config.MelBands / step).SelectMany(band => Enumerable.Range(0, bins).Select(bin => filters[bin * config.MelBands + band * step]));
            TensorAssert.Close(Expected[name].Floats(), rows.ToArray(), 1e-6, name, relative: 1e-4);
            Assert.All(filters[^config.MelBands..], value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void Forward_OtherEdges_AreThoseOfAnotherFrontEnd()
    {
        using var scope = TensorScope.Begin();
        using var drawn = new KaldiMel(new KaldiMelConfig());
        using var fixedEdges = new KaldiMel(new KaldiMelConfig { MinimumFrequency = 3, MaximumFrequency = 15500 });
        var waves = Tensor.From<float>(HashWeights.Signal("edges", 16000), 2, 8000);
        TensorAssert.Same(fixedEdges.Forward(waves).ToArray<float>(), drawn.Forward(waves, 3, 15500).ToArray<float>());
        Assert.NotEqual(drawn.Forward(waves).ToArray<float>(), drawn.Forward(waves, 3, 15500).ToArray<float>());
        var error = Assert.Throws<ArgumentException>(() => drawn.Forward(waves, 3, 17000));
        Assert.Contains("17000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_TooFewSamples_SaysHowManyItNeeds()
    {
        using var scope = TensorScope.Begin();
        using var frontEnd = new KaldiMel(new KaldiMelConfig());
        var least = Tensor.Zeros([1, frontEnd.MinimumSamples]);
        Assert.Equal([1, 1, 128, 2], frontEnd.Forward(least).Shape.ToArray());
        var error = Assert.Throws<ArgumentException>(() => frontEnd.Forward(least.Narrow(1, 1, frontEnd.MinimumSamples - 1)));
        Assert.Contains("513", error.Message, StringComparison.Ordinal);
    }
}
