using Auricle.Audio;
using Auricle.Models.Decoders.Rows;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Models.FrontEnds;
using Auricle.Models.Systems.Conette;
using Auricle.Testing;
using Auricle.Text;
using Auricle.Torch;

namespace Auricle.Models.Tests.Conette;

[Collection("tensors")]
[NoLeaks]
public sealed class BehaviourTests(HashModel shared)
{
    private static AudioClip Noise(string name, int samples, int rate = 32000) =>
        AudioClip.FromSamples(HashWeights.Signal(name, samples), rate);

    [Fact]
    public void Caption_ClipsOfDifferentLength_DoNotDependOnTheirBatch()
    {
        AudioClip[] clips = [Noise("a", 40000), Noise("b", 64000), Noise("c", 40000), Noise("d", 9000, 16000)];
        var together = shared.Model.Caption(clips);
        for (var i = 0; i < clips.Length; i++)
        {
            var alone = shared.Model.Caption([clips[i]])[0];
            Assert.Equal(alone.Tokens, together[i].Tokens);
            Assert.Equal(alone.LogProbability, together[i].LogProbability, 1e-4);
            Assert.True(TensorAssert.LargestDifference([.. alone.TagProbabilities], [.. together[i].TagProbabilities]) < 1e-5);
        }
    }

    [Fact]
    public void Caption_Twice_IsTheSame()
    {
        var clip = Noise("a", 48000);
        var first = shared.Model.Caption([clip])[0];
        var second = shared.Model.Caption([clip])[0];
        Assert.Equal(first.Tokens, second.Tokens);
        Assert.Equal(first.LogProbability, second.LogProbability, 1e-5);
        TensorAssert.Same([.. first.TagProbabilities], [.. second.TagProbabilities]);
    }

    [Fact]
    public void Caption_FromEightThreads_IsTheSameAsFromOne()
    {
        AudioClip[] clips = [.. Enumerable.Range(0, 8).Select(i => Noise($"thread{i}", 20000 + 3000 * i))];
        var expected = clips.Select(clip => shared.Model.Caption([clip])[0]).ToList();
        var found = Together.Run(clips.Length, i => shared.Model.Caption([clips[i]])[0]);
        for (var i = 0; i < found.Length; i++)
        {
            Assert.Equal(expected[i].Tokens, found[i].Tokens);
            Assert.Equal(expected[i].LogProbability, found[i].LogProbability, 1e-5);
            TensorAssert.Same([.. expected[i].TagProbabilities], [.. found[i].TagProbabilities]);
        }
    }

