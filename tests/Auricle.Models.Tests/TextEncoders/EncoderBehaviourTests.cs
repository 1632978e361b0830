using Auricle.Models.Encoders.Text;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests.TextEncoders;

[NoLeaks]
[Collection("tensors")]
public sealed class EncoderBehaviourTests
{
    private static readonly long[] Ids = [2, 5, 6, 7, 3, 2, 8, 3, 0, 0];
    private static readonly long[] Mask = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];

    public static TheoryData<string> Kinds => ["bert", "roberta", "mpnet"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Backward_EveryKind_EqualsFiniteDifferences(string kind)
    {
        using var store = HashText.Store(Small(kind), hasPooler: true, out var encoder);
        GradientAssert.EqualsDifferences(store, () => Loss(encoder));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Forward_Depth_GivesTheOutputOfThatLayer(string kind)
    {
        using var store = HashText.Store(Small(kind), hasPooler: false, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var outputs = new List<float[]>();
        encoder.Forward(IdTensor(), MaskTensor(), observe: (_, output) => outputs.Add(output.ToArray<float>()));
        for (var depth = 0; depth < outputs.Count; depth++)
            TensorAssert.Same(outputs[depth], encoder.Forward(IdTensor(), MaskTensor(), depth: depth).ToArray<float>());
        var error = Assert.Throws<ArgumentException>(() => encoder.Forward(IdTensor(), depth: 3));
        Assert.Contains("no output of layer 3", error.Message, StringComparison.Ordinal);
    }

    [BFloat16Fact]
    public void Forward_BFloat16_StaysClose()
    {
        using var store = HashText.Store(TextEncoderConfig.BertTiny, hasPooler: false, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var shapes = WeightStore.Initialise();
        var rough = new TextEncoder(TextEncoderConfig.BertTiny, shapes.Root, DType.BFloat16);
        foreach (var (target, source) in shapes.Entries.Zip(store.Entries))
            target.Tensor.CopyInPlace(source.Tensor);
        var exact = encoder.Forward(IdTensor(), MaskTensor());
        var output = rough.Forward(IdTensor(), MaskTensor());
        Assert.Equal(DType.Float32, output.DType);
        Assert.InRange(TensorAssert.LargestDifference(exact.ToArray<float>(), output.ToArray<float>()), 1e-4, 0.035);
    }

    [Fact]
    public void Forward_Training_DropsValues()
    {
        using var store = HashText.Store(Small("bert"), hasPooler: false, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var kept = encoder.Forward(IdTensor(), MaskTensor()).ToArray<float>();
        TensorAssert.Same(kept, encoder.Forward(IdTensor(), MaskTensor()).ToArray<float>());
        Assert.True(TensorAssert.LargestDifference(kept, encoder.Forward(IdTensor(), MaskTensor(), training: true).ToArray<float>()) > 1e-3);
    }

    [Fact]
    public void Forward_TooManyTokens_SaysTheLimit()
    {
        using var store = HashText.Store(Small("roberta"), hasPooler: false, out var encoder);
        using var scope = TensorScope.Begin();
        var error = Assert.Throws<ArgumentException>(() => encoder.Forward(Tensor.Zeros([1, 16], DType.Int64)));
        Assert.Contains("16 tokens, but the encoder takes at most 15", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => encoder.Pool(Tensor.Zeros([1, 2, 16])));
    }

    [Theory]
    [InlineData(SentencePooling.FirstToken, new float[] { 1, -2 })]
    [InlineData(SentencePooling.Maximum, new float[] { 3, 4 })]
    [InlineData(SentencePooling.Mean, new float[] { 2, 1 })]
    [InlineData(SentencePooling.MeanOfRoot, new float[] { 2.8284271f, 1.4142135f })]
    [InlineData(SentencePooling.FirstToken | SentencePooling.Mean, new float[] { 1, -2, 2, 1 })]
    public void Apply_TwoTokensAndPadding_LeavesPaddingOut(SentencePooling pooling, float[] expected)
    {
        using var scope = TensorScope.Begin();
        var hidden = Tensor.From<float>([1, -2, 3, 4, 100, 100], 1, 3, 2);
        TensorAssert.Close(expected, pooling.Apply(hidden, Tensor.From<long>([1, 1, 0], 1, 3)).ToArray<float>(), 1e-6);
    }

    private static Tensor IdTensor() => Tensor.From<long>(Ids, 2, 5);

    private static Tensor MaskTensor() => Tensor.From<long>(Mask, 2, 5);

    // Weighs all vectors of tokens, and the pooled ones, with fixed numbers.
    private static Tensor Loss(TextEncoder encoder)
    {
        var hidden = encoder.Forward(IdTensor(), MaskTensor());
        var weights = Tensor.From<float>(HashWeights.Signal("loss", 2 * 5 * encoder.Width), 2, 5, encoder.Width).Mul(MaskTensor().Unsqueeze(-1));
        return hidden.Mul(weights).Sum().Add(encoder.Pool(hidden).Sum());
    }

    private static TextEncoderConfig Small(string kind) => new()
    {
        ModelType = kind,
        VocabularySize = 12,
        Width = 16,
        Layers = 2,
        Heads = 2,
        FeedForwardWidth = 32,
        Positions = 16,
        TokenTypes = kind == "mpnet" ? 0 : 1,
        HiddenDropout = 0.1,
        LayerNormEpsilon = 1e-5,
    };
}
