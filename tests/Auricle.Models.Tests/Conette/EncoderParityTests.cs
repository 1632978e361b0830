using Auricle.Models.Encoders.ConvNext;
using Auricle.Models.Systems.Conette;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests.Conette;

[Collection("tensors")]
[NoLeaks]
public sealed class EncoderParityTests(HashModel shared)
{
    public static TheoryData<string> Inputs => [.. HashModel.Json("features.json").EnumerateObject().Select(input => input.Name)];

    public static TheoryData<string> Formulas => [.. ConetteInputs.Formulas];

    public static TheoryData<string> Recordings => [.. HashModel.Json("features.json").EnumerateObject().Select(input => input.Name).Where(ConetteInputs.IsRecording)];

    [SharedTheory]
    [MemberData(nameof(Recordings))]
    public void Waves_Recording_MatchReference(string id) => Waves_EveryInput_MatchReference(id);

    [Theory]
    [MemberData(nameof(Formulas))]
    public void Waves_EveryInput_MatchReference(string id)
    {
        using var scope = TensorScope.Begin();
        var expected = HashModel.Tensors("features.safetensors");
        var waves = ConetteInputs.Waves(id, shared.Model.Encoder.SampleRate);
        Assert.Equal(HashModel.Json("features.json").GetProperty(id).GetProperty("resampled_shape").EnumerateArray().Select(size => size.GetInt64()), waves.Shape.ToArray());
        for (var clip = 0; expected.ContainsKey($"{id}.wave32k.{clip}.head"); clip++)
        {
            var samples = waves.Select(0, clip).ToArray<float>();
            foreach (var (part, start) in new[] { ("head", 0), ("mid", samples.Length / 2), ("tail", samples.Length - 256) })
            {
                var values = expected[$"{id}.wave32k.{clip}.{part}"].Floats();
                TensorAssert.Close(values, samples.AsSpan(start, values.Length), 2e-5, $"{part} of clip {clip}");
            }
        }
    }

    [SharedTheory]
    [MemberData(nameof(Recordings))]
    public void Encode_Recording_MatchesReferenceAtEveryStage(string id) => Encode_EveryInput_MatchesReferenceAtEveryStage(id);

    [Theory]
    [MemberData(nameof(Formulas))]
    public void Encode_EveryInput_MatchesReferenceAtEveryStage(string id)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var encoder = Assert.IsType<ConvNextEncoder>(shared.Model.Encoder);
        var expected = HashModel.Tensors("features.safetensors");
        var facts = HashModel.Json("features.json").GetProperty(id);
        var rows = facts.GetProperty("logmel_rows").EnumerateArray().Select(row => row.GetInt64()).ToArray();
        var waves = ConetteInputs.Waves(id, encoder.SampleRate);

        var power = encoder.Power(waves);
        var middle = expected[$"{id}.spec.row_mid"].Floats();
        TensorAssert.Close(middle, power.Select(1, power.Size(1) / 2).ToArray<float>(), 1e-3, "power", relative: 1e-4);
        var logMel = encoder.Prepare(waves);
        TensorAssert.Close(expected[$"{id}.logmel.rows"], Rows(logMel.Squeeze(1), 1, rows), 5e-3, "log-mel");
        TensorAssert.Close(expected[$"{id}.logmel.time_mean"], logMel.Squeeze(1).Mean([1]), 1e-3, "log-mel mean");

        var seen = new HashSet<string>();
        var output = encoder.Encode(logMel, training: false, (name, image) =>
        {
            seen.Add(name);
            if (name == "bn0")
            {
                TensorAssert.Close(expected[$"{id}.bn0.rows"], Rows(image.Squeeze(1), 1, rows), 1e-3, name);
                return;
            }
            if (!facts.TryGetProperty(name, out var stage))
                return;
            Assert.Equal(stage.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), image.Shape.ToArray());
            var slice = Rows(image.Slice(1, 0, image.Size(1), stage.GetProperty("c_step").GetInt64()), 2, [.. stage.GetProperty("h_rows").EnumerateArray().Select(row => row.GetInt64())]);
            TensorAssert.Close(expected[$"{id}.{name}.slice"], slice, 2e-4, name);
            TensorAssert.Close(expected[$"{id}.{name}.chan_mean"], image.Mean([2, 3]), 1e-4, $"{name} mean");
        });
        Assert.Superset(expected.Keys.Where(key => key.StartsWith($"{id}.", StringComparison.Ordinal) && key.EndsWith(".slice", StringComparison.Ordinal)).Select(key => key.Split('.')[1]).ToHashSet(), seen);
        TensorAssert.Close(expected[$"{id}.frame_embs"], output.Frames, 2e-4, "frames");
        TensorAssert.Close(expected[$"{id}.clip_probs"], output.TagLogits!.Sigmoid(), 1e-4, "tags");
        TensorAssert.Close(expected[$"{id}.proj"], shared.Model.Project(output.Frames, training: false).Transpose(1, 2), 2e-4, "projection");
    }

    [Theory]
    [MemberData(nameof(Inputs))]
    public void FramePadding_EveryInput_MatchesReference(string id)
    {
        using var scope = TensorScope.Begin();
        var counts = HashModel.Json("features.json").GetProperty(id).GetProperty("audio_shape").EnumerateArray().Select(row => row[1].GetInt64()).ToArray();
        var expected = Tensor.From(HashModel.Tensors("features.safetensors")[$"{id}.pad_mask"]);
        Assert.Equal(expected.ToArray<bool>(), ConetteModel.FramePadding(counts, expected.Size(1)).ToArray<bool>());
    }

    [SharedTheory]
    [MemberData(nameof(Recordings))]
    public void Caption_Recording_GivesReferenceTags(string id) => Caption_EveryInput_GivesReferenceTags(id);

    [Theory]
    [MemberData(nameof(Formulas))]
    public void Caption_EveryInput_GivesReferenceTags(string id)
    {
        var facts = HashModel.Json("tags.json").GetProperty(id);
        var results = shared.Model.Caption(
            ConetteInputs.Clips(id),
            new ConetteOptions { Independent = false, BeamSize = 1, MinLength = 0, MaxLength = 1, TagThreshold = facts.GetProperty("threshold").GetDouble() });
        for (var clip = 0; clip < results.Count; clip++)
        {
            var tags = results[clip].Tags.OrderBy(tag => tag.Index).ToList();
            Assert.Equal(facts.GetProperty("n")[clip].GetInt32(), tags.Count);
            Assert.Equal(facts.GetProperty("first_ids")[clip].EnumerateArray().Select(value => value.GetInt32()), tags.Take(12).Select(tag => tag.Index));
            Assert.Equal(facts.GetProperty("tags")[clip].EnumerateArray().Select(value => value.GetString()!), tags.Take(12).Select(tag => tag.Label));
        }
    }

    private static Tensor Rows(Tensor image, int dimension, long[] rows) =>
        image.IndexSelect(dimension, Tensor.From<long>(rows, rows.Length));
}
