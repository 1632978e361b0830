using Auricle.Models;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Benchmarks;

/// <summary>Times the encoders of MS-CLAP 2023 at full size, with random weights: HTS-AT on clips of 7 s, GPT-2 on texts of 16 tokens.</summary>
internal static class ClapSpeed
{
    private const int Samples = 308_700;
    private const int Texts = 32;
    private const int Tokens = 16;

    public static void Print(int rounds)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var wave = Tensor.Rand([1, Samples]).Sub(0.5);
        var waves = Tensor.Rand([8, Samples]).Sub(0.5);
        var ids = Tensor.From<long>([.. Enumerable.Range(0, Texts * Tokens).Select(i => (long)(37 * i % 5000))], Texts, Tokens);
        var stores = new List<WeightStore>();
        var cases = new List<(string Name, Action Run)>();
        foreach (var type in PrecisionSupport.HasBFloat16 ? new[] { DType.Float32, DType.BFloat16 } : [DType.Float32])
        {
            // A store that loads, so that matrices are converted once, as those of a model that only predicts.
            var store = WeightStore.Load(new Dictionary<string, StoredTensor>());
            stores.Add(store);
            var audio = new HtsAtEncoder(new HtsAtConfig(), store.Root / "audio", type);
            var text = new GptEncoder(new GptConfig(), store.Root / "text", type);
            foreach (var weight in store.Entries)
                weight.Tensor.UniformInPlace(weight.IsBuffer ? 1 : -0.05, weight.IsBuffer ? 2 : 0.05);
            cases.Add(($"one clip, {type}", Scoped(() => audio.Encode(audio.Prepare(wave)))));
            cases.Add(($"eight clips, {type}", Scoped(() => audio.Encode(audio.Prepare(waves)))));
            cases.Add(($"{Texts} texts, {type}", Scoped(() => text.Forward(ids))));
        }
        var best = Timing.InTurn(rounds, [.. cases.Select(item => item.Run)]).Select(times => times.Min(time => time.Wall)).ToArray();
        Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, best of {rounds}");
        for (var i = 0; i < cases.Count; i++)
            Console.WriteLine($"{cases[i].Name,-24} {best[i],7:0} ms  {100 * best[i] / best[i % 3],4:0} % of float32");
        stores.ForEach(store => store.Dispose());
    }

    private static Action Scoped(Action action) => () =>
    {
        using var scope = TensorScope.Begin();
        action();
    };
}
