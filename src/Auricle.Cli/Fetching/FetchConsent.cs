using Auricle.Models.Hub;

namespace Auricle.Cli.Fetching;

/// <summary>Says what fetching a model comes to, and asks for leave.</summary>
internal static class FetchConsent
{
    /// <summary>Leave for a command: given by <c>--yes</c>, asked for where a person can answer, else none.</summary>
    public static ModelFetching? Of(Terminal terminal, bool yes, CancellationToken cancellationToken) => !yes && !terminal.CanAsk ? null : new ModelFetching
    {
        Allows = plan => Allow(terminal, plan, yes),
        Progress = new FetchReport(terminal),
        CancellationToken = cancellationToken,
    };

    /// <summary>Says the sizes and licences of what is to be fetched.</summary>
    public static void Describe(Terminal terminal, FetchPlan plan)
    {
        foreach (var model in plan.Models)
        {
            var missing = model.Files.Where(file => !file.IsHere).ToList();
            var size = missing.Sum(file => file.Remote.Size ?? 0);
            var isKnown = missing.TrueForAll(file => file.Remote.Size is not null);
            terminal.Report($"{model.Name}: {(isKnown ? FetchReport.Size(size) : "size not known")}, licence of the weights: {model.License ?? "not stated"}, from {model.Origin}");
        }
    }

    private static bool Allow(Terminal terminal, FetchPlan plan, bool yes)
    {
        Describe(terminal, plan);
        if (yes)
            return true;
        terminal.Error.Write($"Fetch {(plan.IsSizeKnown ? FetchReport.Size(plan.Bytes) : "it")}? [y/N] ");
        return terminal.In.ReadLine()?.Trim().ToUpperInvariant() is "Y" or "YES";
    }
}
