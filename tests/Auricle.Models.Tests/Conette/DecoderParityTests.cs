using Auricle.Models.Decoding;
using Auricle.Models.Systems.Conette;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests.Conette;

[Collection("tensors")]
[NoLeaks]
public sealed class DecoderParityTests(HashModel shared)
{
    public static TheoryData<string> Cases => [.. HashModel.Json("decoder.json").EnumerateArray().Select(entry => entry.GetProperty("id").GetString()!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_ForcedCaptions_MatchReferenceAtEveryLayer(string id)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var expected = HashModel.Tensors("decoder.safetensors");
        var batch = Batch(id);
        var inputs = batch.Captions.Narrow(1, 0, batch.Captions.Size(1) - 1);
        var memory = shared.Model.Project(batch.Frames, training: false);
        var padding = ConetteModel.FramePadding([.. batch.FrameCounts], batch.Frames.Size(1));
        var layers = 0;
        var logits = shared.Model.Decoder.Forward(shared.Model.EmbedTokens(inputs), inputs.Eq(0), memory, padding, training: false, (layer, output) =>
        {
            if (!expected.TryGetValue($"{id}.layer{layer}", out var values))
                return;
            layers++;
            TensorAssert.Close(values, output.Transpose(0, 1), 5e-4, $"layer {layer}");
        });
        Assert.Equal(expected.Keys.Count(key => key.StartsWith($"{id}.layer", StringComparison.Ordinal)), layers);
        TensorAssert.Close(expected[$"{id}.logits"], logits.Transpose(1, 2), 5e-4, "logits");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Losses_ForcedCaptions_MatchReference(string id)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var expected = HashModel.Tensors("decoder.safetensors");
        var batch = Batch(id);
        TensorAssert.Close(expected[$"{id}.val_loss"], shared.Model.CaptionLosses(batch), 1e-4, "validation loss");
        TensorAssert.Close(expected[$"{id}.train_loss_ls02"], shared.Model.ConetteLoss(batch, training: false, labelSmoothing: 0.2), 1e-4, "training loss");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Captions_Encoded_GiveReferenceTokens(string id)
    {
        using var scope = TensorScope.Begin();
        var entry = Entry(id);
        var expected = Tensor.From(HashModel.Tensors("decoder.safetensors")[$"{id}.caps"]);
        var rows = shared.Model.Tokenizer.EncodeBatch(
            [.. entry.GetProperty("captions").EnumerateArray().Select(caption => caption.GetString()!)], true, Text.UnknownTokenPolicy.UseUnknown, Text.CaptionPadding.Batch);
        for (var i = 0; i < rows.Length; i++)
            rows[i][0] = shared.Model.TaskToken(entry.GetProperty("tasks")[i].GetString());
        Assert.Equal(expected.ToArray<long>(), rows.SelectMany(row => row).Select(token => (long)token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    public void Advance_RowByRow_GivesLogitsOfWholeSequences(int rows)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        CompareSteps(shared.Model, rows);
    }

    [Fact]
    public void Advance_ModelInTraining_GivesLogitsOfWholeSequences()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var model = ConetteModel.Load(shared.Folder, new ModelLoadOptions { Precision = Precision.Float32, IsTrainable = true });
        CompareSteps(model, 3);
        CompareSteps(model, 1);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    [InlineData(true, 3)]
    public void BeamSearch_Cached_GivesTokensOfTheUncachedSearch(bool isTrainable, int beamSize)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var other = isTrainable ? ConetteModel.Load(shared.Folder, new ModelLoadOptions { Precision = Precision.Float32, IsTrainable = true }) : null;
        var model = other ?? shared.Model;
        const int Clips = 3;
        const int Frames = 12;
        var frames = Tensor.From<float>(HashWeights.Signal("search", Clips * Frames * model.Encoder.Width), Clips, Frames, model.Encoder.Width);
        var memory = model.Project(frames.Mul(4), training: false);
        var padding = ConetteModel.FramePadding([12, 7, 3], Frames);
        int[][] start = [.. Enumerable.Range(0, Clips).Select(clip => new[] { model.TaskToken(model.Tasks[clip % model.Tasks.Count]) })];
        var options = new DecodingOptions
        {
            Search = new BeamSearch { Size = beamSize },
            Filters = [new MinimumLength(3, Text.SpecialTokens.EndId), new NoRepetition(model.Tokenizer.ForbidRepetitionMask(Text.RepetitionMode.ContentWords))],
            EndToken = Text.SpecialTokens.EndId,
        };
        using var cached = model.Decoder.Begin(memory, padding);
        using var uncached = new UncachedDecoder(model.Decoder, memory, padding);
        var found = TextDecoding.Run(cached, start, options);
        var expected = TextDecoding.Run(uncached, start, options);
        for (var clip = 0; clip < Clips; clip++)
        {
            Assert.Equal(beamSize, found[clip].Texts.Count);
            for (var i = 0; i < beamSize; i++)
            {
                Assert.Equal(expected[clip].Texts[i].Place, found[clip].Texts[i].Place);
                Assert.Equal(expected[clip].Texts[i].Tokens, found[clip].Texts[i].Tokens);
                Assert.Equal(expected[clip].Texts[i].Score, found[clip].Texts[i].Score, 1e-4);
            }
        }
    }

    private static void CompareSteps(ConetteModel model, int rows)
    {
        const int Length = 7;
        var vocabulary = model.Tokenizer.Vocabulary.Count;
        var tokens = Enumerable.Range(0, rows * Length).Select(i => 4 + i * 37 % (vocabulary - 4)).ToArray();
        var frames = Tensor.From<float>(HashWeights.Signal("frames", rows * 9 * model.Encoder.Width), rows, 9, model.Encoder.Width);
        var memory = model.Project(frames, training: false);
        var padding = ConetteModel.FramePadding([.. Enumerable.Range(0, rows).Select(row => 9L - row)], 9);
        var whole = model.Logits(memory, padding, model.EmbedTokens(Tensor.From<int>(tokens, rows, Length).To(DType.Int64)), null, training: false);
        using var session = model.Decoder.Begin(memory, padding);
        for (var step = 0; step < Length; step++)
        {
            var logits = session.Advance([.. Enumerable.Range(0, rows).Select(row => tokens[row * Length + step])]);
            TensorAssert.Close(whole.Select(1, step).ToArray<float>(), logits, 5e-4, $"step {step}");
        }
    }

    private static System.Text.Json.JsonElement Entry(string id) =>
        HashModel.Json("decoder.json").EnumerateArray().First(entry => entry.GetProperty("id").GetString() == id);

    private static ConetteBatch Batch(string id)
    {
        var input = Entry(id).GetProperty("input").GetString()!;
        var frames = Tensor.From(HashModel.Tensors("features.safetensors")[$"{input}.frame_embs"]);
        var counts = HashModel.Json("features.json").GetProperty(input).GetProperty("audio_shape").EnumerateArray().Select(row => row[1].GetInt64()).ToArray();
        return new ConetteBatch(frames, counts, Tensor.From(HashModel.Tensors("decoder.safetensors")[$"{id}.caps"]));
    }
}
