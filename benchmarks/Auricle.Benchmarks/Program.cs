using Auricle.Audio;
using Auricle.Benchmarks;
using Auricle.Models;
using Auricle.Models.Systems.Conette;
using Auricle.Models.Tests.Conette;
using Auricle.Testing;
using Auricle.Torch;

// Usage: ./benchmarks/run [--threads N] [--rounds N] [--batch N] [--agreement | --captions | --decoders | --encoders [NAME...] | --products | --search [--most N] [--graph] | --serve | --spice | --tokenizers | --training [--steps N]]
// Times full-size CoNeTTE on clips of 10 s, beam 3, 20 steps: written plainly, and Auricle's in float32 and bfloat16, in turn
// in one process, so that a busy machine disturbs all alike; processor time does not count what other programs take.
// Batches of 1 and 8 unless one is named. --agreement compares the captions of both precisions instead. --captions times the
// caption metrics on Clotho's evaluation captions instead, --spice times SPICE, --encoders the encoders of sound and text beside
// the same networks written plainly and ONNX Runtime, --decoders the text decoders, --products the matrix products of layers,
// --search the sound index with 10^4 vectors and up to --most (10^6), with --graph its approximate graph too, --tokenizers the subword
// tokenizers on one thread, --serve [--seconds N] a server under sixteen clients;
// --training steps of training beside the same networks written plainly, what blocks that are computed twice save, and the memory of --steps (2,000) steps.
var threads = Number("--threads", Environment.ProcessorCount);
var rounds = Number("--rounds", 7);
if (args.Contains("--captions"))
{
    CaptionMetrics.Compare(Number("--rounds", 3));
    return;
}
if (args.Contains("--spice"))
{
    SpiceSpeed.Print(rounds);
    return;
}
if (args.Contains("--serve"))
{
    await ServeSpeed.PrintAsync(Number("--seconds", 120));
    return;
}
if (args.Contains("--tokenizers"))
{
    TokenizerSpeed.Print(rounds);
    return;
}
if (args.Contains("--search"))
{
    SearchSpeed.Print(rounds, Number("--most", 1_000_000), args.Contains("--graph"));
    return;
}
TorchRuntime.Threads = threads;
if (args.Contains("--products"))
{
    ProductSpeed.Print(rounds);
    return;
}
if (args.Contains("--encoders"))
{
    string[] names = [.. args.SkipWhile(arg => arg != "--encoders").Skip(1).TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal))];
    if (names.FirstOrDefault(name => !EncoderSpeed.Names.Contains(name)) is { } unknown)
    {
        Console.Error.WriteLine($"There is no encoder '{unknown}' to time; there are {string.Join(", ", EncoderSpeed.Names)}.");
        Environment.ExitCode = 2;
        return;
    }
    EncoderSpeed.Print(rounds, Number("--batch", 0) is > 0 and var size ? [size] : [1, 8], names);
    return;
}
if (args.Contains("--training"))
{
    TrainingSpeed.Print(rounds, Number("--steps", 2000));
    return;
}
var folder = Directory.CreateTempSubdirectory("auricle-benchmark-").FullName;
try
{
    HashFolder.Write(folder);
    using var exact = ConetteModel.Load(folder, new ModelLoadOptions { Precision = Precision.Float32 });
    using var coarse = ConetteModel.Load(folder, new ModelLoadOptions { Precision = Precision.BFloat16 });
    Console.WriteLine($"machine   {MachineName()}, {threads} threads of {Environment.ProcessorCount}");
    Console.WriteLine($"libtorch  {TorchRuntime.Version}, OPENBLAS_CORETYPE={Environment.GetEnvironmentVariable("OPENBLAS_CORETYPE") ?? "unset"}, OMP_WAIT_POLICY={Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "unset"}");
    if (args.Contains("--decoders"))
    {
        DecoderSpeed.PrintLlama(rounds);
        DecoderSpeed.PrintCacophony(rounds);
        DecoderSpeed.Print(folder, rounds);
        return;
    }
    if (args.Contains("--agreement"))
    {
        Agreement.Print(exact, coarse);
        return;
    }
    using var scope = TensorScope.Begin();
    var plain = new PlainConette(exact);
    var only = Number("--batch", 0);
    foreach (var batch in only > 0 ? new[] { only } : [1, 8])
        Compare(plain, exact, coarse, batch, rounds);
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static void Compare(PlainConette plain, ConetteModel exact, ConetteModel coarse, int batch, int rounds)
{
    const int Length = 20;
    var clips = Enumerable.Range(0, batch).Select(i => AudioClip.FromSamples(HashWeights.Signal($"clip{i}", 320000), 32000)).ToList();
    using var scope = TensorScope.Begin();
    var waves = Tensor.From<float>(clips.SelectMany(clip => clip.Samples).ToArray(), batch, 320000);
    var options = new ConetteOptions { MinLength = Length, MaxLength = Length };
    (string Name, Action Run)[] cases =
    [
        ("plain, float32", () => plain.Caption(waves, Length)),
        ("  of which log-mel", () => Scoped(() => plain.LogMel(waves))),
        ("Auricle, float32", () => exact.Caption(clips, options)),
        ("  of which log-mel", () => Scoped(() => exact.Encoder.Prepare(waves))),
        ("  log-mel and encoder", () => Scoped(() => exact.Encoder.Encode(exact.Encoder.Prepare(waves)))),
        ("Auricle, bfloat16", () => coarse.Caption(clips, options)),
        ("  log-mel and encoder", () => Scoped(() => coarse.Encoder.Encode(coarse.Encoder.Prepare(waves)))),
    ];
    // Without such products in hardware bfloat16 is emulated, a hundred times slower; auto never chooses it there.
    if (!PrecisionSupport.HasBFloat16)
        cases = cases[..^2];
    var times = Timing.InTurn(rounds, [.. cases.Select(item => item.Run)]);
    double Best(int i) => times[i].Min(time => time.Wall);
    double Work(int i) => times[i].Min(time => time.Processor);
    Console.WriteLine($"\nbatch {batch}, 10 s, beam {exact.Config.BeamSize}, {Length} steps       best   median   ratio      cpu   ratio");
    for (var i = 0; i < cases.Length; i++)
        Console.WriteLine($"{cases[i].Name,-32} {Best(i),8:f1} {times[i].Select(time => time.Wall).Order().ElementAt(rounds / 2),8:f1}   {Best(i) / Best(0),6:p0} {Work(i),8:f0}  {Work(i) / Work(0),6:p0}");
}

static void Scoped(Action action)
{
    using var scope = TensorScope.Begin();
    using var noGrad = NoGrad.Begin();
    action();
}

static string MachineName() =>
    File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";

int Number(string option, int fallback)
{
    var place = Array.IndexOf(args, option);
    return place >= 0 && place + 1 < args.Length ? int.Parse(args[place + 1], System.Globalization.CultureInfo.InvariantCulture) : fallback;
}
