using System.Text.Json;
using Auricle.Models.Encoders.Text;
using Auricle.Testing;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.TextEncoders;

/// <summary>Full-size encoders against the reference's numbers.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class EncoderParityTests
{
    private const double Tolerance = 2e-4;

    // Matrix products of another size sum in another order; the reference's own runs differ by up to 3e-6 in the first token.
    private const double PaddingTolerance = 3e-5;

    public static TheoryData<string, string, string> Variants => new()
    {
        { "bert", "bert_tiny", "tiny" },
        { "bert", "bert_mini", "mini" },
        { "bert", "bert_small", "small" },
        { "bert", "bert_medium", "medium" },
        { "bert", "bert_base", "base" },
        { "roberta", "distilroberta", "distilroberta_no_pooler" },
        { "roberta", "roberta_base", "roberta_base_with_pooler" },
        { "mpnet", "mpnet_base", "mpnet_base_with_pooler" },
    };

    // 1.4 GB of weights.
    public static TheoryData<string, string, string> LargeVariants => new() { { "roberta", "roberta_large", "roberta_large_no_pooler" } };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Forward_EveryVariant_EqualsTheReference(string folder, string name, string keys)
    {
        var expected = HashText.Fixture(folder, name);
        var inputs = FixtureInputs.Read(folder);
        using var store = HashText.Store(Config(name), HasPooler(keys), out var encoder, inputs.Seed);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var ids = Tensor.From(expected["input_ids"]);
        var mask = Tensor.From(expected["attention_mask"]);
        var seen = 0;
        var hidden = encoder.Forward(ids, mask, observe: (layer, output) =>
        {
            var place = layer < 0 ? "embeddings" : $"layer{layer}";
            if (expected.TryGetValue($"{place}.slice", out var slice))
            {
                var corner = output.Narrow(1, 0, slice.Shape[1]).Narrow(2, 0, slice.Shape[2]);
                TensorAssert.Close(slice, corner, layer < 0 ? 1e-4 : Tolerance, place);
                seen++;
            }
            if (expected.TryGetValue($"{place}.stats_f64", out var statistics))
                TensorAssert.Statistics(statistics, output, 1e-4, place);
        });
        Assert.Equal(expected.Keys.Count(key => key.EndsWith(".slice", StringComparison.Ordinal) && !key.StartsWith("position", StringComparison.Ordinal)), seen);

        TensorAssert.Close(expected["cls"], SentencePooling.FirstToken.Apply(hidden, mask), Tolerance, "first token");
        var mean = SentencePooling.Mean.Apply(hidden, mask);
        TensorAssert.Close(expected["mean"], mean, Tolerance, "mean");
        TensorAssert.Close(expected["mean_l2"], SentencePoolings.Normalise(mean), 1e-4, "normalised mean");
        if (expected.TryGetValue("pooler", out var pooled))
            TensorAssert.Close(pooled, encoder.Pool(hidden), Tolerance, "pooler");
        CheckAlone(encoder, ids, mask, hidden);
        CheckExtras(encoder, expected, inputs[name], ids, mask);
        Assert.Equal([inputs.Captions(name).Length, ids.Size(1), encoder.Width], hidden.Shape.ToArray());
    }

    [Theory]
    [Trait("Category", "Slow")]
    [MemberData(nameof(LargeVariants))]
    public void Forward_LargeVariant_EqualsTheReference(string folder, string name, string keys) => Forward_EveryVariant_EqualsTheReference(folder, name, keys);

    [Theory]
    [MemberData(nameof(Variants))]
    [MemberData(nameof(LargeVariants))]
    public void Parameters_EveryVariant_AreThoseOfTheCheckpoint(string folder, string name, string keys) => Assert.Equal(
        HashText.ExpectedKeys(folder, keys).Where(key => !key.StartsWith("embeddings.position_ids", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
        HashText.Shapes(Config(name), HasPooler(keys)).Select(entry => $"{entry.Name} [{string.Join(", ", entry.Shape)}]").Order(StringComparer.Ordinal));

    [SharedTheory]
    [MemberData(nameof(Variants))]
    [MemberData(nameof(LargeVariants))]
    public void EncodeBatch_Captions_GivesTheFixturesTokens(string folder, string name, string keys)
    {
        Assert.NotEmpty(keys);
        var expected = HashText.Fixture(folder, name);
        var inputs = FixtureInputs.Read(folder);
        var tokenizer = SubwordTokenizer.Load(Path.Combine(Fixtures.SharedRoot!, "tokenizers", folder == "bert" ? "bert-base-uncased" : folder));
        var isLongest = inputs[name, "padding"].GetString() == "longest";
        var batch = isLongest
            ? tokenizer.EncodeBatch(inputs.Captions(name))
            : tokenizer.EncodeBatch(inputs.Captions(name), inputs[name, "length"].GetInt32(), padToMaximum: true);
        Assert.Equal(inputs[name, "length"].GetInt32(), batch.Length);
        using var scope = TensorScope.Begin();
        Assert.Equal(Tensor.From(expected["input_ids"]).ToArray<long>(), batch.Ids);
        Assert.Equal(Tensor.From(expected["attention_mask"]).ToArray<long>(), batch.Mask);
        if (!inputs[name].TryGetProperty("pair", out var texts))
            return;
        var pair = tokenizer.Encode(texts.GetProperty("texts")[0].GetString()!, texts.GetProperty("texts")[1].GetString()!);
        Assert.Equal(Tensor.From(expected["pair.input_ids"]).ToArray<long>(), pair.Ids.Select(id => (long)id));
        Assert.Equal(Tensor.From(expected["pair.token_type_ids"]).ToArray<long>(), pair.Types.Select(type => (long)type));
    }

    [Fact]
    public void Bucket_EveryDistance_EqualsTheReference()
    {
        using var expected = Tensor.From(HashText.Fixture("mpnet", "mpnet_base")["relative_buckets"]);
        Assert.Equal(expected.ToArray<long>(), Enumerable.Range(-300, 601).Select(distance => (long)RelativePositions.Bucket(distance, TextEncoderConfig.MpnetBase.RelativeBuckets)));
    }

    // Every text by itself and without padding: the same vectors as in the batch.
    private static void CheckAlone(TextEncoder encoder, Tensor ids, Tensor mask, Tensor hidden)
    {
        for (var row = 0; row < ids.Size(0); row++)
        {
            var length = mask.Select(0, row).Sum().Item().ToInt64();
            var alone = encoder.Forward(ids.Narrow(0, row, 1).Narrow(1, 0, length));
            var difference = TensorAssert.LargestDifference(
                hidden.Narrow(0, row, 1).Narrow(1, 0, length).ToArray<float>(), alone.ToArray<float>());
            Assert.InRange(difference, 0, PaddingTolerance);
        }
    }

    private static void CheckExtras(TextEncoder encoder, IReadOnlyDictionary<string, StoredTensor> expected, JsonElement inputs, Tensor ids, Tensor mask)
    {
        if (expected.TryGetValue("position_ids", out var positions))
            Assert.Equal(Tensor.From(positions).ToArray<long>(), encoder.PositionIds(ids).ToArray<long>());
        if (expected.TryGetValue("unpadded.cls", out var unpadded))
        {
            var row = inputs.GetProperty("unpadded").GetProperty("row").GetInt64();
            var length = mask.Select(0, row).Sum().Item().ToInt64();
            TensorAssert.Close(unpadded, encoder.Forward(ids.Narrow(0, row, 1).Narrow(1, 0, length)).Select(1, 0), Tolerance, "unpadded");
        }
        if (expected.TryGetValue("pair.input_ids", out var pair))
        {
            var output = encoder.Forward(Tensor.From(pair), tokenTypes: Tensor.From(expected["pair.token_type_ids"]));
            TensorAssert.Close(expected["pair.pooler"], encoder.Pool(output), Tolerance, "pair");
        }
        if (expected.TryGetValue("position_bias.slice", out var bias))
            TensorAssert.Close(bias, encoder.RelativeBias(ids.Size(1))!.Narrow(1, 0, 3).Narrow(2, 0, 12).Narrow(3, 0, 12), 1e-5, "position bias");
        if (expected.TryGetValue("single.mean_l2", out var single))
        {
            var row = inputs.GetProperty("single").GetProperty("row").GetInt64();
            var length = mask.Select(0, row).Sum().Item().ToInt64();
            var alone = encoder.Forward(ids.Narrow(0, row, 1).Narrow(1, 0, length));
            var vector = SentencePoolings.Normalise(SentencePooling.Mean.Apply(alone, mask.Narrow(0, row, 1).Narrow(1, 0, length)));
            TensorAssert.Close(single, vector, 1e-4, "single");
        }
    }

    private static bool HasPooler(string keys) => !keys.EndsWith("_no_pooler", StringComparison.Ordinal);

    private static TextEncoderConfig Config(string name) => name switch
    {
        "bert_tiny" => TextEncoderConfig.BertTiny,
        "bert_mini" => TextEncoderConfig.BertMini,
        "bert_small" => TextEncoderConfig.BertSmall,
        "bert_medium" => TextEncoderConfig.BertMedium,
        "bert_base" => TextEncoderConfig.BertBase,
        "distilroberta" => TextEncoderConfig.DistilRoberta,
        "roberta_base" => TextEncoderConfig.RobertaBase,
        "roberta_large" => TextEncoderConfig.RobertaLarge,
        _ => TextEncoderConfig.MpnetBase,
    };
}
