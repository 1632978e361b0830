using System.Text.RegularExpressions;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Systems.Conette;
using Auricle.Testing;
using Auricle.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.HtsAt;

/// <summary>HTS-AT at full size against the reference's numbers.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class HtsAtEncoderTests
{
    private const int Rate = 32000;

    private static readonly int Seed = Fixtures.Seed("htsat", "htsat");

    private static readonly IReadOnlyDictionary<string, StoredTensor> Expected =
        SafetensorsFile.Read(Path.Combine(Fixtures.Folder("htsat"), "htsat.safetensors"), out _);

    [Fact]
    public void Encode_TenSeconds_EqualsTheReferenceAtEveryStage()
    {
        using var store = Store(new HtsAtConfig(), out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var wave = HashWeights.Textured("htsat/full", 10 * Rate, Seed);
        Assert.Equal(Expected["audio.probe.full"].Floats(), new[] { 0, 1, 2, 7999, 8000, 8001, 160000, 319999 }.Select(i => wave[i]));
        var logMel = encoder.Prepare(Tensor.From<float>(wave, 1, wave.Length));
        Close("full.logmel", HashHtsAt.Rows(logMel, 2, 0, 1, 500, 1000), 2e-4);
        var seen = new HashSet<string>();
        var output = encoder.Encode(logMel, training: false, (name, value) =>
        {
            if (name == "tscam_conv")
                CheckFramewise("full", value);
            if (name == "image")
                CheckImage("full", value);
            else if (Expected.TryGetValue("full." + name, out var stored) && seen.Add(name))
                Close("full." + name, name == "tscam_conv" ? value.Narrow(1, 0, 64).ToArray<float>() : HashHtsAt.Rows(
                    name.EndsWith("attn", StringComparison.Ordinal) ? value.Select(0, 0) : value, name.EndsWith("attn", StringComparison.Ordinal) ? 0 : 1, Tokens(name)),
                    name == "tscam_conv" ? 1e-4 : 2e-4, 1e-4);
        });
        Assert.Equal(14, seen.Count);
        Close("full.latent", output.Frames.Mean([1]).ToArray<float>(), 2e-5, 1e-4);
        Close("full.clipwise", output.TagLogits!.Sigmoid().ToArray<float>(), 1e-4);

        var other = HashWeights.Textured("htsat/batch1", 10 * Rate, Seed);
        var batch = encoder.Encode(encoder.Prepare(Tensor.From<float>([.. wave, .. other], 2, wave.Length)));
        Close("batch.latent", batch.Frames.Mean([1]).ToArray<float>(), 1e-4, 1e-4);
        TensorAssert.Close(output.TagLogits!.ToArray<float>(), batch.TagLogits!.Select(0, 0).ToArray<float>(), 1e-5, "alone and in a batch");
    }

    [Fact]
    public void Encode_ShortClip_IsStretchedAsTheReferenceDoes()
    {
        using var store = Store(new HtsAtConfig(), out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var logMel = encoder.Prepare(Short());
        Close("short.logmel", HashHtsAt.Rows(logMel, 2, 0, 1, 150, 300), 2e-4);
        var output = encoder.Encode(logMel, training: false, (name, value) =>
        {
            if (name == "image")
                CheckImage("short", value);
            if (name == "tscam_conv")
                CheckFramewise("short", value);
        });
        Close("short.latent", output.Frames.Mean([1]).ToArray<float>(), 2e-5, 1e-4);
        Close("short.clipwise", output.TagLogits!.Sigmoid().ToArray<float>(), 1e-4);

        // The reference's inference routine repeats a short image before it stretches it.
        var repeated = encoder.Encode(logMel.Repeat([1, 1, encoder.Config.Frames / logMel.Size(2), 1]));
        Close("short_infer_mode.latent", repeated.Frames.Mean([1]).ToArray<float>(), 1e-4, 1e-4);
        Close("short_infer_mode.clipwise", repeated.TagLogits!.Sigmoid().ToArray<float>(), 1e-4);
    }

    [Fact]
    public void Encode_PartsOfLongClip_AverageToTheReference()
    {
        using var store = Store(new HtsAtConfig(), out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var wave = HashWeights.Textured("htsat/long", 14 * Rate, Seed);
        var logMel = encoder.Prepare(Tensor.From<float>(wave, 1, wave.Length));
        Close("long.logmel", HashHtsAt.Rows(logMel, 2, 0, 1, 700, 1400), 2e-4);
        // Its rule for more than 1,024 frames: halves that begin every quarter.
        var frames = logMel.Size(2);
        var (crop, hop) = ((frames - 1) / 2, (frames - 1) / 4);
        var parts = Enumerable.Range(0, 8).Select(i => i * hop).Where(start => start < frames - crop - 1)
            .Select(start => encoder.Encode(logMel.Narrow(2, start, crop)).TagLogits!.Sigmoid()).ToArray();
        Assert.Equal(2, parts.Length);
        Close("long.clipwise", parts[0].Add(parts[1]).Div(2).ToArray<float>(), 1e-4);

        // Ours: whole windows, each of which answers for its part up to the middle of the overlap.
        var output = encoder.Encode(logMel);
        var times = encoder.FrameTimes(wave.Length);
        Assert.Equal([1, times.Length, encoder.Width], output.Frames.Shape.ToArray());
        var last = encoder.Encode(logMel.Narrow(2, frames - encoder.Config.Frames, encoder.Config.Frames));
        const int Tail = 10;
        TensorAssert.Close(
            last.Frames.Narrow(1, encoder.Config.Steps - Tail, Tail).ToArray<float>(), output.Frames.Narrow(1, times.Length - Tail, Tail).ToArray<float>(), 1e-5, "last window");
    }

    [Fact]
    public void Encode_FiftyClasses_GivesTheReferencesLogits()
    {
        using var store = Store(new HtsAtConfig { Tags = 50 }, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Close("esc50.short.logits", encoder.Encode(encoder.Prepare(Short())).TagLogits!.ToArray<float>(), 1e-4, 1e-4);
    }

    [Fact]
    public void Encode_BFloat16_StaysNearFloat32()
    {
        using var store = Store(new HtsAtConfig(), out _);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var half = WeightStore.Initialise();
        using var encoder = new HtsAtEncoder(new HtsAtConfig(), half.Root, DType.BFloat16);
        HashHtsAt.Fill(half, Seed);
        var expected = Expected["short.clipwise"].Floats();
        var actual = encoder.Encode(encoder.Prepare(Short())).TagLogits!.Sigmoid().ToArray<float>();
        Assert.InRange(TensorAssert.LargestDifference(expected, actual), 0, 0.05);
    }

    [Fact]
    public void Encode_InTraining_ReachesEveryWeight()
    {
        using var store = WeightStore.Initialise();
        var config = new HtsAtConfig { PatchWidth = 8, Depths = [2, 2], Heads = [1, 2], ImageSize = 64, Tags = 5, LogMel = new() { MelBands = 16 }, DropPath = 0 };
        using var encoder = new HtsAtEncoder(config, store.Root);
        using var scope = TensorScope.Begin();
        var output = encoder.Encode(encoder.Prepare(Tensor.From<float>(HashWeights.Signal("train", 64000), 2, 32000)), training: true);
        output.TagLogits!.Square().Sum().Add(output.Frames.Square().Sum()).Backward();
        foreach (var weight in store.Entries.Where(entry => !entry.IsBuffer))
            Assert.True(weight.Tensor.Grad is not null, weight.Name);
    }

    [Fact]
    public void Conette_OverHtsAt_IsTheSameAfterSaving()
    {
        var folder = Directory.CreateTempSubdirectory("auricle-htsat-").FullName;
        try
        {
            var config = new ConetteConfig
            {
                TaskMode = "none",
                TaskNames = [],
                Width = 16,
                Heads = 2,
                DecoderLayers = 1,
                FeedForwardWidth = 32,
                TagLabels = ["dog", "rain"],
                Encoder = new HtsAtConfig { PatchWidth = 8, Depths = [2, 1], Heads = [1, 2], ImageSize = 64, Tags = 2, LogMel = new() { MelBands = 16 } },
            };
            using var model = ConetteModel.Create(config, CaptionTokenizer.Fit(["a dog barks", "rain falls"]), Precision.Float32, Device.Cpu);
            model.Save(folder);
            using var loaded = ConetteModel.Load(folder, new ModelLoadOptions { Precision = Precision.Float32 });
            Assert.Equal(config.Encoder.Width, Assert.IsType<HtsAtConfig>(loaded.Config.Encoder).Width);
            Audio.AudioClip[] clips = [.. new[] { 1, 12 }.Select(seconds => Audio.AudioClip.FromSamples(HashWeights.Signal("clip", seconds * Rate), Rate))];
            var options = new ConetteOptions { MinLength = 3, MaxLength = 6 };
            Assert.Equal(model.Caption(clips, options).Select(result => result.Caption), loaded.Caption(clips, options).Select(result => result.Caption));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void ShiftMask_OfTheFirstStage_IsTheReferences()
    {
        using var index = Tensor.From(Expected["index.relative_position_index"]);
        Assert.Equal(index.ToArray<long>(), WindowAttention.RelativePositions(8));
        var mask = WindowAttention.ShiftMask(64, 8, 4);
        Assert.Equal(Expected["index.attn_mask_layer0_last_window"].Floats(), mask[^4096..]);
        using var counts = Tensor.From(Expected["index.attn_mask_layer0_nonzero_per_window"]);
        Assert.Equal(counts.ToArray<long>(), mask.Chunk(4096).Select(window => (long)window.Count(value => value != 0)));
    }

    private static WeightStore Store(HtsAtConfig config, out HtsAtEncoder encoder)
    {
        var store = WeightStore.Initialise();
        encoder = new HtsAtEncoder(config, store.Root);
        HashHtsAt.Fill(store, Seed);
        return store;
    }

    private static Tensor Short()
    {
        using var samples = Tensor.From(Expected["audio.short_i16"]);
        var wave = Array.ConvertAll(samples.ToArray<short>(), value => value / 32768f);
        return Tensor.From<float>(wave, 1, wave.Length);
    }

    private static void CheckImage(string clip, Tensor image)
    {
        Close(clip + ".image_rows", HashHtsAt.Rows(image.View(256, 256), 0, 0, 1, 63, 64, 127, 128, 255), 5e-4);
        Close(clip + ".image_cols", HashHtsAt.Rows(image.View(256, 256).T(), 0, 0, 1, 128, 255), 5e-4);
    }

    // Every step stands for 32 frames of the stretched image.
    private static void CheckFramewise(string clip, Tensor scores) => Close(clip + ".framewise",
        HashHtsAt.Rows(scores.Narrow(1, 0, 64).Sigmoid().Transpose(1, 2), 1, 0, 0, 1, 512 / 32, 1023 / 32), 1e-4);

    private static long[] Tokens(string name) => Count(name) switch
    {
        4096 => [0, 1, 2048, 4095],
        1024 => [0, 1, 512, 1023],
        256 => [0, 1, 128, 255],
        _ => [0, 1, 32, 63],
    };

    private static int Count(string name)
    {
        if (name == "patch_embed")
            return 4096;
        if (name.EndsWith("attn", StringComparison.Ordinal) || name == "norm")
            return 64;
        var stage = int.Parse(Regex.Match(name, @"\d").Value, System.Globalization.CultureInfo.InvariantCulture);
        // A stage with its merging ends at the next one's resolution.
        var merged = stage < 3 && !name.Contains("blocks", StringComparison.Ordinal) ? 1 : 0;
        return 4096 >> (2 * (stage + merged));
    }

    private static void Close(string name, float[] actual, double tolerance, double relative = 0) =>
        TensorAssert.Close(Expected[name].Floats(), actual, tolerance, name, relative);
}
