using Auricle.Models.Encoders.Cnn;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Cnn;

/// <summary>CNN14 of PANNs at full size against the reference's numbers.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class CnnEncoderTests
{
    private const int Seed = 1;

    [Fact]
    public void Cnn14_TwoClips_EqualsTheReference()
    {
        var expected = SafetensorsFile.Read(Path.Combine(Fixtures.Folder("cnn14"), "cnn14.safetensors"), out _);
        using var store = HashStore();
        using var encoder = new CnnEncoder(CnnConfig.Cnn14, store.Root);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        const int Samples = 64000;
        var tone = HashWeights.Uniform("cnn14.clip1", Samples, Seed);
        var waves = new float[2 * Samples];
        HashWeights.Signal("cnn14.clip0", Samples, Seed).CopyTo(waves, 0);
        for (var i = 0; i < Samples; i++)
            waves[Samples + i] = (float)(0.5 * Math.Sin(2 * Math.PI * 440 * i / 32000) * (1 - (double)i / Samples) + 0.02 * tone[i]);

        var logMel = encoder.Prepare(Tensor.From<float>(waves, 2, Samples));
        TensorAssert.Close(expected["logmel"], logMel, 2e-3, "log-mel");
        var output = encoder.Encode(logMel);
        TensorAssert.Close(expected["clipwise_output"], output.TagLogits!.Sigmoid(), 1e-4, "probabilities");
        var logits = expected["logits"].Floats();
        TensorAssert.Close(logits, output.TagLogits!.ToArray<float>(), 2e-4 * logits.Max(Math.Abs), "logits");
        var pooled = expected["pooled"].Floats();
        TensorAssert.Close(pooled, output.Frames.Amax([1]).Add(output.Frames.Mean([1])).ToArray<float>(), 2e-4 * pooled.Max(Math.Abs), "pooled");
    }

    [Fact]
    public void Parameters_OfCnn14_AreThoseOfTheCheckpoint()
    {
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("cnn14"), "state_dict_keys.json")));
        var expected = document.RootElement.GetProperty("Cnn14").EnumerateObject()
            .Where(entry => !entry.Name.Contains("_extractor.", StringComparison.Ordinal) && !entry.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .Select(entry => $"{entry.Name} [{string.Join(", ", entry.Value.EnumerateArray().Select(size => size.GetInt64()))}]");
        using var store = WeightStore.Shapes();
        using var encoder = new CnnEncoder(CnnConfig.Cnn14, store.Root);
        var actual = store.Entries.Select(entry => $"{entry.Name} [{string.Join(", ", entry.Tensor.Shape.ToArray())}]");
        Assert.Equal(expected.Order(), actual.Order());
    }

    private static WeightStore HashStore()
    {
        using var shapes = WeightStore.Shapes();
        using (new CnnEncoder(CnnConfig.Cnn14, shapes.Root)) { }
        var file = Path.GetTempFileName();
        try
        {
            SafetensorsFile.Write(file, shapes.Entries.Select(entry => (entry.Name, Shape: entry.Tensor.Shape.ToArray())).ToList().AsParallel().AsOrdered().Select(entry =>
                new SafetensorsEntry(entry.Name, DType.Float32, entry.Shape,
                    System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(HashWeights.Weight(entry.Name, entry.Shape, Seed)).ToArray())).ToList());
            return WeightStore.Load(SafetensorsFile.Read(file, out _), file);
        }
        finally
        {
            // The mapping keeps the values; the name is no longer needed.
            File.Delete(file);
        }
    }
}
