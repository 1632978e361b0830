using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.FrontEnds;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class FrameTimesTests
{
    private static readonly LogMelConfig Mel = new() { SampleRate = 8000, WindowLength = 256, HopLength = 80, MelBands = 16, MaximumFrequency = 3800 };

    private static readonly Dictionary<string, EncoderConfig> Configs = new()
    {
        ["cnn"] = new CnnConfig { LogMel = Mel, Widths = [4, 8, 8], EmbeddingWidth = 8, Tags = 3 },
        ["cnn with a stride"] = new CnnConfig { LogMel = Mel, Widths = [4, 8], FirstStride = 2, EmbeddingWidth = 8, Tags = 3 },
        ["cnn with windows"] = new CnnConfig { LogMel = Mel, Widths = [4, 8], PoolFrames = 5, EmbeddingWidth = 8, Tags = 3 },
        ["convnext"] = new ConvNextConfig { LogMel = Mel with { MelBands = 32 }, Depths = [1, 1, 1], Widths = [4, 8, 8], Tags = 3 },
        ["windowed mobilenet"] = new WindowedMobileNetConfig { Network = new MobileNetConfig { Scale = 0.1 }, Tags = 530 },
        ["htsat"] = new HtsAtConfig { LogMel = Mel, PatchWidth = 8, Depths = [1, 1], Heads = [1, 2], ImageSize = 64, WindowSize = 4, Tags = 3 },
    };

    public static TheoryData<string> Names => [.. Configs.Keys];

    // It repeats what is shorter than a window, and its vectors tell the whole clip too.
    public static TheoryData<string> NamesOfLocal => [.. Configs.Keys.Where(name => name != "windowed mobilenet")];

    [Theory]
    [MemberData(nameof(Names))]
    public void FrameTimes_AnyLength_AreOneForEachFrame(string name)
    {
        using var store = WeightStore.Initialise();
        var encoder = EncoderFamily.Create(Configs[name], store.Root);
        foreach (var samples in new[] { encoder.MinimumSamples, encoder.MinimumSamples + 1, 8000, 12345, 40001 })
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var output = encoder.Encode(encoder.Prepare(Tensor.Zeros([1, samples])));
            var times = encoder.FrameTimes(samples);
            Assert.Equal(output.Frames.Size(1), times.Length);
            Assert.Equal(times.Order(), times);
            Assert.All(times, time => Assert.InRange(time, -0.1, (double)samples / encoder.SampleRate + 0.1));
            Assert.Equal([1, encoder.Width], [output.Frames.Size(0), output.Frames.Size(2)]);
            Assert.Equal([1, encoder.ClipWidth], output.Clip.Shape);
            Assert.Equal([1, encoder.Tags], output.TagLogits!.Shape);
            if (output.FrameTagLogits is { } logits)
                Assert.Equal([1, times.Length, encoder.Tags], logits.Shape);
        }
    }

    [Theory]
    [MemberData(nameof(NamesOfLocal))]
    public void FrameTimes_Burst_LieWhereItSounds(string name)
    {
        TorchRuntime.Seed(7);
        using var store = WeightStore.Initialise();
        var encoder = EncoderFamily.Create(Configs[name], store.Root);
        const int Samples = 5 * 8000;
        foreach (var second in new[] { 1.2, 3.7 })
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var noise = HashWeights.Uniform("frame-times", 2 * Samples, 1);
            var wave = Array.ConvertAll(noise[..Samples], value => 1e-4f * (float)value);
            var burst = wave.ToArray();
            var centre = (int)(second * 8000);
            for (var i = centre - 800; i < centre + 800; i++)
                burst[i] = (float)noise[Samples + i];
            var frames = encoder.Encode(encoder.Prepare(Tensor.From<float>([.. wave, .. burst], 2, Samples))).Frames;
            var change = frames.Select(0, 1).Sub(frames.Select(0, 0)).Square().Sum([1]).ToArray<float>();
            var times = encoder.FrameTimes(Samples);
            var heard = change.Zip(times, (weight, time) => weight * time).Sum() / change.Sum();
            Assert.InRange(heard, second - 0.45, second + 0.45);
        }
    }
}
