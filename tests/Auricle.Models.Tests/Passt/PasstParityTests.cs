using System.Text.RegularExpressions;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Passt;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Passt;

/// <summary>PaSST at full size against the reference's numbers.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class PasstParityTests(SmallPasst small) : IClassFixture<SmallPasst>
{
    private const double Tolerance = 2e-4;

    private static readonly IReadOnlyDictionary<string, StoredTensor> Plain = HashStore.Fixture("passt", "passt_s16");
    private static readonly IReadOnlyDictionary<string, StoredTensor> Overlapping = HashStore.Fixture("passt", "passt_s10");

    [Fact]
    public void Encode_Small_EqualsTheReferenceAtEveryStage()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var image = small.Encoder.Prepare(HashPasst.Waves("passt_s16"));
        var output = Check(small.Encoder, image, Plain);
        for (var row = 0; row < image.Size(0); row++)
        {
            var alone = small.Encoder.Encode(image.Narrow(0, row, 1));
            TensorAssert.Close(output.Clip.Select(0, row).ToArray<float>(), alone.Clip.ToArray<float>(), 1e-5, "alone and in a batch");
            TensorAssert.Close(output.Frames.Select(0, row).ToArray<float>(), alone.Frames.ToArray<float>(), 2e-5, "frames alone and in a batch");
        }
    }

    [Fact]
    public void Encode_ShorterClip_EqualsTheReference()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        CheckPart(small.Encoder, "short", Plain, "passt_s16");
    }

    [Fact]
    public void Encode_GivenPatches_EqualsTheReferencesPatchout()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var row = HashPasst.Inputs["passt_s16", "patchout", "row"].GetInt64();
        var image = small.Encoder.Prepare(HashPasst.Waves("passt_s16").Narrow(0, row, 1));
        var kept = new PasstPatches(Tensor.From(Plain["patchout.keep_f"]).ToArray<long>(), Tensor.From(Plain["patchout.keep_t"]).ToArray<long>());
        var output = small.Encoder.Encode(image, training: true, kept, (name, value) =>
        {
            if (name == "tokens")
                Assert.Equal(2 + kept.Rows.Length * kept.Columns.Length, value.Size(1));
        });
        TensorAssert.Close(Plain["patchout.features"], output.Clip, Tolerance, "features");
    }

    [BFloat16Fact]
    public void Encode_BFloat16_StaysNearFloat32()
    {
        using var store = HashPasst.Create(PasstConfig.Small, out var coarse, DType.BFloat16);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var image = coarse.Prepare(HashPasst.Waves("passt_s16").Narrow(0, 0, 1));
        var (expected, actual) = (Plain["features"].Floats()[..coarse.Width], coarse.Encode(image).Clip.ToArray<float>());
        Assert.InRange(TensorAssert.LargestDifference(expected, actual), 1e-4, 0.04);
        var cosine = expected.Zip(actual, (a, b) => (double)a * b).Sum() / Math.Sqrt(expected.Sum(a => (double)a * a) * actual.Sum(a => (double)a * a));
        Assert.InRange(cosine, 0.9999, 1.0001);
    }

    [Fact]
    public void Encode_OverlappingPatches_EqualsTheReferenceAtEveryStage()
    {
        using var store = HashPasst.Create(PasstConfig.SmallOverlapping, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var image = encoder.Prepare(HashPasst.Waves("passt_s10"));
        Assert.Equal(Tensor.From(Overlapping["input_shape"]).ToArray<long>(), image.Shape.ToArray());
        Check(encoder, image, Overlapping);
    }

    [Theory]
    [InlineData("twenty")]
    [InlineData("light")]
    public void Encode_OtherSize_EqualsTheReference(string part)
    {
        using var store = HashPasst.Create(part == "light" ? PasstConfig.Light : PasstConfig.TwentySeconds, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        CheckPart(encoder, part, Overlapping, "passt_s10");
    }

    public static TheoryData<string> Variants => ["passt_s_stride16_1000", "passt_s_stride10_998", "passt_20sec", "passt_30sec", "passt_l_stride10_998"];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Parameters_EveryVariant_AreThoseOfTheCheckpoint(string variant) => Assert.Equal(
        HashStore.Keys("passt", variant, PasstWeights.IsExpected),
        HashStore.Keys(root => _ = new PasstEncoder(Config(variant), root)));

    internal static PasstConfig Config(string variant) => variant switch
    {
        "passt_s_stride16_1000" => PasstConfig.Small,
        "passt_s_stride10_998" => PasstConfig.SmallOverlapping,
        "passt_20sec" => PasstConfig.TwentySeconds,
        "passt_30sec" => PasstConfig.ThirtySeconds,
        _ => PasstConfig.Light,
    };

    // Every tensor of the file that has no part's name in front; stages that it lacks are not looked at.
    private static EncoderOutput Check(PasstEncoder encoder, Tensor image, IReadOnlyDictionary<string, StoredTensor> expected)
    {
        var seen = new HashSet<string>();
        var output = encoder.Encode(image, training: false, null, (place, value) =>
        {
            var name = Regex.Replace(place, @"^blocks\.(\d+)$", "block$1");
            if (expected.TryGetValue(name + ".stats_f64", out var statistics))
            {
                TensorAssert.Statistics(statistics, value, 1e-4, name);
                seen.Add(name + ".stats_f64");
            }
            if (name == "norm")
            {
                Close("norm_cls", value.Select(1, 0));
                Close("norm_dist", value.Select(1, 1));
            }
            if (!expected.TryGetValue(name + ".slice", out var slice))
                return;
            if (name == "patch_embed")
                value = value.Permute(0, 3, 1, 2); // the reference's order: [batch, width, rows, columns]
            for (var dimension = 0; dimension < slice.Shape.Count; dimension++)
                value = value.Narrow(dimension, 0, slice.Shape[dimension]);
            Close(name + ".slice", value);
        });
        Close("features", output.Clip);
        Close("logits", output.TagLogits!);
        Assert.Equal(expected.Keys.Where(IsOfTheWhole).Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
        Assert.Equal([image.Size(0), (image.Size(3) - encoder.Config.PatchSize) / encoder.Config.Stride + 1, encoder.Width], output.Frames.Shape.ToArray());
        return output;

        void Close(string name, Tensor value)
        {
            var tolerance = name.StartsWith("patch_embed", StringComparison.Ordinal) || name.StartsWith("tokens", StringComparison.Ordinal) ? 1e-4 : Tolerance;
            var relative = name.StartsWith("patch_embed", StringComparison.Ordinal) ? 1e-4 : 0;
            Assert.Equal(expected[name].Shape, value.Shape.ToArray());
            TensorAssert.Close(expected[name].Floats(), value.ToArray<float>(), tolerance, name, relative);
            seen.Add(name);
        }
    }

    private static bool IsOfTheWhole(string key) => key is not ("input_shape" or "float32_noise_f64")
        && !Regex.IsMatch(key, "^(short|patchout|twenty|light)\\.", RegexOptions.None, TimeSpan.FromSeconds(1));

    private static void CheckPart(PasstEncoder encoder, string part, IReadOnlyDictionary<string, StoredTensor> expected, string file)
    {
        var output = encoder.Encode(encoder.Prepare(HashPasst.Waves(file, part)));
        TensorAssert.Close(expected[part + ".features"], output.Clip, Tolerance, part + ".features");
        TensorAssert.Close(expected[part + ".logits"], output.TagLogits!, Tolerance, part + ".logits");
    }
}
