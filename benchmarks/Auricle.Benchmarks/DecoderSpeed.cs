using Auricle.Models;
using Auricle.Models.Decoders;
using Auricle.Models.Decoding;
using Auricle.Models.Systems.Conette;
using Auricle.Models.Tests;
using Auricle.Models.Tests.Conette;
using Auricle.Models.Tests.MiniAudioCaption;
using Auricle.Testing;
using Auricle.Text;
using Auricle.Torch;

namespace Auricle.Benchmarks;

/// <summary>Times the text decoders alone at full size: written plainly, with kept keys and values through libtorch, and row by row.</summary>
internal static class DecoderSpeed
{
    private const int Steps = 20;
    private const int Frames = 31; // ten seconds of CoNeTTE's encoder

    public static void Print(string folder, int rounds)
    {
        // Weights that may change are not packed for the rows' kernel, so steps go through libtorch.
        using var plain = ConetteModel.Load(folder, new ModelLoadOptions { Precision = Precision.Float32, IsTrainable = true });
        using var exact = ConetteModel.Load(folder, new ModelLoadOptions { Precision = Precision.Float32 });
        using var coarse = ConetteModel.Load(folder, new ModelLoadOptions { Precision = Precision.BFloat16 });
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var memory = exact.Project(Tensor.From<float>(HashWeights.Signal("memory", Frames * exact.Encoder.Width), 1, Frames, exact.Encoder.Width), training: false);
        foreach (var beam in new[] { 1, 3 })
        {
            var options = new DecodingOptions { Search = new BeamSearch { Size = beam }, Filters = [new MinimumLength(Steps, SpecialTokens.EndId)], MaximumLength = Steps };
            void Search(IStepModel steps)
            {
                using (steps)
                    TextDecoding.Run(steps, [[exact.TaskToken(null)]], options);
            }
            Compare($"CoNeTTE, beam {beam}, {Steps} steps", rounds,
                ("plain", () => Search(new UncachedDecoder(plain.Decoder, memory, null))),
                ("cached, through libtorch", () => Search(plain.Decoder.Begin(memory, null))),
                ("cached, rows, float32", () => Search(exact.Decoder.Begin(memory, null))),
                ("cached, rows, bfloat16", () => Search(coarse.Decoder.Begin(memory, null))));
        }
    }

    /// <summary>Thirty tokens of mini audio caption's decoder at full size, drawn from the likeliest two hundred.</summary>
    public static void PrintLlama(int rounds)
    {
        const int Tokens = 30;
        const int StartToken = 101;
        var file = Path.Combine(Path.GetTempPath(), $"auricle-llama-{Environment.ProcessId}.pth");
        try
        {
            HashLlama.WriteCheckpoint(file, new LlamaConfig());
            using var stored = HashLlama.Load(file);
            using var other = HashLlama.Load(file);
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var exact = new LlamaDecoder(new LlamaConfig(), stored.Root);
            var coarse = new LlamaDecoder(new LlamaConfig(), other.Root, DType.BFloat16);
            var latents = Tensor.From<float>(HashWeights.Signal("latent", exact.Config.LatentWidth), 1, 1, exact.Config.LatentWidth);
            foreach (var count in new[] { 1, 3 })
            {
                var options = new DecodingOptions { Search = new Sampling { Count = count, TopK = 200, Seed = 1 }, MaximumLength = Tokens };
                void Write(IStepModel steps)
                {
                    using (steps)
                        TextDecoding.Run(steps, [[StartToken]], options);
                }
                Compare($"mini audio caption, {count} x {Tokens} tokens", rounds,
                    ("plain, float32", () => Write(new UncachedLlama(exact, latents))),
                    ("cached, rows, float32", () => Write(exact.Begin(latents))),
                    ("cached, rows, bfloat16", () => Write(coarse.Begin(latents))));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Twenty tokens of Cacophony's decoder at full size over the patches of 10 s, the likeliest each.</summary>
    public static void PrintCacophony(int rounds)
    {
        const int StartToken = 0, EndToken = 2; // RoBERTa's
        const int Patches = 496;
        var config = new CocaConfig();
        CocaDecoder Build(Weights root, DType type) => new(config, root / "text_module", root / "decoder_module", type);
        // Rows are packed when a decoder is built, so the weights must be there.
        using var stored = HashStore.Load(root => _ = Build(root, DType.Float32), (name, shape) => HashWeights.Weight(name, shape));
        using var other = HashStore.Load(root => _ = Build(root, DType.BFloat16), (name, shape) => HashWeights.Weight(name, shape));
        var (exact, coarse) = (Build(stored.Root, DType.Float32), Build(other.Root, DType.BFloat16));
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var memory = Tensor.From<float>(HashWeights.Signal("memory", Patches * config.Width), 1, Patches, config.Width);
        var options = new DecodingOptions { Search = new BeamSearch { Size = 1 }, Filters = [new MinimumLength(Steps, EndToken)], MaximumLength = Steps };
        var found = new List<string>();
        void Write(IStepModel steps)
        {
            using (steps)
                found.Add(string.Join(' ', TextDecoding.Run(steps, [[StartToken]], options)[0].Texts[0].Tokens));
        }
        Compare($"Cacophony, {Steps} tokens", rounds,
            ("plain, float32", () => Write(new UncachedCoca(exact, memory))),
            ("cached, rows, float32", () => Write(exact.Begin(memory))),
            ("cached, rows, bfloat16", () => Write(coarse.Begin(memory))));
        var texts = found.Chunk(3).ToList();
        Console.WriteLine($"  tokens alike: float32 {(texts.All(text => text[0] == text[1]) ? "all" : "NOT all")}, bfloat16 {(texts.All(text => text[0] == text[2]) ? "all" : "not all")}");
    }

    /// <summary>Computes every prefix anew in every step.</summary>
    private sealed class UncachedCoca(CocaDecoder decoder, Tensor memory) : IStepModel
    {
        private readonly List<long> _tokens = [];

        public int VocabularySize => decoder.Config.VocabularySize;

        public Span<float> Advance(scoped ReadOnlySpan<int> tokens)
        {
            _tokens.Add(tokens[0]);
            using var scope = TensorScope.Begin();
            var ids = Tensor.From<long>([.. _tokens], 1, _tokens.Count);
            return decoder.Forward(decoder.EncodeText(ids), null, memory).Select(1, _tokens.Count - 1).ToArray<float>();
        }

        public void Rearrange(ReadOnlySpan<int> parents)
        {
        }

        public void Dispose()
        {
        }
    }

    private static void Compare(string title, int rounds, params (string Name, Action Run)[] cases)
    {
        var times = Timing.InTurn(rounds, [.. cases.Select(item => item.Run)]);
        double Best(int i) => times[i].Min(time => time.Wall);
        double Work(int i) => times[i].Min(time => time.Processor);
        Console.WriteLine($"\n{title,-34}     best   ratio      cpu   ratio");
        for (var i = 0; i < cases.Length; i++)
            Console.WriteLine($"  {cases[i].Name,-32} {Best(i),8:f1}  {Best(i) / Best(0),6:p0} {Work(i),8:f0}  {Work(i) / Work(0),6:p0}");
    }
}
