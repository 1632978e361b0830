using System.Text.Json;
using Auricle.Audio;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.MobileNet;

/// <summary>The authors' file of mn04 on four recordings, against what their network gives.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class PublishedCheckpointTests
{
    [SharedFact]
    public void Mn04_FourRecordings_GiveTheAuthorsNumbersAndTags()
    {
        var folder = Path.Combine(Fixtures.SharedRoot!, "data", "checkpoints", "efficientat-mn04");
        var file = Directory.GetFiles(folder, "*.pt").Single();
        var stored = Checkpoint.Open(file).Tensors;
        Assert.True(MobileNetWeights.Recognises(stored, ""));
        var config = MobileNetWeights.Sizes(stored, "", file);
        Assert.Equal(MobileNetConfig.Mn04, config);
        using var store = WeightStore.Load(stored, file);
        using var encoder = new MobileNetEncoder(config, store.Root);
        store.ThrowIfMismatched(MobileNetWeights.IsExpected);

        var expected = SafetensorsFile.Read(Path.Combine(folder, "expected.safetensors"), out _);
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        foreach (var recording in document.RootElement.EnumerateObject())
        {
            var label = Path.GetFileName(Path.GetDirectoryName(recording.Name))!;
            var clip = AudioFile.Load(Path.Combine(Fixtures.SharedRoot!, "data", "sounds", recording.Name), encoder.SampleRate);
            Assert.Equal(recording.Value.GetProperty("samples").GetInt32(), clip.Samples.Length);
            var image = encoder.Prepare(Tensor.From<float>(clip.Samples, 1, clip.Samples.Length));
            var part = expected[label + ".logmel"];
            TensorAssert.Close(part.Floats(), image.Squeeze(0).Squeeze(0).Narrow(0, 0, part.Shape[0]).Narrow(1, 0, part.Shape[1]).ToArray<float>(), 1e-4, label + " image");
            var output = encoder.Encode(image);
            TensorAssert.Close(expected[label + ".embedding"].Floats(), output.Clip.ToArray<float>(), 1e-4, label + " embedding");
            var logits = output.TagLogits!.ToArray<float>();
            TensorAssert.Close(expected[label + ".logits"].Floats(), logits, 1e-4, label + " logits");
            var first = Enumerable.Range(0, logits.Length).OrderByDescending(tag => logits[tag]);
            var tags = recording.Value.GetProperty("top10").EnumerateArray().Select(tag => tag.GetProperty("index").GetInt32()).ToArray();
            Assert.Equal(tags, first.Take(tags.Length));
        }
    }
}
