using System.Diagnostics;
using Auricle.Models;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Systems.Conette;
using Auricle.Text;
using Auricle.Torch;
using Auricle.Torch.Optimisers;

namespace Auricle.Benchmarks;

/// <summary>
/// Times steps of training, the optimiser's included, beside the same networks written plainly on the same libtorch with the same
/// weights: CoNeTTE's decoder over given frames, and a CNN14 that is fine-tuned. Then takes many steps and looks whether memory grows. Before that, what
/// blocks that are computed twice save of memory, and what they cost, in an AudioMAE of the published size.
/// </summary>
internal static class TrainingSpeed
{
    private const double Rate = 1e-4;

    /// <summary>Times both, best of some rounds, and measures the memory of many steps.</summary>
    public static void Print(int rounds, int steps)
    {
        Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, best of {rounds}");
        Checkpoints(rounds);
        Decoder(rounds, steps);
        Cnn14(rounds);
    }

    // The first, since a process that has once held much memory keeps it, and the smaller one before the larger.
    private static void Checkpoints(int rounds)
    {
        const int Batch = 4;
        using var store = WeightStore.Initialise();
        using var encoder = new AudioMaeEncoder(new AudioMaeConfig(), store.Root);
        using var image = Tensor.Empty([Batch, 1, 1000, 128]).Own();
        image.NormalInPlace(0, 1);
        using var optimiser = new AdamW(store.Entries, new AdamWOptions());
        Action Steps(bool twice) => () =>
        {
            using var checkpointing = Checkpointing.Begin(twice);
            Step(optimiser, () => encoder.Encode(image, training: true).Clip.Square().Mean());
        };
        double Peak(Action step)
        {
            step();
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64 / 1e6;
        }
        var (peakTwice, peak) = (Peak(Steps(true)), Peak(Steps(false)));
        Compare($"AudioMAE, {Batch} clips of 10 s", rounds, ($"all kept, at most {peak:f0} MB", Steps(false)), ($"blocks computed twice, at most {peakTwice:f0} MB", Steps(true)));
    }

    // Published: frames of 10 s clips, captions of some 12 tokens, label smoothing 0.2.
    private static void Decoder(int rounds, int steps)
    {
        const int Batch = 64, Frames = 31, Length = 14;
        // As many words as Clotho's captions have.
        const int Words = 4369;
        using var model = ConetteModel.Create(new ConetteConfig(), CaptionTokenizer.Fit(Enumerable.Range(0, Words).Select(word => $"word{word}")));
        Weight[] trained = [.. model.Weights.Entries.Where(weight => !weight.Name.StartsWith("preprocessor.", StringComparison.Ordinal) && !weight.IsBuffer)];
        var random = new Random(1);
        using var frames = Tensor.From<float>([.. Enumerable.Range(0, Batch * Frames * model.Encoder.Width).Select(_ => random.NextSingle())], Batch, Frames, model.Encoder.Width).Own();
        using var captions = Tensor.From<long>([.. Enumerable.Range(0, Batch * (Length + 1)).Select(_ => (long)random.Next(4, Words))], Batch, Length + 1).Own();
        var batch = new ConetteBatch(frames, [.. Enumerable.Repeat((long)Frames, Batch)], captions);
        var plainNetwork = new PlainDecoder(model);
        using var own = new AdamW(trained, new AdamWOptions());
        using var plain = new PlainAdamW(trained);
        Compare($"CoNeTTE's decoder, batch {Batch}, {Length} tokens", rounds,
            ("plain", () => plain.Step(Rate, () => plainNetwork.Loss(frames, captions))),
            ("Auricle", () => Step(own, () => model.ConetteLoss(batch))));

        // A smaller batch, so that many steps take minutes.
        using var few = frames.Narrow(0, 0, 4).Contiguous().Own();
        using var fewCaptions = captions.Narrow(0, 0, 4).Contiguous().Own();
        var small = new ConetteBatch(few, [Frames, Frames, Frames, Frames], fewCaptions);
        Console.WriteLine($"\n{steps} steps of 4 captions: resident memory in MB after each tenth");
        for (var tenth = 1; tenth <= 10; tenth++)
        {
            for (var step = 0; step < steps / 10; step++)
                Step(own, () => model.ConetteLoss(small));
            Console.Write($"{Environment.WorkingSet / 1e6,8:f0}");
        }
        Console.WriteLine();
    }

