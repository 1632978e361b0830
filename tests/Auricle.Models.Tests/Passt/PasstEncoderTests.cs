using Auricle.Models.Encoders.Passt;
using Auricle.Models.FrontEnds;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Passt;

/// <summary>What PaSST does with long and short sound, in training, and with files; at a small size.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class PasstEncoderTests : IDisposable
{
    private const int Rate = 32000;

    private readonly string _root = Directory.CreateTempSubdirectory("auricle-passt-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Encode_LongClip_IsTheMeanOfItsWindows()
    {
        using var store = HashPasst.Create(HashPasst.Tiny, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var image = encoder.Prepare(Sound(Rate * 5 / 2));                                       // 250 frames, windows of 100
        var output = encoder.Encode(image);
        var windows = new[] { 0L, 75, 150 }.Select(start => encoder.Encode(image.Narrow(3, start, encoder.Config.WindowFrames))).ToArray();
        TensorAssert.Close(Tensor.Cat([.. windows.Select(window => window.Clip)]).Mean([0]).ToArray<float>(), output.Clip.ToArray<float>(), 1e-5);
        TensorAssert.Close(Tensor.Cat([.. windows.Select(window => window.TagLogits!)]).Mean([0]).ToArray<float>(), output.TagLogits!.ToArray<float>(), 1e-5);
        // Of six patches those count whose middle is nearer to their own window's than to another's.
        (int Window, long First, long Count)[] shares = [(0, 0, 5), (1, 1, 4), (2, 1, 5)];
        TensorAssert.Close(Tensor.Cat([.. shares.Select(share => windows[share.Window].Frames.Narrow(1, share.First, share.Count))], 1).ToArray<float>(), output.Frames.ToArray<float>(), 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32000)]
    [InlineData(35000)]
    [InlineData(35840)]
    [InlineData(36000)]
    [InlineData(100_000)]
    public void FrameTimes_AnyLength_AreThoseOfTheFrames(int more)
    {
        using var store = HashPasst.Create(HashPasst.Tiny, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var samples = encoder.MinimumSamples - 1 + more;
        var times = encoder.FrameTimes(samples);
        Assert.Equal(encoder.Encode(encoder.Prepare(Sound(samples))).Frames.Size(1), times.Length);
        Assert.Equal(times.Order(), times);
        Assert.InRange(times[0], 0, (double)samples / Rate);
        Assert.InRange(times[^1], times[0], (double)samples / Rate);
    }

    [Fact]
    public void FrameTimes_Click_LiesAtTheFrameThatHearsIt()
    {
        using var store = HashPasst.Create(HashPasst.Tiny with { Layers = 0 }, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var silence = new float[Rate];
        var click = new float[Rate];
        click[20_000] = 1;                                                                    // 0.625 s
        var difference = encoder.Encode(encoder.Prepare(Tensor.From<float>(click, 1, Rate))).Frames
            .Sub(encoder.Encode(encoder.Prepare(Tensor.From<float>(silence, 1, Rate))).Frames).Square().Sum([2]).ToArray<float>();
        var heard = Array.IndexOf(difference, difference.Max());
        Assert.InRange(encoder.FrameTimes(Rate)[heard], 0.625 - 0.08, 0.625 + 0.08);
    }

    [Fact]
    public void Prepare_TooShort_SaysHowMuchItNeeds()
    {
        using var store = HashPasst.Create(HashPasst.Tiny, out var encoder);
        using var scope = TensorScope.Begin();
        Assert.Contains("needs at least", Assert.Throws<ArgumentException>(() => encoder.Prepare(Sound(300))).Message, StringComparison.Ordinal);
        Assert.Equal(1, encoder.Encode(encoder.Prepare(Sound(encoder.MinimumSamples))).Frames.Size(1));
    }

    [Fact]
    public void Encode_InTraining_ReachesEveryWeightAndLeavesPatchesOut()
    {
        using var store = HashPasst.Create(HashPasst.Tiny with { TimePatchout = 2, BandPatchout = 3 }, out var encoder, isTrainable: true);
        using var scope = TensorScope.Begin();
        TorchRuntime.Seed(3);
        var image = encoder.Prepare(Sound(Rate));
        long[]? shape = null;
        var output = encoder.Encode(image, training: true, null, (name, value) => shape = name == "sequence" ? value.Shape.ToArray() : shape);
        Assert.Equal([1, 8 - 3, 6 - 2, 16], shape!);
        output.TagLogits!.Square().Sum().Add(output.Frames.Square().Sum()).Backward();
        foreach (var weight in store.Entries)
            Assert.True(weight.Tensor.Grad is not null, weight.Name);
        // The same seed leaves out the same patches, another one others.
        TensorAssert.Same(Trained(3), Trained(3));
        Assert.True(TensorAssert.LargestDifference(Trained(3), Trained(4)) > 1e-3);

        float[] Trained(ulong seed)
        {
            TorchRuntime.Seed(seed);
            return encoder.Encode(image, training: true).Clip.ToArray<float>();
        }
    }

    [Fact]
    public void Encode_InTraining_IsTheSameAsPredictionWhereNothingIsLeftOut()
    {
        using var store = HashPasst.Create(HashPasst.Tiny, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var image = encoder.Prepare(Sound(Rate));
        TensorAssert.Close(encoder.Encode(image).Clip.ToArray<float>(), encoder.Encode(image, training: true).Clip.ToArray<float>(), 1e-5);
    }

    [Fact]
    public void Encode_InTraining_GivesEveryWeightTheGradientOfTheLoss()
    {
        using var store = HashPasst.Create(HashPasst.Tiny, out var encoder, isTrainable: true);
        using var scope = TensorScope.Begin();
        var image = encoder.Prepare(Sound(Rate));
        GradientAssert.EqualsDifferences(store, () =>
        {
            var output = encoder.Encode(image, training: true);
            return output.TagLogits!.Square().Sum().Add(output.Frames.Square().Sum());
        });
    }

    [Fact]
    public void Encode_PatchoutOfEverything_SaysSo()
    {
        using var store = HashPasst.Create(HashPasst.Tiny with { TimePatchout = 6 }, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var image = encoder.Prepare(Sound(Rate));
        Assert.Contains("leaves nothing", Assert.Throws<ArgumentException>(() => encoder.Encode(image, training: true)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("net.")]
    [InlineData("net_swa.")]
    [InlineData("net_swa.", "net.")]
    public void Sizes_AuthorsFile_AreThoseOfItsTensors(string prefix, string? other = null)
    {
        var config = HashPasst.Tiny with { Stride = 10, BandPositions = 12, TimePositions = 9 };
        using var scope = TensorScope.Begin();
        using var made = HashPasst.Create(config, out var encoder);
        List<TorchEntry> entries = [.. Entries(made, prefix), new(prefix + "head_dist.weight", [5, 16], new float[80]), new(prefix + "head_dist.bias", [5], new float[5])];
        if (other is not null)
            entries.AddRange(Entries(made, other).Select(entry => entry with { Values = new float[entry.Values.Length] }));
        var path = Path.Combine(_root, "passt.pt");
        TorchZip.Write(path, new Dictionary<string, object>(), "state_dict", entries);
        var stored = PasstWeights.FromCheckpoint(Checkpoint.Open(path).Tensors)!;
        var sizes = PasstWeights.Sizes(stored, "", path);
        Assert.Equal(config with { Heads = 1 }, sizes);                                        // heads of 64 values are assumed
        using var store = WeightStore.Load(stored, path);
        var loaded = new PasstEncoder(sizes with { Heads = 2 }, store.Root);
        store.ThrowIfMismatched(PasstWeights.IsExpected);
        using var noGrad = NoGrad.Begin();
        var image = loaded.Prepare(Sound(Rate));
        TensorAssert.Same(encoder.Encode(image).Clip.ToArray<float>(), loaded.Encode(image).Clip.ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(PasstParityTests.Variants), MemberType = typeof(PasstParityTests))]
    public void Sizes_PublishedVariant_IsRecognised(string variant)
    {
        var config = PasstParityTests.Config(variant);
        Assert.Equal(config, PasstWeights.Sizes(Stored(config), "", "passt.pt"));
    }

    [Theory]
    [InlineData("passt-s-f128-stfthop160-p16-s10-ap.473-swa.pt", 160)]
    [InlineData("passt-s-f128-20sec-p16-s10-ap.474-swa.pt", 320)]
    public void Sizes_FinerFrames_AreReadFromTheName(string file, int hop)
    {
        var sizes = PasstWeights.Sizes(Stored(PasstConfig.TwentySeconds), "", file);
        Assert.Equal(hop, sizes.Mel.HopLength);
        Assert.Equal(hop == 160 ? 10 : 20, sizes.WindowFrames * hop / Rate);
    }

    [Fact]
    public void Sizes_OtherNetwork_SaysWhatIsMissing()
    {
        var stored = Stored(HashPasst.Tiny).Where(pair => pair.Key != "patch_embed.proj.weight").ToDictionary();
        Assert.Contains("has no tensor 'patch_embed.proj.weight' of 4 dimensions, which every PaSST has",
            Assert.Throws<WeightsException>(() => PasstWeights.Sizes(stored, "", "file.pt")).Message, StringComparison.Ordinal);
        Assert.Null(PasstWeights.FromCheckpoint(new Dictionary<string, StoredTensor> { ["bn0.weight"] = stored["norm.weight"] }));
    }

    [Fact]
    public void WindowFrames_PublishedSizes_AreWholeSeconds() => Assert.Equal(
        [1000, 1000, 2000, 3000, 1000, 3200, 2000],
        new[] { PasstConfig.Small, PasstConfig.SmallOverlapping, PasstConfig.TwentySeconds, PasstConfig.ThirtySeconds, PasstConfig.Light, PasstConfig.Hop100, PasstConfig.Hop160 }
            .Select(config => config.WindowFrames));

    private static Tensor Sound(int samples) => Tensor.From<float>(HashWeights.Signal("sound", samples), 1, samples);

    private static IEnumerable<TorchEntry> Entries(WeightStore store, string prefix) =>
        store.Entries.Select(entry => new TorchEntry(prefix + entry.Name, entry.Tensor.Shape.ToArray(), entry.Tensor.ToArray<float>()));

    // Names and shapes of a network in a file without values and without its large matrices, which sizes are not read from.
    private Dictionary<string, StoredTensor> Stored(PasstConfig config)
    {
        using var shapes = WeightStore.Shapes();
        _ = new PasstEncoder(config, shapes.Root);
        var path = Path.Combine(_root, "shapes.safetensors");
        SafetensorsFile.Write(path, shapes.Entries.Where(entry => entry.Tensor.ElementCount < 1 << 19 || entry.Name == "blocks.0.mlp.fc1.weight")
            .Select(entry => new SafetensorsEntry(entry.Name, DType.Float32, entry.Tensor.Shape.ToArray(), new byte[4 * entry.Tensor.ElementCount])));
        return SafetensorsFile.Read(path, out _).ToDictionary();
    }
}
