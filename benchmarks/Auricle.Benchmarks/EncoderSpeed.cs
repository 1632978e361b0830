using Auricle.Models;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Encoders.Passt;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Tests;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Benchmarks;

/// <summary>
/// Times encoders at full size on clips of 10 s or texts of 12 tokens: beside the same networks written plainly on the same libtorch (NCHW
/// images, <c>linear</c>, float32), beside ONNX Runtime where the plain network can be written as a graph, and beside what a 3×3
/// convolution of images that lie channels last reaches in the same run, which is the machine's limit.
/// </summary>
internal static class EncoderSpeed
{
    private const int Seconds = 10;
    private const int Tokens = 12;

    private static readonly Dictionary<string, Action<int, int>> Subjects = new()
    {
        ["cnn14"] = (rounds, batch) => Sounds("CNN14", rounds, batch, Cnn14Work(), folds: true,
            (root, type) => new CnnEncoder(CnnConfig.Cnn14, root, type), output => output.TagLogits!,
            store => new TorchWriter(store) is var torch ? new PlainNetwork<Tensor>(torch, torch.Shapes, 1e-5).Cnn14 : null!,
            store => new OnnxNetwork(store, (writer, image) => new PlainNetwork<string>(writer, writer.Shapes, 1e-5).Cnn14(image))),
        ["mn04"] = (rounds, batch) => Sounds("MobileNetV3, mn04", rounds, batch, work: 0, folds: true,
            (root, type) => new MobileNetEncoder(MobileNetConfig.Mn04, root, type), output => output.TagLogits!,
            store => new TorchWriter(store) is var torch ? image => new PlainNetwork<Tensor>(torch, torch.Shapes, 1e-3).MobileNet(MobileNetConfig.Mn04, image) : null!,
            store => new OnnxNetwork(store, (writer, image) => new PlainNetwork<string>(writer, writer.Shapes, 1e-3).MobileNet(MobileNetConfig.Mn04, image))),
        ["passt-s16"] = (rounds, batch) => Passt("PaSST-S, stride 16", PasstConfig.Small, rounds, batch),
        ["passt-s10"] = (rounds, batch) => Passt("PaSST-S, stride 10", PasstConfig.SmallOverlapping, rounds, batch),
        ["htsat"] = (rounds, batch) => Sounds("HTS-AT", rounds, batch, HtsAtWork(new HtsAtConfig()), folds: false,
            (root, type) => new HtsAtEncoder(new HtsAtConfig { Tags = 0 }, root, type), output => output.Clip,
            store => image => new PlainTransformers(store, 1e-5).HtsAt(new HtsAtConfig(), image)),
        ["audiomae"] = (rounds, batch) => Sounds("Cacophony's AudioMAE", rounds, batch, AudioMaeWork(AudioMaeConfig.Jax), folds: false,
            (root, type) => new AudioMaeEncoder(AudioMaeConfig.Jax, root, type), output => output.Clip,
            store => image => new PlainTransformers(store, AudioMaeConfig.Jax.LayerNormEpsilon).AudioMae(AudioMaeConfig.Jax, image)),
        ["roberta-large"] = (rounds, batch) => Texts("RoBERTa-large", TextEncoderConfig.RobertaLarge, rounds, batch == 1 ? 1 : 4 * batch),
    };

    /// <summary>The encoders that can be timed.</summary>
    public static IEnumerable<string> Names => Subjects.Keys;

    /// <summary>Times some encoders, or all.</summary>
    public static void Print(int rounds, IReadOnlyList<int> batches, IReadOnlyList<string> names)
    {
        Console.WriteLine($"libtorch {TorchRuntime.Version}, ONNX Runtime {OnnxNetwork.Version}, {TorchRuntime.Threads} threads, best of {rounds}");
        foreach (var name in names.Count > 0 ? names : [.. Names])
        {
            foreach (var batch in batches)
                Subjects[name](rounds, batch);
        }
    }

    private static void Passt(string title, PasstConfig config, int rounds, int batch) => Sounds(
        title, rounds, batch, PasstWork(config), folds: false, (root, type) => new PasstEncoder(config, root, type), output => output.Clip,
        store => image => new PlainTransformers(store, 1e-6).Passt(config, image));

