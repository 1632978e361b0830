using Auricle.Models;
using Auricle.Models.Encoders.Passt;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Benchmarks;

/// <summary>
/// Times PaSST-S on clips of 10 s, with random weights, beside the same network written plainly and beside what the machine can do at
/// best: a 3×3 convolution of an image that lies channels last.
/// </summary>
internal static class PasstSpeed
{
    private const int Samples = 320_000;

    public static void Print(int rounds, int batch)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, best of {rounds}, {batch} clip(s) of 10 s, front end included but for 'network'");
        foreach (var (name, config) in new[] { ("stride 16", PasstConfig.Small), ("stride 10", PasstConfig.SmallOverlapping) })
            Compare(name, config, rounds, batch);
    }

    private static void Compare(string name, PasstConfig config, int rounds, int batch)
    {
        using var scope = TensorScope.Begin();
        var waves = Tensor.Rand([batch, Samples]).Sub(0.5);
        // Stores that load, so that matrices are converted once, as those of a model that only predicts.
        using var store = WeightStore.Load(new Dictionary<string, StoredTensor>());
        using var exact = new PasstEncoder(config, store.Root);
        using var coarseStore = WeightStore.Load(new Dictionary<string, StoredTensor>());
        using var coarse = new PasstEncoder(config, coarseStore.Root, DType.BFloat16);
        foreach (var (weight, twin) in store.Entries.Zip(coarseStore.Entries))
        {
            weight.Tensor.UniformInPlace(-0.05, 0.05);
            twin.Tensor.CopyInPlace(weight.Tensor);
        }
        var plain = new PlainPasst(config, store);
        var image = exact.Prepare(waves);
        var difference = exact.Encode(image).Clip.Sub(plain.Encode(image)).Abs().Amax([0, 1]).ToDouble();
        var (work, limit) = (batch * Work(config), 0.0);
        var limits = new Dictionary<DType, double>();
        List<(string Name, DType Type, Action Run)> cases =
        [
            ("plain, network", DType.Float32, () => plain.Encode(image)),
            ("Auricle, network", DType.Float32, () => exact.Encode(image)),
            ("plain", DType.Float32, () => plain.Encode(exact.Prepare(waves))),
            ("Auricle", DType.Float32, () => exact.Encode(exact.Prepare(waves))),
            ("3×3 convolution", DType.Float32, Convolution(DType.Float32, out limit)),
        ];
        // Without such products in hardware bfloat16 is emulated, a hundred times slower; auto never chooses it there.
        if (PrecisionSupport.HasBFloat16)
        {
            cases.Add(("Auricle, network", DType.BFloat16, () => coarse.Encode(image)));
            cases.Add(("Auricle", DType.BFloat16, () => coarse.Encode(coarse.Prepare(waves))));
            cases.Add(("3×3 convolution", DType.BFloat16, Convolution(DType.BFloat16, out _)));
        }
        var times = Timing.InTurn(rounds, [.. cases.Select(item => Scoped(item.Run))]);
        var best = times.Select(list => list.Min(time => time.Wall)).ToArray();
        var processor = times.Select(list => list.Min(time => time.Processor)).ToArray();
        for (var i = 0; i < cases.Count; i++)
        {
            if (cases[i].Name == "3×3 convolution")
                limits[cases[i].Type] = limit / best[i];
        }
        Console.WriteLine($"\nPaSST-S, {name}: {work / 1e9:0} GFLOP, largest difference to the plain network {difference:g2}");
        for (var i = 0; i < cases.Count; i++)
        {
            var (what, type, _) = cases[i];
            var plainOne = what.EndsWith("network", StringComparison.Ordinal) ? 0 : 2;
            var speed = (what == "3×3 convolution" ? limit : work) / best[i];
            // Processor time does not count what other programs take.
            var ratio = what == "3×3 convolution" ? "" : $"{best[plainOne] / best[i],5:0.00} × the plain one ({processor[plainOne] / processor[i]:0.00} by processor time), ";
            Console.WriteLine($"{$"{what}, {type}",-28} {best[i],7:0} ms  {ratio,-49}{speed / 1e6,5:0} GFLOP/s, {speed / limits[type],4:p0} of the machine's limit");
        }
    }

    /// <summary>Operations of the network on a clip of 10 s.</summary>
    private static double Work(PasstConfig config)
    {
        var columns = (config.WindowFrames - config.PatchSize) / config.Stride + 1;
        double tokens = 2 + config.BandPositions * columns;
        double width = config.PatchWidth;
        var layer = 2 * tokens * width * (4 + 2 * config.Expansion) * width + 4 * tokens * tokens * width;
        return config.Layers * layer + 2 * tokens * config.PatchSize * config.PatchSize * width;
    }

    private static Action Convolution(DType type, out double work)
    {
        const int Channels = 256, Side = 64, Images = 4, Kernel = 3;
        var image = Tensor.Rand([Images, Channels, Side, Side]).To(type).Contiguous(MemoryFormat.ChannelsLast);
        var weight = Tensor.Rand([Channels, Channels, Kernel, Kernel]).To(type).Contiguous(MemoryFormat.ChannelsLast);
        work = 2.0 * Images * Side * Side * Channels * Channels * Kernel * Kernel;
        return () => image.Conv2d(weight, null, [1], [1]);
    }

    private static Action Scoped(Action action) => () =>
    {
        using var scope = TensorScope.Begin();
        action();
    };

    /// <summary>PaSST as the reference writes it: a convolution cuts patches, images in NCHW order, every layer a function of its own.</summary>
    private sealed class PlainPasst(PasstConfig config, WeightStore store)
    {
        private readonly Dictionary<string, Tensor> _weights = store.Entries.ToDictionary(weight => weight.Name, weight => weight.Tensor);

        /// <param name="image">[batch, 1, bands, frames].</param>
        /// <returns>[batch, width].</returns>
        public Tensor Encode(Tensor image)
        {
            using var scope = TensorScope.Begin();
            var x = image.Conv2d(Weight("patch_embed.proj.weight"), Weight("patch_embed.proj.bias"), [config.Stride]);
            x = x.Add(Weight("time_new_pos_embed").Narrow(3, 0, x.Size(3))).Add(Weight("freq_new_pos_embed"));
            x = x.Flatten(2).Transpose(1, 2);
            var places = Weight("new_pos_embed");
            var cls = Weight("cls_token").Expand([image.Size(0), 1, config.PatchWidth]).Add(places.Narrow(1, 0, 1));
            var dist = Weight("dist_token").Expand([image.Size(0), 1, config.PatchWidth]).Add(places.Narrow(1, 1, 1));
            x = Tensor.Cat([cls, dist, x], 1);
            for (var i = 0; i < config.Layers; i++)
                x = Block(x, $"blocks.{i}");
            x = Norm(x, "norm");
            return scope.Keep(x.Select(1, 0).Add(x.Select(1, 1)).Div(2));
        }

        private Tensor Block(Tensor x, string name)
        {
            using var scope = TensorScope.Begin();
            x = x.Add(Attend(Norm(x, $"{name}.norm1"), $"{name}.attn"));
            return scope.Keep(x.Add(Linear(Linear(Norm(x, $"{name}.norm2"), $"{name}.mlp.fc1").Gelu(), $"{name}.mlp.fc2")));
        }

        private Tensor Attend(Tensor x, string name)
        {
            var (batch, tokens) = (x.Size(0), x.Size(1));
            var parts = Linear(x, $"{name}.qkv").Reshape(batch, tokens, 3, config.Heads, config.PatchWidth / config.Heads).Permute(2, 0, 3, 1, 4).Unbind();
            var scores = parts[0].Matmul(parts[1].Transpose(-2, -1)).Mul(1 / Math.Sqrt(config.PatchWidth / config.Heads)).Softmax(-1);
            return Linear(scores.Matmul(parts[2]).Transpose(1, 2).Reshape(batch, tokens, config.PatchWidth), $"{name}.proj");
        }

        private Tensor Linear(Tensor x, string name) => x.Linear(Weight(name + ".weight"), Weight(name + ".bias"));

        private Tensor Norm(Tensor x, string name) => x.LayerNorm([config.PatchWidth], Weight(name + ".weight"), Weight(name + ".bias"), 1e-6);

        private Tensor Weight(string name) => _weights[name];
    }
}
