using Auricle.Models.Decoders;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Atst;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Encoders.Passt;
using Auricle.Models.Encoders.Text;
using Auricle.Models.FrontEnds;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests;

/// <summary>Networks whose blocks are computed twice learn what they learn when all is kept.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class CheckpointingTests
{
    private const int Width = 32;

    private static readonly LogMelConfig Mel = new() { MelBands = 16 };

    /// <summary>Builds a network and gives its loss for a fixed input.</summary>
    private static readonly Dictionary<string, Func<Weights, Func<Tensor>>> Networks = new()
    {
        ["cnn"] = Encoder(new CnnConfig { LogMel = Mel, Widths = [4, 8, 8], EmbeddingWidth = 8, Tags = 3 }),
        ["convnext"] = Encoder(new ConvNextConfig { LogMel = Mel with { MelBands = 32 }, Depths = [1, 2, 1], Widths = [4, 8, 8], Tags = 3, DropPath = 0.3, LayerScale = 1 }),
        ["mobilenet"] = Encoder(new MobileNetConfig { Scale = 0.1, Tags = 3 }),
        ["htsat"] = Encoder(new HtsAtConfig { LogMel = Mel, PatchWidth = 8, Depths = [2, 2], Heads = [1, 2], ImageSize = 64, WindowSize = 4, Tags = 3, DropPath = 0.3 }),
        ["passt"] = Encoder(new PasstConfig { PatchWidth = Width, Layers = 2, Heads = 2, Tags = 3, TimePatchout = 1 }),
        ["atst"] = Encoder(new AtstConfig { PatchWidth = Width, Layers = 2, Heads = 2 }),
        ["audiomae"] = Encoder(new AudioMaeConfig { PatchWidth = Width, Layers = 2, Heads = 2 }),
        ["bert"] = Text(TextEncoderConfig.Bert),
        ["mpnet"] = Text(TextEncoderConfig.Mpnet),
        ["gpt"] = weights =>
        {
            var encoder = new GptEncoder(new GptConfig { VocabularySize = 20, Width = Width, Layers = 2, Heads = 2, Positions = 10 }, weights);
            return () => encoder.Forward(Ids());
        },
        ["llama"] = weights =>
        {
            var decoder = new LlamaDecoder(new LlamaConfig { VocabularySize = 20, LatentWidth = 8, Width = Width, Layers = 2, Heads = 2, Positions = 12 }, weights);
            return () => decoder.Forward(Wave(3, 2, 8), Ids()).Text;
        },
        ["transformer decoder"] = weights =>
        {
            var decoder = new TransformerDecoder(new TransformerDecoderConfig { VocabularySize = 20, Width = Width, Heads = 2, Layers = 2, FeedForwardWidth = 64 }, weights);
            var projection = weights.Get("projection", [8, Width], Initialisers.Normal(0.1));
            return () => decoder.Forward(decoder.Embed(Ids()), Ids().Eq(3), Wave(3, 4, 8).Matmul(projection), Wave(3, 4).Gt(0.9), training: true);
        },
        ["coca"] = weights =>
        {
            var decoder = new CocaDecoder(
                new CocaConfig { VocabularySize = 20, Width = Width, Heads = 2, TextLayers = 2, Layers = 2, FeedForwardWidth = 64, Positions = 10 }, weights / "text", weights / "decoder");
            return () => decoder.Forward(decoder.EncodeText(Ids(), training: true), null, Wave(3, 4, Width), Wave(3, 4).Gt(0.9), training: true);
        },
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Network_LearnsTheSame(string name)
    {
        TorchRuntime.Threads = 1;
        var (plain, allocated) = Measure(name, on: false);
        var (twice, allocatedTwice) = Measure(name, on: true);
        Assert.Equal(plain.Keys, twice.Keys);
        foreach (var (weight, values) in plain)
        {
            // Where several blocks share a tensor, its gradients may be added in another order.
            var tolerance = 1e-5 * Math.Max(1e-3, values.Max(Math.Abs));
            Assert.All(values.Zip(twice[weight]), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= tolerance, $"{name}, {weight}: {pair.First} and {pair.Second}"));
        }
        // Only what is computed again makes tensors on the way back.
        Assert.True(allocated < 500 && allocatedTwice > 1500, $"{name}: {allocated} and {allocatedTwice} bytes");
    }

    private static (Dictionary<string, float[]> Values, long Allocated) Measure(string name, bool on)
    {
        TorchRuntime.Seed(4);
        using var store = WeightStore.Initialise();
        using var scope = TensorScope.Begin();
        using var checkpointing = Checkpointing.Begin(on);
        var compute = Networks[name](store.Root);
        TorchRuntime.Seed(11);
        var output = compute();
        var loss = output.Mul(Tensor.Arange(0, output.ElementCount).Mul(0.7).Cos().View(output.Shape)).Sum();
        var before = GC.GetAllocatedBytesForCurrentThread();
        loss.Backward();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var values = new Dictionary<string, float[]> { ["output"] = output.ToArray<float>() };
        foreach (var entry in store.Entries)
            values.Add(entry.Name, entry.IsBuffer ? entry.Tensor.ToArray<float>() : entry.Tensor.Grad?.ToArray<float>() ?? [0]);
        Assert.True(values.Values.Count(all => all.Any(value => value != 0)) > 10);
        return (values, allocated);
    }

    private static Func<Weights, Func<Tensor>> Encoder(EncoderConfig config) => weights =>
    {
        var encoder = EncoderFamily.Create(config, weights);
        return () =>
        {
            using var scope = TensorScope.Begin();
            var waves = Wave(2, encoder.SampleRate);
            var output = encoder.Encode(encoder.Prepare(waves), training: true);
            return scope.Keep(Tensor.Cat([output.Frames.Mean([1]), output.Clip, output.TagLogits ?? output.Clip], 1));
        };
    };

    private static Func<Weights, Func<Tensor>> Text(string type) => weights =>
    {
        var encoder = new TextEncoder(
            new TextEncoderConfig { ModelType = type, VocabularySize = 20, Width = Width, Layers = 2, Heads = 2, FeedForwardWidth = 64, Positions = 10, TokenTypes = 1 }, weights, hasPooler: false);
        return () => encoder.Forward(Ids(), Ids().Ne(3).To(DType.Int64), training: true);
    };

    /// <summary>[3, 5], int64.</summary>
    private static Tensor Ids() => Tensor.From<long>([4, 7, 9, 3, 3, 5, 12, 7, 8, 2, 6, 6, 19, 4, 3], 3, 5);

    private static Tensor Wave(params ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (var size in shape)
            count *= size;
        return Tensor.Arange(0, count).Mul(0.37).Sin().View(shape);
    }
}