    private static void Cnn14(int rounds)
    {
        const int Batch = 4, Frames = 1001;
        using var store = WeightStore.Initialise();
        var precise = new CnnEncoder(CnnConfig.Cnn14 with { BlockDropout = 0, HeadDropout = 0 }, store.Root);
        using var other = WeightStore.Initialise();
        var auto = PrecisionSupport.Resolve(Precision.Auto, Device.Cpu);
        var coarse = new CnnEncoder(CnnConfig.Cnn14 with { BlockDropout = 0, HeadDropout = 0 }, other.Root, auto);
        using var image = Tensor.Empty([Batch, 1, Frames, 64]).Own();
        image.NormalInPlace(-30, 20);
        using var targets = Tensor.Zeros([Batch, 527]).Own();
        var torch = new TorchWriter(store) { IsTraining = true };
        var network = new PlainNetwork<Tensor>(torch, torch.Shapes, 1e-5);
        using var own = new AdamW(store.Entries, new AdamWOptions());
        using var ownOther = new AdamW(other.Entries, new AdamWOptions());
        using var plain = new PlainAdamW(store.Entries);
        (string, Action)[] cases =
        [
            ("plain, float32", () => plain.Step(Rate, () => network.Cnn14(image).BinaryCrossEntropyWithLogits(targets))),
            ("Auricle, float32", () => Step(own, () => precise.Encode(image, training: true).TagLogits!.BinaryCrossEntropyWithLogits(targets))),
        ];
        if (auto == DType.BFloat16)
            cases = [.. cases, ("Auricle, bfloat16", () => Step(ownOther, () => coarse.Encode(image, training: true).TagLogits!.BinaryCrossEntropyWithLogits(targets)))];
        Compare($"CNN14, fine-tuned, {Batch} clips of 10 s", rounds, cases);
        precise.Dispose();
        coarse.Dispose();
    }

    private static void Step(AdamW optimiser, Func<Tensor> loss)
    {
        using (TensorScope.Begin())
            loss().Backward();
        optimiser.Step(Rate);
        optimiser.ZeroGrad();
    }

    private static void Compare(string title, int rounds, params (string Name, Action Run)[] cases)
    {
        var times = Timing.InTurn(rounds, [.. cases.Select(item => item.Run)]);
        double Best(int i) => times[i].Min(time => time.Wall);
        double Work(int i) => times[i].Min(time => time.Processor);
        Console.WriteLine($"\n{title,-44}   best  faster      cpu   less");
        for (var i = 0; i < cases.Length; i++)
            Console.WriteLine($"  {cases[i].Name,-40} {Best(i),8:f0}  {Best(0) / Best(i),5:f2}× {Work(i),8:f0}  {Work(0) / Work(i),5:f2}×");
    }

    /// <summary>CoNeTTE's projection and decoder as PyTorch's layers compute them: a linear layer for each of queries, keys and values.</summary>
    private sealed class PlainDecoder(ConetteModel model)
    {
        private readonly Dictionary<string, Tensor> _weights = model.Weights.Entries.ToDictionary(weight => weight.Name, weight => weight.Tensor);

        public Tensor Loss(Tensor frames, Tensor captions)
        {
            using var scope = TensorScope.Begin();
            var config = model.Config;
            var length = captions.Size(1) - 1;
            var memory = Linear(frames.Dropout(config.ProjectionDropout, true), "model.projection.2").Relu().Dropout(config.ProjectionDropout, true);
            var positions = Positions(length, config.Width);
            var x = _weights["model.decoder.emb_layer.weight"].Embedding(captions.Narrow(1, 0, length), 0).Mul(Math.Sqrt(config.Width)).Add(positions).Dropout(config.DecoderDropout, true);
            var future = Tensor.Full([length, length], double.NegativeInfinity, DType.Float32).Triu(1);
            for (var i = 0; i < config.DecoderLayers; i++)
            {
                var place = $"model.decoder.layers.{i}";
                x = Norm(x.Add(Drop(Attend(x, x, $"{place}.self_attn", future))), $"{place}.norm1");
                x = Norm(x.Add(Drop(Attend(x, memory, $"{place}.multihead_attn", null))), $"{place}.norm2");
                x = Norm(x.Add(Drop(Linear(Drop(Linear(x, $"{place}.linear1").Gelu()), $"{place}.linear2"))), $"{place}.norm3");
            }
            var logits = Linear(x, "model.decoder.classifier");
            return scope.Keep(logits.Reshape(-1, logits.Size(-1)).CrossEntropyLoss(captions.Narrow(1, 1, length).Reshape(-1), ignoreIndex: 0, labelSmoothing: config.LabelSmoothing));
        }

