using System.Text.Json;
using Auricle.Cli.Captions;
using Auricle.Cli.Outputs;
using Auricle.Evaluation;
using Auricle.Evaluation.Neural;
using Auricle.Models.Roles;
using Auricle.Torch;

namespace Auricle.Cli.Evaluation;

/// <summary>One run of <c>auricle hear</c>: which tasks and models, and where results go.</summary>
internal sealed record HearJob
{
    public const string DefaultFolder = "hear-results";

    /// <summary>The folder of tasks.</summary>
    public required string Tasks { get; init; }

    /// <summary>Beginnings of the names of the only tasks that are run; none for all.</summary>
    public required IReadOnlyList<string> Only { get; init; }

    public required IReadOnlyList<string> Models { get; init; }

    public required AudioModelOptions Loading { get; init; }

    public required HearOptions Options { get; init; }

    /// <summary>The folder of results.</summary>
    public required string Output { get; init; }

    public bool Json { get; init; }

    /// <summary>Does the work. What cannot be run is said and left out; the rest goes on.</summary>
    /// <returns>The exit code.</returns>
    public int Run(Terminal terminal, CancellationToken cancellationToken)
    {
        var failures = 0;
        var tasks = new List<HearTask>();
        foreach (var folder in Chosen())
        {
            if (Attempt(() => HearTask.Load(folder)) is { } task)
                tasks.Add(task);
        }
        var results = new List<HearResult>();
        foreach (var name in tasks.Count == 0 ? [] : Models.Distinct())
        {
            if (Attempt(() => Open(name)) is not { } opened)
                continue;
            using var owner = opened.Owner;
            foreach (var task in tasks)
            {
                if (Attempt(() => RunOne(terminal, task, opened.Encoder, cancellationToken)) is not { } result)
                    continue;
                results.Add(result);
                foreach (var warning in result.Warnings)
                    terminal.Report($"Warning: {warning}");
                HearTable.Write(Output, results);
            }
        }
        if (Json)
            terminal.Out.WriteLine(JsonSerializer.Serialize(results, HearJson.Default.IReadOnlyListHearResult));
        else if (results.Count > 0)
            HearTable.Print(terminal, results);
        return failures == 0 ? ExitCode.Success : ExitCode.Failure;

        T? Attempt<T>(Func<T> work) where T : class
        {
            try
            {
                return work();
            }
            catch (AuricleException error)
            {
                failures++;
                terminal.Report(error.Message);
                return null;
            }
        }
    }

    private IReadOnlyList<string> Chosen()
    {
        var found = HearTask.Find(Tasks);
        if (Only.FirstOrDefault(name => !found.Any(folder => Is(folder, name))) is { } unknown)
            throw CommandException.Usage(Mistakes.Unknown("task", unknown, found.Select(folder => Path.GetFileName(folder))));
        return Only.Count == 0 ? found : [.. found.Where(folder => Only.Any(name => Is(folder, name)))];

        static bool Is(string folder, string name) => Path.GetFileName(folder).StartsWith(name, StringComparison.Ordinal);
    }

    private OpenedEncoder Open(string name)
    {
        if (name == LogMelStatistics.ModelName)
        {
            TorchRuntime.Threads = Loading.Threads ?? ProcessorInfo.PhysicalCores;
            var floor = new LogMelStatistics();
            return new OpenedEncoder(floor, floor);
        }
        var model = AudioModel.Load(name, Loading);
        try
        {
            var isOnProcessor = Device.Choose(Loading.Device).Type == DeviceType.Cpu;
            return new OpenedEncoder(new ModelHearEncoder(model.Source.Name, $"{model.Fingerprint} {Loading.Precision} {isOnProcessor}", model.As<IAudioEmbedder>(), isOnProcessor), model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private HearResult RunOne(Terminal terminal, HearTask task, IHearEncoder encoder, CancellationToken cancellationToken)
    {
        HearResult? result = null;
        CaptionProgress.Run(terminal, terminal.ErrorIsScreen, 100, bar =>
            result = new HearBenchmark(Output, Options with { Device = Device.Choose(Loading.Device) }, new Shares(bar)).Run(task, encoder, cancellationToken));
        return result!;
    }

    private sealed record OpenedEncoder(IHearEncoder Encoder, IDisposable Owner);

    /// <summary>Shows hearing as the first half of the work and training as the second.</summary>
    private sealed class Shares(CaptionProgress bar) : IProgress<HearProgress>
    {
        public void Report(HearProgress value)
        {
            lock (bar)
                bar.Show(50.0 * value.Done / value.Total + (value.Stage == "trained" ? 50 : 0));
        }
    }
}
