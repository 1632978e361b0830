using System.CommandLine;
using Auricle.Cli.Diagnostics;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle doctor</c>: says whether captioning works here, and how to make it work or make it fast.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("doctor", "Shows versions, libraries and models, and one line with the remedy for each problem.");
        command.SetAction(_ => Print(terminal, Doctor.Examine()));
        return command;
    }

    /// <summary>Prints findings and then their problems.</summary>
    /// <returns>The exit code: a failure where nothing can be captioned.</returns>
    public static int Print(Terminal terminal, IReadOnlyList<Finding> findings)
    {
        terminal.WritePairs([.. findings.Select(finding => (finding.Subject, finding.Value))]);
        var problems = findings.Where(finding => finding.Problem is not null).ToList();
        terminal.Out.WriteLine();
        if (problems.Count == 0)
            terminal.Out.WriteLine("No problems found.");
        foreach (var finding in problems)
            terminal.Say($"{(finding.PreventsCaptioning ? "Error" : "Warning")}: {finding.Problem}");
        return problems.Exists(finding => finding.PreventsCaptioning) ? ExitCode.Failure : ExitCode.Success;
    }
}