        private Tensor Attend(Tensor x, Tensor memory, string place, Tensor? mask)
        {
            var (heads, width) = (model.Config.Heads, model.Config.Width);
            var (weight, bias) = (_weights[$"{place}.in_proj_weight"], _weights[$"{place}.in_proj_bias"]);
            Tensor Part(Tensor input, int part) => input.Linear(weight.Narrow(0, part * width, width), bias.Narrow(0, part * width, width))
                .Reshape(input.Size(0), input.Size(1), heads, width / heads).Transpose(1, 2);
            var scores = Part(x, 0).Mul(1 / Math.Sqrt((double)width / heads)).Matmul(Part(memory, 1).Transpose(-2, -1));
            var mixed = Drop((mask is null ? scores : scores.Add(mask)).Softmax(-1)).Matmul(Part(memory, 2));
            return Linear(mixed.Transpose(1, 2).Reshape(x.Size(0), x.Size(1), width), $"{place}.out_proj");
        }

        private static Tensor Positions(long length, int width)
        {
            using var noGrad = NoGrad.Begin();
            var rates = Tensor.Arange(0, width, 2, DType.Float32).Mul(-Math.Log(10000) / width).Exp();
            var angles = Tensor.Arange(0, length, 1, DType.Float32).Unsqueeze(1).Mul(rates);
            return Tensor.Stack([angles.Sin(), angles.Cos()], -1).Reshape(length, width);
        }

        private Tensor Drop(Tensor x) => x.Dropout(model.Config.DecoderDropout, true);

        private Tensor Linear(Tensor x, string name) => x.Linear(_weights[name + ".weight"], _weights[name + ".bias"]);

        private Tensor Norm(Tensor x, string name) => x.LayerNorm([x.Size(-1)], _weights[name + ".weight"], _weights[name + ".bias"], 1e-5);
    }

    /// <summary>AdamW as its formulas are written, each result a new tensor.</summary>
    private sealed class PlainAdamW(IEnumerable<Weight> weights) : IDisposable
    {
        private readonly List<(Tensor Weight, Tensor First, Tensor Second)> _slots =
            [.. weights.Where(weight => !weight.IsBuffer).Select(weight => (weight.Tensor, Zeros(weight.Tensor), Zeros(weight.Tensor)))];
        private int _steps;

        public void Step(double rate, Func<Tensor> loss)
        {
            using (TensorScope.Begin())
                loss().Backward();
            _steps++;
            using var noGrad = NoGrad.Begin();
            foreach (var (weight, first, second) in _slots)
            {
                using var scope = TensorScope.Begin();
                if (weight.Grad is not { } gradient)
                    continue;
                first.CopyInPlace(first.Mul(0.9).Add(gradient.Mul(0.1)));
                second.CopyInPlace(second.Mul(0.999).Add(gradient.Square().Mul(0.001)));
                var step = first.Div(1 - Math.Pow(0.9, _steps)).Div(second.Div(1 - Math.Pow(0.999, _steps)).Sqrt().Add(1e-8));
                weight.CopyInPlace(weight.Mul(1 - rate * 0.01).Sub(step.Mul(rate)));
                weight.Grad = null;
            }
        }

        public void Dispose()
        {
            foreach (var (_, first, second) in _slots)
            {
                first.Dispose();
                second.Dispose();
            }
        }

        private static Tensor Zeros(Tensor tensor)
        {
            using var noGrad = NoGrad.Begin();
            return tensor.ZerosLike().Own();
        }
    }
}