    [Fact]
    public void Caption_ClipOfTenSamples_IsPaddedOrRefused()
    {
        var clip = Noise("short", 10);
        Assert.NotEmpty(shared.Model.Caption([clip])[0].Caption);
        var error = Assert.Throws<ArgumentException>(() => shared.Model.Caption([clip], new ConetteOptions { Independent = false }));
        Assert.Contains("10 samples", error.Message, StringComparison.Ordinal);
        Assert.Contains("7360", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MinimumSamples_OfTheEncoder_GiveOneFrameAndLessDoNot()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var encoder = shared.Model.Encoder;
        Assert.Equal(1, encoder.Encode(encoder.Prepare(Tensor.Zeros([1, encoder.MinimumSamples]))).Frames.Size(1));
        Assert.Throws<TorchException>(() => encoder.Encode(encoder.Prepare(Tensor.Zeros([1, encoder.MinimumSamples - 1]))));
    }

    [Fact]
    public void Caption_UnknownTask_ListsTheKnownOnes()
    {
        var error = Assert.Throws<UnknownTaskException>(() => shared.Model.Caption([Noise("a", 8000)], new ConetteOptions { Tasks = ["esc50"] }));
        Assert.Contains(shared.Model.Tasks[0], error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => shared.Model.Caption([Noise("a", 8000)], new ConetteOptions { Tasks = [.. shared.Model.Tasks.Take(2)] }));
    }

    [Fact]
    public void Caption_NoClips_GivesNothing() => Assert.Empty(shared.Model.Caption([]));

    [Fact]
    public void Caption_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => shared.Model.Caption([Noise("a", 8000)], cancellationToken: source.Token));
    }

    [BFloat16Fact]
    public void Load_BFloat16_StaysCloseToFloat32()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var coarse = ConetteModel.Load(shared.Folder, new ModelLoadOptions { Precision = Precision.BFloat16 });
        var logMel = shared.Model.Encoder.Prepare(ConetteInputs.Waves(ConetteInputs.Formulas[0], shared.Model.Encoder.SampleRate));
        var exact = shared.Model.Encoder.Encode(logMel);
        var rounded = coarse.Encoder.Encode(logMel);
        var expected = exact.Frames.ToArray<float>();
        var size = Math.Sqrt(expected.Average(value => (double)value * value));
        Assert.InRange(TensorAssert.LargestDifference(expected, rounded.Frames.ToArray<float>()) / size, 1e-4, 0.06);
        Assert.True(TensorAssert.LargestDifference(exact.TagLogits!.Sigmoid().ToArray<float>(), rounded.TagLogits!.Sigmoid().ToArray<float>()) < 0.01);

        // The decoder alone: weights of 8 bits of mantissa where the processor has the rows' kernel, everything else exact.
        var memory = shared.Model.Project(exact.Frames, training: false);
        using var fine = shared.Model.Decoder.Begin(memory, null);
        using var narrow = coarse.Decoder.Begin(memory, null);
        int[] tokens = [.. Enumerable.Repeat(shared.Model.TaskToken(null), (int)memory.Size(0))];
        var logits = fine.Advance(tokens).ToArray();
        var difference = TensorAssert.LargestDifference(logits, narrow.Advance(tokens));
        Assert.InRange(difference, RowKernel.IsSupported ? 1e-3 : 0, 0.012 * logits.Max(Math.Abs));
    }

    [Fact]
    public void Encode_InTraining_GivesGradientsToEveryParameter()
    {
        using var scope = TensorScope.Begin();
        using var model = LoadingTests.Small(new ConvNextConfig
        {
            Depths = [1, 2],
            Widths = [8, 16],
            Tags = 2,
            DropPath = 0.1,
            LayerScale = 0.5,
            LogMel = new LogMelConfig { MelBands = 16, SampleRate = 16000, WindowLength = 256, HopLength = 128, MaximumFrequency = 7000 },
        });
        TorchRuntime.Seed(1);
        var waves = Tensor.From<float>(HashWeights.Signal("train", 4 * 8000), 4, 8000);
        var output = model.Encoder.Encode(model.Encoder.Prepare(waves), training: true);
        Loss(output, training: true).Backward();
        Assert.All(model.Weights.Entries.Where(weight => !weight.IsBuffer), weight => Assert.True(weight.Tensor.Grad?.Isfinite().All().ToDouble() == 1, weight.Name));

        // Without dropout the gradients are those that the loss shows.
        foreach (var weight in model.Weights.Entries.Where(weight => !weight.IsBuffer))
            weight.Tensor.Grad = null;
        var image = model.Encoder.Prepare(waves);
        GradientAssert.EqualsDifferences(model.Weights, () => Loss(model.Encoder.Encode(image), training: false));

        Tensor Loss(EncoderOutput output, bool training)
        {
            var captions = Tensor.From<long>([.. Enumerable.Range(0, 4).SelectMany(_ => new long[] { model.TaskToken(null), 4, 5, 2, 0 })], 4, 5);
            return model.ConetteLoss(new ConetteBatch(output.Frames, [.. Enumerable.Repeat(output.Frames.Size(1), 4)], captions), training: training)
                .Add(output.TagLogits!.BinaryCrossEntropyWithLogits(Tensor.Ones([4, 2])));
        }
    }

    [Fact]
    public void Encode_TrainableOrPacked_IsTheSame()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var trainable = ConetteModel.Load(shared.Folder, new ModelLoadOptions { Precision = Precision.Float32, IsTrainable = true });
        var logMel = shared.Model.Encoder.Prepare(ConetteInputs.Waves(ConetteInputs.Formulas[^1], shared.Model.Encoder.SampleRate));
        Assert.True(TensorAssert.LargestDifference(shared.Model.Encoder.Encode(logMel).Frames.ToArray<float>(), trainable.Encoder.Encode(logMel).Frames.ToArray<float>()) < 1e-5);
    }
}
