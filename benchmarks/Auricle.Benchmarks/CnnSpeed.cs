using Auricle.Models;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Tests;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Benchmarks;

/// <summary>
/// Times audio encoders at full size on clips of 10 s, beside the same networks written plainly (NCHW images, batch norms by
/// themselves, float32) and beside what a 3×3 convolution of images that lie channels last reaches in the same run.
/// </summary>
internal static class CnnSpeed
{
    private const int Rate = 32000;
    private const int Seconds = 10;

    public static void Print(int rounds, IReadOnlyList<int> batches)
    {
        using var cnnStore = HashStore.Load(root => _ = new CnnEncoder(CnnConfig.Cnn14, root), Weight);
        var cnn = new CnnEncoder(CnnConfig.Cnn14, cnnStore.Root);
        using var mobileStore = HashStore.Load(root => _ = new MobileNetEncoder(MobileNetConfig.Mn04, root), Weight);
        var mobile = new MobileNetEncoder(MobileNetConfig.Mn04, mobileStore.Root);
        using var coarseStore = HashStore.Load(root => _ = new CnnEncoder(CnnConfig.Cnn14, root / "cnn"), Weight);
        var coarse = PrecisionSupport.HasBFloat16 ? new CnnEncoder(CnnConfig.Cnn14, coarseStore.Root / "cnn", DType.BFloat16) : null;
        using var smallStore = HashStore.Load(root => _ = new MobileNetEncoder(MobileNetConfig.Mn04, root), Weight);
        var small = PrecisionSupport.HasBFloat16 ? new MobileNetEncoder(MobileNetConfig.Mn04, smallStore.Root, DType.BFloat16) : null;
        Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, best of {rounds}");
        foreach (var batch in batches)
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var waves = Tensor.Rand([batch, Seconds * Rate]).Sub(0.5);
            var logMel = cnn.Prepare(waves);
            var image = mobile.Prepare(waves);
            var limit = new Limit(DType.Float32);
            var coarseLimit = new Limit(DType.BFloat16);
            var plainCnn = new PlainNetwork(cnnStore, 1e-5);
            var plainMobile = new PlainNetwork(mobileStore, 1e-3);
            var work = batch * CnnWork(Seconds * Rate);
            List<Case> cases =
            [
                new("3x3 convolution, float32", limit.Run, 0, Work: Limit.Operations),
                new("CNN14 plain", () => plainCnn.Cnn14(logMel), 1, Work: work),
                new("CNN14 float32", () => cnn.Encode(logMel), 1, 0, work),
                new("  with log-mel", () => cnn.Encode(cnn.Prepare(waves)), 1, 0, work),
                new("mn04 plain", () => plainMobile.MobileNet(MobileNetConfig.Mn04, image), 4),
                new("mn04 float32", () => mobile.Encode(image), 4),
                new("  of which log-mel", () => mobile.Prepare(waves), 4),
                new("  with log-mel", () => mobile.Encode(mobile.Prepare(waves)), 4),
            ];
            if (coarse is not null)
            {
                cases.Add(new("3x3 convolution, bfloat16", coarseLimit.Run, 8, Work: Limit.Operations));
                cases.Add(new("CNN14 bfloat16", () => coarse.Encode(logMel), 1, 8, work));
                cases.Add(new("mn04 bfloat16", () => small!.Encode(image), 4));
            }
            var times = Timing.InTurn(rounds, [.. cases.Select(item => Scoped(item.Run))]);
            double Best(int i) => times[i].Min(time => time.Wall);
            double Cpu(int i) => times[i].Min(time => time.Processor);
            Console.WriteLine($"\nbatch {batch}, {Seconds} s           best ms  x real time   x plain      cpu ms   x plain   GFLOP/s   of limit");
            for (var i = 0; i < cases.Count; i++)
            {
                var (item, speed) = (cases[i], cases[i].Work / Best(i) / 1e6);
                var limits = item.Limit >= 0 ? $"{speed / (cases[item.Limit].Work / Best(item.Limit) / 1e6),10:p0}" : "";
                Console.WriteLine(
                    $"{item.Name,-26} {Best(i),10:f1} {1000.0 * batch * Seconds / Best(i),12:f0} {Best(item.Plain) / Best(i),9:f2} {Cpu(i),11:f1} {Cpu(item.Plain) / Cpu(i),9:f2}"
                    + (item.Work > 0 ? $" {speed,9:f0} {limits}" : ""));
            }
        }
    }

    private static float[] Weight(string name, long[] shape)
    {
        // A quarter more keeps the signal alive through the layers, as in the fixtures.
        var values = HashWeights.Weight(name, shape);
        return shape.Length == 4 ? Array.ConvertAll(values, value => 1.25f * value) : values;
    }

    // Operations of CNN14's convolutions for a clip; the rest is less than a hundredth.
    private static double CnnWork(int samples)
    {
        var (frames, bands, inputs, sum) = (CnnConfig.Cnn14.LogMel.Frames(samples), 64L, 1L, 0.0);
        foreach (var width in CnnConfig.Cnn14.Widths)
        {
            sum += 2.0 * 9 * frames * bands * width * (inputs + width);
            (frames, bands, inputs) = (frames / 2, bands / 2, width);
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
    /// <param name="Name">What.</param>
    /// <param name="Run">Runs it once.</param>
    /// <param name="Plain">The case that it is compared with.</param>
    /// <param name="Limit">The case that tells what the machine can do; -1 for none.</param>
    /// <param name="Work">Floating-point operations; 0 where they are not counted.</param>
    private sealed record Case(string Name, Action Run, int Plain, int Limit = -1, double Work = 0);

    /// <summary>A convolution that keeps the processor at its limit.</summary>
    private sealed class Limit(DType type)
    {
        private const long Batch = 8, Channels = 256, Height = 62, Width = 16;

        private readonly Tensor _image = Tensor.Rand([Batch, Channels, Height, Width]).To(type).Contiguous(MemoryFormat.ChannelsLast);
        private readonly Tensor _weight = Tensor.Rand([Channels, Channels, 3, 3]).To(type).Contiguous(MemoryFormat.ChannelsLast);

        public const double Operations = 2.0 * 9 * Batch * Channels * Channels * Height * Width;

        public void Run() => _image.Conv2d(_weight, null, [1, 1], [1, 1]);
    }
}
