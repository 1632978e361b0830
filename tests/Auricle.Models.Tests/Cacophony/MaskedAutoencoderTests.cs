using System.Text.Json;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Families;
using Auricle.Models.Systems.Encoders;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Cacophony;

/// <summary>The first stage of Cacophony's training.</summary>
[Collection("tensors")]
[NoLeaks]
public sealed class MaskedAutoencoderTests
{
    private static readonly IReadOnlyDictionary<string, StoredTensor> Expected = HashStore.Fixture("cacophony", "mae_stage1");

    [Fact]
    public void Errors_PatchesOfTheFixture_EqualTheReference()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var keys = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("cacophony"), "mae_state_dict_keys.json")));
        var stored = HashStore.Stored([.. keys.RootElement.EnumerateArray().Select(entry =>
            (entry.GetProperty("name").GetString()!, entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray()))], HashCacophony.Weight);
        var own = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        AudioMaeWeights.AddTorch(stored, "", own, "");
        using var model = new MaskedAutoencoder(
            AudioMaeWeights.Sizes(own, "encoder.", "hash weights", AudioMaeConfig.Torch), own.Keys.Count(name => name.StartsWith("decoder.layers.", StringComparison.Ordinal) && name.EndsWith(".norm1.bias", StringComparison.Ordinal)), WeightStore.Load(own));
        model.Weights.ThrowIfMismatched();
        Assert.Equal(stored.Keys.Order(StringComparer.Ordinal), model.Weights.Entries.Select(entry => AudioMaeWeights.TorchName(entry.Name)).Order(StringComparer.Ordinal));

        var samples = HashCacophony.Inputs.Clips("mae_stage1")[0];
        var image = model.Encoder.Prepare(Tensor.From<float>(samples, 1, samples.Length));
        var (kept, removed) = (Choice("keep"), Choice("restore"));
        Assert.Equal(image.Size(2) / 16 * 8, kept.Count + removed.Count);
        TensorAssert.Close(Expected["enc_rows"], Rows(model.Encoder.EncodeChosen(image, kept).Select(0, 0), 0, kept.Count - 1), 1e-3, "encoder");
        var imagined = model.Reconstruct(image, kept, removed).Select(0, 0);
        TensorAssert.Close(Expected["out_rows"], Rows(imagined, 0, kept.Count - 1, kept.Count, kept.Count + 5, kept.Count + removed.Count - 1), 1e-3, "decoder");
        Same(Scalar("out_l2"), imagined.Norm().ToDouble());
        Same(Scalar("mse_restored"), model.Errors(image, kept, removed, normalises: false).Error.ToDouble());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Errors_OfEachParameter_HaveTheGradientOfDifferences(bool normalises)
    {
        using var scope = TensorScope.Begin();
        using var model = Small(isTrainable: true);
        var image = Image(model, 2, 4000, 9000);
        var (kept, removed) = PatchChoice.Split([16, 24], 0.6, row => new SplitMix64((ulong)row));
        model.Errors(image, kept, removed, normalises, training: true).Error.Backward();
        using var noGrad = NoGrad.Begin();
        foreach (var weight in model.Weights.Entries)
        {
            using var inner = TensorScope.Begin();
            var gradient = weight.Tensor.Grad!;
            var norm = gradient.Norm().ToDouble();
            // Softmax does not see what all keys share.
            if (weight.Name.EndsWith("qkv.bias", StringComparison.Ordinal))
                continue;
            Assert.True(norm > 1e-7, $"{weight.Name} has no gradient.");
            var before = weight.Tensor.Clone();
            var step = 0.005 * Math.Max(before.Norm().ToDouble(), 1) / norm;
            double At(double length)
            {
                weight.Tensor.CopyInPlace(before.Add(gradient, length));
                return model.Errors(image, kept, removed, normalises).Error.ToDouble();
            }
            var slope = (8 * (At(step) - At(-step)) - At(2 * step) + At(-2 * step)) / (12 * step);
            weight.Tensor.CopyInPlace(before);
            Assert.True(Math.Abs(slope - norm * norm) < 0.03 * norm * norm + 1e-6 / step, $"{weight.Name}: {slope} for {norm * norm}");
        }
    }

    [Fact]
    public void Errors_SoundsOfSeveralLengths_AreAsAlone()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var model = Small(isTrainable: false);
        int[] samples = [4000, 16000, 9000], patches = [8, 48, 24];
        var image = Image(model, 3, samples);
        var (kept, removed) = PatchChoice.Split(patches, 0.8, row => new SplitMix64((ulong)row + 3));
        var together = model.Reconstruct(image, kept, removed);
        var sum = 0.0;
        for (var i = 0; i < samples.Length; i++)
        {
            PatchChoice one = new([kept.Numbers[i]]), other = new([removed.Numbers[i]]);
            var alone = image.Narrow(0, i, 1).Narrow(2, 0, (samples[i] + 159) / 160);
            var expected = model.Reconstruct(alone, one, other).Select(0, 0);
            TensorAssert.Close(expected.Narrow(0, 0, one.Count).ToArray<float>(), together.Select(0, i).Narrow(0, 0, one.Count).ToArray<float>(), 1e-4, $"heard {i}");
            TensorAssert.Close(expected.Narrow(0, one.Count, other.Count).ToArray<float>(), together.Select(0, i).Narrow(0, kept.Longest, other.Count).ToArray<float>(), 1e-4, $"imagined {i}");
            sum += model.Errors(alone, one, other, normalises: true).Error.ToDouble() * other.Count;
        }
        Same(sum / removed.Count, model.Errors(image, kept, removed, normalises: true).Error.ToDouble());
    }

    [Fact]
    public void Split_Patches_KeepsAFifthOfEach_AtRandom()
    {
        int[] counts = [8, 248, 496, 2];
        var (kept, removed) = PatchChoice.Split(counts, 0.8, row => new SplitMix64((ulong)row));
        Assert.Equal([1, 49, 99, 1], kept.Numbers.Select(own => own.Length));
        foreach (var (i, own) in kept.Numbers.Index())
        {
            Assert.Equal(Enumerable.Range(0, counts[i]), own.Concat(removed.Numbers[i]).Order());
            Assert.Equal(own.Order(), own);
        }
        var again = PatchChoice.Split(counts, 0.8, row => new SplitMix64((ulong)row + 100)).Kept;
        Assert.NotEqual(kept.Numbers[2], again.Numbers[2]);
        var some = PatchChoice.Draw(counts, 100, row => new SplitMix64((ulong)row));
        Assert.Equal([8, 100, 100, 2], some.Numbers.Select(own => own.Distinct().Count()));
        Assert.All(some.Numbers, own => Assert.Equal(own.Order(), own));
    }

    [Fact]
    public void Save_Model_IsLoadedAsAnEncoder()
    {
        using var scope = TensorScope.Begin();
        var folder = Directory.CreateTempSubdirectory("auricle-mae-").FullName;
        try
        {
            using var model = Small(isTrainable: true);
            model.Save(folder);
            using var encoder = Assert.IsType<SoundEncoder>(ModelFamily.Load(ModelFiles.Open(folder)));
            using var noGrad = NoGrad.Begin();
            var image = Image(model, 1, 9000);
            Assert.Equal(model.Encoder.Encode(image).Clip.ToArray<float>(), encoder.Encoder.Encode(image).Clip.ToArray<float>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static MaskedAutoencoder Small(bool isTrainable)
    {
        // From the names and shapes that it asks for, the hash weights of these.
        using var shapes = WeightStore.Shapes();
        var config = AudioMaeConfig.OfSize(96, 2) with { Expansion = 2 };
        _ = new MaskedAutoencoder(config, 1, shapes);
        var stored = HashStore.Stored([.. shapes.Entries.Select(entry => (entry.Name, entry.Tensor.Shape.ToArray()))], HashCacophony.Weight);
        return new MaskedAutoencoder(config, 1, WeightStore.Load(stored, isTrainable: isTrainable));
    }

    /// <summary>The images of sounds, filled with silence.</summary>
    private static Tensor Image(MaskedAutoencoder model, int batch, params int[] samples)
    {
        var waves = new float[batch * samples.Max()];
        for (var i = 0; i < batch; i++)
            HashWeights.Textured($"sound {i}", samples[i], 1).CopyTo(waves, i * samples.Max());
        return model.Encoder.Prepare(Tensor.From<float>(waves, batch, samples.Max()));
    }

    private static PatchChoice Choice(string name) => new([Tensor.From(Expected[name]).ToArray<int>()]);

    private static double Scalar(string name) => Tensor.From(Expected[name]).ToArray<double>()[0];

    private static Tensor Rows(Tensor all, params long[] rows) => all.IndexSelect(0, Tensor.From<long>(rows, rows.Length));

    private static void Same(double expected, double found) => Assert.InRange(found / expected, 1 - 1e-4, 1 + 1e-4);
}
