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

    private static readonly FixtureInputs Inputs = FixtureInputs.Read("htsat");

    private static readonly IReadOnlyDictionary<string, StoredTensor> Expected =
        SafetensorsFile.Read(Path.Combine(Fixtures.Folder("htsat"), "htsat.safetensors"), out _);

    [Fact]
    public void Encode_TenSeconds_EqualsTheReferenceAtEveryStage()
    {
        using var store = Store(new HtsAtConfig(), out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var logMel = encoder.Prepare(Waves("full"));
        Close("full.logmel", HashHtsAt.Rows(logMel, 2, Frames(logMel)), 2e-4);
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

        // Its first clip is the one above.
        var batch = encoder.Encode(encoder.Prepare(Waves("batch")));
        Close("batch.latent", batch.Frames.Mean([1]).ToArray<float>(), 1e-4, 1e-4);
        TensorAssert.Close(output.TagLogits!.ToArray<float>(), batch.TagLogits!.Select(0, 0).ToArray<float>(), 1e-5, "alone and in a batch");
    }

    [Fact]
    public void Encode_ShortClip_IsStretchedAsTheReferenceDoes()
    {
        using var store = Store(new HtsAtConfig(), out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var logMel = encoder.Prepare(Waves("short"));
        Close("short.logmel", HashHtsAt.Rows(logMel, 2, Frames(logMel)), 2e-4);
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
        var repeated = encoder.Encode(logMel.Repeat([1, 1, Inputs["htsat", "short_infer_mode"].GetProperty("repeats").GetInt64(), 1]));
        Close("short_infer_mode.latent", repeated.Frames.Mean([1]).ToArray<float>(), 1e-4, 1e-4);
        Close("short_infer_mode.clipwise", repeated.TagLogits!.Sigmoid().ToArray<float>(), 1e-4);
    }

    [Fact]
    public void Encode_PartsOfLongClip_AverageToTheReference()
    {
        using var store = Store(new HtsAtConfig(), out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var waves = Waves("long");
        var logMel = encoder.Prepare(waves);
        Close("long.logmel", HashHtsAt.Rows(logMel, 2, Frames(logMel)), 2e-4);
        // Its rule for more than 1,024 frames: halves that begin every quarter.
        var crop = Inputs["htsat", "long"].GetProperty("crop_frames").GetInt64();
        var parts = Inputs["htsat", "long"].GetProperty("start_frames").EnumerateArray()
            .Select(start => encoder.Encode(logMel.Narrow(2, start.GetInt64(), crop)).TagLogits!.Sigmoid()).ToArray();
        Close("long.clipwise", Tensor.Cat(parts).Mean([0]).ToArray<float>(), 1e-4);

        // Ours: whole windows, each of which answers for its part up to the middle of the overlap.
        var output = encoder.Encode(logMel);
        var times = encoder.FrameTimes(waves.Size(1));
        Assert.Equal([1, times.Length, encoder.Width], output.Frames.Shape.ToArray());
        var last = encoder.Encode(logMel.Narrow(2, logMel.Size(2) - encoder.Config.Frames, encoder.Config.Frames));
        const int Tail = 10;
        TensorAssert.Close(
            last.Frames.Narrow(1, encoder.Config.Steps - Tail, Tail).ToArray<float>(), output.Frames.Narrow(1, times.Length - Tail, Tail).ToArray<float>(), 1e-5, "last window");
    }

    [Fact]
    public void Encode_FiftyClasses_GivesTheReferencesLogits()
    {
        using var store = Store(new HtsAtConfig { Tags = Inputs["htsat", "esc50.short"].GetProperty("classes").GetInt32() }, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Close("esc50.short.logits", encoder.Encode(encoder.Prepare(Waves("esc50.short"))).TagLogits!.ToArray<float>(), 1e-4, 1e-4);
    }

    [BFloat16Fact]
    public void Encode_BFloat16_StaysNearFloat32()
    {
        using var store = Store(new HtsAtConfig(), out _);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var half = WeightStore.Initialise();
        using var encoder = new HtsAtEncoder(new HtsAtConfig(), half.Root, DType.BFloat16);
        HashHtsAt.Fill(half, Inputs.Seed);
        var expected = Expected["short.clipwise"].Floats();
        var actual = encoder.Encode(encoder.Prepare(Waves("short"))).TagLogits!.Sigmoid().ToArray<float>();
        Assert.InRange(TensorAssert.LargestDifference(expected, actual), 1e-4, 0.01);
    }

    [Fact]
    public void Encode_InTraining_GivesEveryWeightTheGradientOfTheLoss()
    {
        using var store = WeightStore.Initialise();
        var config = new HtsAtConfig { PatchWidth = 8, Depths = [2, 2], Heads = [1, 2], ImageSize = 64, Tags = 5, LogMel = new() { MelBands = 16 }, DropPath = 0 };
        using var encoder = new HtsAtEncoder(config, store.Root);
        using var scope = TensorScope.Begin();
        HashHtsAt.Fill(store, Inputs.Seed);
        var image = encoder.Prepare(Tensor.From<float>(HashWeights.Signal("train", 64000), 2, 32000));
        GradientAssert.EqualsDifferences(store, () =>
        {
            var output = encoder.Encode(image, training: true);
            return output.TagLogits!.Square().Sum().Add(output.Frames.Square().Sum());
        });
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
        HashHtsAt.Fill(store, Inputs.Seed);
        return store;
    }

    private static Tensor Waves(string entry)
    {
        var clips = Inputs["htsat", entry].GetProperty("clips").EnumerateArray().Select(clip => Inputs.Samples(clip, Expected)).ToArray();
        return Tensor.From<float>([.. clips.SelectMany(clip => clip)], clips.Length, clips[0].Length);
    }

    // The places of log-mel images that the fixture stores.
    private static long[] Frames(Tensor logMel) => [0, 1, logMel.Size(2) / 2, logMel.Size(2) - 1];

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
