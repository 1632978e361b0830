using System.Text.RegularExpressions;
using Auricle.Audio;
using Auricle.Models.Encoders.Atst;
using Auricle.Models.FrontEnds;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Atst;

/// <summary>ATST-Frame at full size against the reference's numbers, and what it does with other sound and files at a small one.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class AtstEncoderTests : IDisposable
{
    private const double Tolerance = 2e-4;

    private static readonly FixtureInputs Inputs = FixtureInputs.Read("atst");
    private static readonly IReadOnlyDictionary<string, StoredTensor> Expected = HashStore.Fixture("atst", "atst");
    private static readonly AtstConfig Tiny = new() { PatchWidth = 16, Layers = 2, Heads = 2, Positions = 10 };

    private readonly string _root = Directory.CreateTempSubdirectory("auricle-atst-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Encode_TenSeconds_EqualsTheReferenceAtEveryStage()
    {
        using var store = HashStore.Create(root => new AtstEncoder(AtstConfig.Base, root / "atst"), Inputs.Seed, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        // The reference's wrapper takes 32 kHz.
        var waves = Waves(Inputs["atst", "clips"].EnumerateArray().Select(clip =>
            new Resampler(clip.GetProperty("sample_rate").GetInt32(), encoder.SampleRate).Resample(Inputs.Samples(clip))));
        Close("resampled.slice", waves.Narrow(1, 0, Expected["resampled.slice"].Shape[1]), 1e-5);
        var image = encoder.Prepare(waves);
        TensorAssert.Statistics(Expected["mel.stats_f64"], image, 1e-4, "mel");
        Close("mel.slice", image.Squeeze(1).Transpose(1, 2).Narrow(2, 0, Expected["mel.slice"].Shape[2]), 1e-3);
        var seen = 0;
        var output = encoder.Encode(image, training: false, (place, value) =>
        {
            if (Expected.TryGetValue(Regex.Replace(place, @"^blocks\.(\d+)$", "block$1.slice"), out var slice))
            {
                TensorAssert.Close(slice, value.Narrow(1, 0, slice.Shape[1]).Narrow(2, 0, slice.Shape[2]), Tolerance, place);
                seen++;
            }
        });
        Assert.Equal(Expected.Keys.Count(key => key.StartsWith("block", StringComparison.Ordinal)), seen);
        Close("output.slice", output.Frames.Narrow(1, 0, Expected["output.slice"].Shape[1]), Tolerance);
        TensorAssert.Statistics(Expected["output.stats_f64"], output.Frames, 1e-4, "output");
        Close("mean", output.Clip, Tolerance);
        Assert.Null(output.TagLogits);
        for (var row = 0; row < waves.Size(0); row++)
        {
            var alone = encoder.Encode(encoder.Prepare(waves.Narrow(0, row, 1)));
            TensorAssert.Close(output.Clip.Select(0, row).ToArray<float>(), alone.Clip.ToArray<float>(), 1e-5, "alone and in a batch");
        }
    }

    [Fact]
    public void Filters_OfTheFrontEnd_AreTheReferences()
    {
        var bank = AtstConfig.Base.LogMel;
        var filters = MelFilterBank.CreateHtk(bank);
        var sums = Enumerable.Range(0, bank.MelBands).Select(band => Enumerable.Range(0, bank.WindowLength / 2 + 1).Sum(bin => filters[bin * bank.MelBands + band])).ToArray();
        TensorAssert.Close(Expected["mel_fb_row_sums"].Floats(), sums, 1e-5, "sums", relative: 1e-4);
    }

    [Fact]
    public void Parameters_AreThoseOfTheCheckpoint() => Assert.Equal(
        HashStore.Keys("atst", "wrapper", name => !name.StartsWith("atst.", StringComparison.Ordinal) || AtstWeights.IsExpected(name["atst.".Length..])),
        HashStore.Keys(root => _ = new AtstEncoder(AtstConfig.Base, root / "atst")));

    [Fact]
    public void Prepare_QuietNeighbour_HasItsOwnRange()
    {
        using var store = HashStore.Create(root => new AtstEncoder(Tiny, root), 1, out var encoder);
        using var scope = TensorScope.Begin();
        var quiet = HashWeights.Signal("quiet", 16000).Select(sample => sample * 1e-4f).ToArray();
        var alone = encoder.Prepare(Waves([quiet])).ToArray<float>();
        var together = encoder.Prepare(Waves([quiet, HashWeights.Signal("loud", 16000)])).Narrow(0, 0, 1).ToArray<float>();
        TensorAssert.Same(alone, together);
    }

    [Theory]
    [InlineData(513)]
    [InlineData(6400)]
    [InlineData(6880)]
    [InlineData(7040)]
    [InlineData(20_000)]
    public void FrameTimes_AnyLength_AreThoseOfTheFrames(int samples)
    {
        using var store = HashStore.Create(root => new AtstEncoder(Tiny, root), 1, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var output = encoder.Encode(encoder.Prepare(Waves([HashWeights.Signal("sound", samples)])));
        var times = encoder.FrameTimes(samples);
        Assert.Equal(output.Frames.Size(1), times.Length);
        Assert.Equal(times.Order(), times);
        Assert.InRange(times[^1], times[0], (double)samples / encoder.SampleRate + 0.01);
        TensorAssert.Close(output.Frames.Mean([1]).ToArray<float>(), output.Clip.ToArray<float>(), 1e-6);
    }

    [Fact]
    public void Encode_LongClip_HasWindowsThatCoverItEvenly()
    {
        using var store = HashStore.Create(root => new AtstEncoder(Tiny, root), 1, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var image = encoder.Prepare(Waves([HashWeights.Signal("sound", 16000)]));              // 101 frames, windows of 40
        var output = encoder.Encode(image);
        var windows = new[] { 0L, 30, 61 }.Select(start => encoder.Encode(image.Narrow(2, start, 40)).Frames).ToArray();
        // Windows share the frames of their overlap.
        (int Window, long First, long Count)[] shares = [(0, 0, 9), (1, 1, 8), (2, 1, 9)];
        TensorAssert.Close(Tensor.Cat([.. shares.Select(share => windows[share.Window].Narrow(1, share.First, share.Count))], 1).ToArray<float>(), output.Frames.ToArray<float>(), 1e-5);
    }

    [Fact]
    public void Encode_InTraining_GivesEveryWeightTheGradientOfTheLoss()
    {
        using var store = HashStore.Create(root => new AtstEncoder(Tiny, root), 1, out var encoder, isTrainable: true);
        using var scope = TensorScope.Begin();
        var image = encoder.Prepare(Waves([HashWeights.Signal("sound", 6400)]));
        GradientAssert.EqualsDifferences(store, () => encoder.Encode(image, training: true).Clip.Square().Sum());
    }

    [Theory]
    [InlineData("", "norm_frame")]
    [InlineData("atst.", "norm_frame")]
    [InlineData("encoder.encoder.frame_encoder.", "norm_frame")]
    [InlineData("encoder.encoder.", "norm_frame")]
    [InlineData("model.teacher.encoder.", "norm")]
    public void FromCheckpoint_EveryLayout_GivesTheSameNetwork(string prefix, string norm)
    {
        using var scope = TensorScope.Begin();
        using var made = HashStore.Create(root => new AtstEncoder(Tiny, root), 1, out var encoder);
        List<TorchEntry> entries = [.. made.Entries.Select(entry => new TorchEntry(
            prefix + entry.Name.Replace("norm_frame", norm, StringComparison.Ordinal), entry.Tensor.Shape.ToArray(), entry.Tensor.ToArray<float>()))];
        entries.Add(new TorchEntry(prefix + "mask_embed", [1, 1, 16], new float[16]));
        entries.Add(new TorchEntry("model.student.encoder.mask_embed", [1], [0]));
        if (prefix.Length > 0)
            entries.Add(new TorchEntry("encoder.encoder.teacher_module.norm_frame.weight", [1], [0]));
        var path = Path.Combine(_root, "atst.ckpt");
        TorchZip.Write(path, new Dictionary<string, object> { ["epoch"] = 3 }, "state_dict", entries.Where(entry => prefix.Length > 0 || !entry.Name.StartsWith("model.", StringComparison.Ordinal)).ToList());
        var stored = AtstWeights.FromCheckpoint(Checkpoint.Open(path).Tensors)!;
        var sizes = AtstWeights.Sizes(stored, "", path);
        Assert.Equal(Tiny with { Heads = 1 }, sizes);                                          // heads of 64 values are assumed
        using var store = WeightStore.Load(stored, path);
        var loaded = new AtstEncoder(sizes with { Heads = 2 }, store.Root);
        store.ThrowIfMismatched(AtstWeights.IsExpected);
        using var noGrad = NoGrad.Begin();
        var image = loaded.Prepare(Waves([HashWeights.Signal("sound", 6400)]));
        TensorAssert.Same(encoder.Encode(image).Frames.ToArray<float>(), loaded.Encode(image).Frames.ToArray<float>());
    }

    private static Tensor Waves(IEnumerable<float[]> clips)
    {
        var all = clips.ToArray();
        return Tensor.From<float>([.. all.SelectMany(clip => clip)], all.Length, all[0].Length);
    }

    private static void Close(string name, Tensor actual, double tolerance) => TensorAssert.Close(Expected[name], actual, tolerance, name);
}