    private static void Sounds<T>(
        string title, int rounds, int batch, double work, bool folds, Func<Weights, DType, T> build, Func<EncoderOutput, Tensor> result,
        Func<WeightStore, Func<Tensor, Tensor>> plain, Func<WeightStore, OnnxNetwork>? graph = null) where T : IAudioEncoder, IDisposable
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var store = Store(build, DType.Float32, folds, out var exact);
        using var first = exact;
        var waves = Tensor.Rand([batch, Seconds * exact.SampleRate]).Sub(0.5);
        var image = exact.Prepare(waves);
        var compare = plain(store);
        var expected = compare(image).ToArray<float>();
        double Difference(float[] actual) => expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
        var differences = $"largest difference to the plain network {Difference(result(exact.Encode(image)).ToArray<float>()):g1} of its largest value";
        List<Case> cases =
        [
            new("plain", DType.Float32, () => compare(image)),
            new("Auricle", DType.Float32, () => exact.Encode(image)),
            new("Auricle, with front end", DType.Float32, () => exact.Encode(exact.Prepare(waves))),
        ];
        using var onnx = graph?.Invoke(store);
        if (onnx is not null)
        {
            var (pixels, shape) = (image.ToArray<float>(), image.Shape.ToArray());
            differences += $", of ONNX Runtime {Difference(onnx.Run(pixels, shape)):g1}";
            cases.Add(new("ONNX Runtime", DType.Float32, () => onnx.Run(pixels, shape)));
        }
        if (!PrecisionSupport.HasBFloat16)
        {
            Compare($"{title}, {batch} x {Seconds} s", differences, rounds, batch * work, batch * Seconds, cases);
            return;
        }
        using var coarseStore = Store(build, DType.BFloat16, folds, out var coarse);
        using var second = coarse;
        cases.Add(new("Auricle", DType.BFloat16, () => coarse.Encode(image)));
        cases.Add(new("Auricle, with front end", DType.BFloat16, () => coarse.Encode(coarse.Prepare(waves))));
        Compare($"{title}, {batch} x {Seconds} s", differences, rounds, batch * work, batch * Seconds, cases);
    }

    private static void Texts(string title, TextEncoderConfig config, int rounds, int count)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var store = Store((root, type) => new TextEncoder(config, root, type), DType.Float32, folds: false, out var exact);
        var ids = Tensor.From<long>([.. Enumerable.Range(0, count * Tokens).Select(i => 10 + (37L * i % 5000))], count, Tokens);
        var plain = new PlainTransformers(store, config.LayerNormEpsilon);
        var expected = plain.Text(config, ids);
        var difference = expected.Sub(exact.Forward(ids)).Abs().Amax([0, 1, 2]).ToDouble() / expected.Abs().Amax([0, 1, 2]).ToDouble();
        List<Case> cases = [new("plain", DType.Float32, () => plain.Text(config, ids)), new("Auricle", DType.Float32, () => exact.Forward(ids))];
        using var coarseStore = Store((root, type) => new TextEncoder(config, root, type), DType.BFloat16, folds: false, out var coarse);
        if (PrecisionSupport.HasBFloat16)
            cases.Add(new("Auricle", DType.BFloat16, () => coarse.Forward(ids)));
        double width = config.Width;
        var work = config.Layers * (2 * Tokens * width * (4 * width + 2 * config.FeedForwardWidth) + 4.0 * Tokens * Tokens * width);
        Compare($"{title}, {count} x {Tokens} tokens", $"largest difference to the plain network {difference:g1} of its largest value", rounds, count * work, 0, cases);
    }

    private static void Compare(string title, string differences, int rounds, double work, double seconds, List<Case> cases)
    {
        var types = cases.Select(item => item.Type).Distinct().ToList();
        var limits = types.ConvertAll(type => new Limit(type));
        cases.AddRange(types.Zip(limits, (type, limit) => new Case("3×3 convolution", type, limit.Run)));
        var times = Timing.InTurn(rounds, [.. cases.Select(item => Scoped(item.Run))]);
        double Best(int i) => times[i].Min(time => time.Wall);
        double Processor(int i) => times[i].Min(time => time.Processor);
        double LimitOf(DType type) => Limit.Operations / Best(cases.FindIndex(item => item.Type == type && item.Name == "3×3 convolution")) / 1e6;
        Console.WriteLine($"\n{title}{(work > 0 ? $", {work / 1e9:0} GFLOP" : "")}; {differences}");
        Console.WriteLine($"{"",-34} {"ms",7} {"x plain",8} {"cpu ms",8} {"x plain",8}{(work > 0 ? $" {"GFLOP/s",8} {"of limit",8}" : "")}{(seconds > 0 ? $" {"x real time",12}" : "")}");
        for (var i = 0; i < cases.Count; i++)
        {
            var isLimit = cases[i].Run.Target is Limit;
            var line = $"{$"{cases[i].Name}, {cases[i].Type}",-34} {Best(i),7:0.0} {(isLimit ? "" : $"{Best(0) / Best(i):0.00}"),8} {Processor(i),8:0.0} {(isLimit ? "" : $"{Processor(0) / Processor(i):0.00}"),8}";
            if (work > 0 || isLimit)
            {
                var speed = (isLimit ? Limit.Operations : work) / Best(i) / 1e6;
                line += $" {speed,8:0} {speed / LimitOf(cases[i].Type),8:p0}";
            }
            Console.WriteLine(line + (seconds > 0 && !isLimit ? $" {1000 * seconds / Best(i),12:0}" : ""));
        }
        limits.ForEach(limit => limit.Dispose());
    }

    /// <summary>A network with hash weights, as a checkpoint fills it.</summary>
    /// <param name="build">Makes it.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="folds">Whether it folds weights when it is built, so that they must be there before.</param>
    /// <param name="network">The network.</param>
    private static WeightStore Store<T>(Func<Weights, DType, T> build, DType type, bool folds, out T network)
    {
        if (!folds)
            return HashStore.Create(root => build(root, type), seed: 1, out network);
        var store = HashStore.Load(root => _ = build(root, type), Weight);
        network = build(store.Root, type);
        return store;
    }

    private static float[] Weight(string name, long[] shape)
    {
        // A quarter more keeps the signal alive through the layers, as in the fixtures.
        var values = HashWeights.Weight(name, shape);
        return shape.Length == 4 ? Array.ConvertAll(values, value => 1.25f * value) : values;
    }

    // Operations for a clip; what is left out is less than a hundredth.
    private static double Cnn14Work()
    {
        var (frames, bands, inputs, sum) = (CnnConfig.Cnn14.LogMel.Frames(Seconds * CnnConfig.Cnn14.SampleRate), 64L, 1L, 0.0);
        foreach (var width in CnnConfig.Cnn14.Widths)
        {
            sum += 2.0 * 9 * frames * bands * width * (inputs + width);
            (frames, bands, inputs) = (frames / 2, bands / 2, width);
        }
        return sum;
    }

    private static double PasstWork(PasstConfig config)
    {
        var columns = (config.WindowFrames - config.PatchSize) / config.Stride + 1;
        return BlockWork(2 + config.BandPositions * columns, config.PatchWidth, config.Layers, config.Expansion, config.PatchSize * config.PatchSize);
    }

    private static double AudioMaeWork(AudioMaeConfig config)
    {
        var columns = config.Mel.Frames(Seconds * config.SampleRate) / config.PatchSize;
        return BlockWork(columns * config.Rows, config.PatchWidth, config.Layers, config.Expansion, config.PatchSize * config.PatchSize);
    }

    private static double BlockWork(double tokens, double width, int layers, int expansion, int patch) =>
        layers * (2 * tokens * width * (4 + 2 * expansion) * width + 4 * tokens * tokens * width) + 2 * tokens * patch * width;

    private static double HtsAtWork(HtsAtConfig config)
    {
        var sum = 0.0;
        for (var stage = 0; stage < config.Depths.Count; stage++)
        {
            double side = config.ImageSize / config.PatchSize >> stage, width = config.PatchWidth << stage, tokens = side * side;
            sum += config.Depths[stage] * (2 * tokens * width * (4 + 2 * config.Expansion) * width + 4 * tokens * config.WindowSize * config.WindowSize * width);
            sum += stage < config.Depths.Count - 1 ? 2 * (tokens / 4) * (4 * width) * (2 * width) : 0;
        }
        return sum;
    }

    private static Action Scoped(Action action) => () =>
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        action();
    };

    /// <summary>Something to time.</summary>
    private sealed record Case(string Name, DType Type, Action Run);

    /// <summary>A convolution that keeps the processor at its limit.</summary>
    private sealed class Limit(DType type) : IDisposable
    {
        private const long Batch = 8, Channels = 256, Height = 62, Width = 16;

        private readonly Tensor _image = Image([Batch, Channels, Height, Width], type);
        private readonly Tensor _weight = Image([Channels, Channels, 3, 3], type);

        public const double Operations = 2.0 * 9 * Batch * Channels * Channels * Height * Width;

        public void Run() => _image.Conv2d(_weight, null, [1, 1], [1, 1]);

        public void Dispose()
        {
            _image.Dispose();
            _weight.Dispose();
        }

        private static Tensor Image(long[] shape, DType type)
        {
            using var scope = TensorScope.Begin();
            return scope.Keep(Tensor.Rand(shape).To(type).Contiguous(MemoryFormat.ChannelsLast));
        }
    }
}
