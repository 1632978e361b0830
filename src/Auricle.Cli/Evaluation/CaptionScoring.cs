using Auricle.Cli.Captions;
using Auricle.Cli.Outputs;
using Auricle.Evaluation;
using Auricle.Evaluation.Neural;

namespace Auricle.Cli.Evaluation;

/// <summary>One run of <c>auricle evaluate captions</c>.</summary>
internal sealed record CaptionScoring
{
    public required CaptionEvaluationOptions Options { get; init; }

    /// <summary>Whether to print an object instead of a table.</summary>
    public bool Json { get; init; }

    /// <summary>Where the scores of each clip go, if anywhere.</summary>
    public string? PerClip { get; init; }

    /// <summary>Where the page goes, if anywhere.</summary>
    public string? Report { get; init; }

    /// <summary>Where published models for FENSE, FER, BERTScore, CLAP-sim and MACE are found.</summary>
    public MetricModels Models { get; init; } = new();

    /// <summary>The folder of the clips' sounds, if any.</summary>
    public string? SoundsFolder { get; init; }

    /// <summary>What CLAP-sim and MACE compare captions with.</summary>
    public ClapMethod ClapMethod { get; init; }

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    public int Run(Terminal terminal, CancellationToken cancellationToken)
    {
        OutputPath.RefuseOverlap(
            [("-", "standard output"), (PerClip, "--per-clip"), (Report, "--report")],
            [Options.Candidates, Options.References, Options.Compare, Options.GivenScores, Options.MeteorParaphrases]);
        RefuseInput(terminal);
        CaptionReport report;
        using var models = new NeuralMetrics(
            Models, SoundsFolder is null ? null : new ClipSounds(SoundsFolder, CaptionProgress.ShowOn(terminal)), ClapMethod, cancellationToken);
        try
        {
            report = CaptionEvaluation.Run(Options with { Extend = models.AddTo }, cancellationToken);
        }
        catch (Exception error) when (error is CaptionFileException or UnknownMetricException or MetricInputException or FileNotFoundException)
        {
            throw CommandException.Usage(error is MetricInputException { Clip: { } clip } ? $"{error.Message} (clip {clip})" : error.Message, error);
        }
        catch (Exception error) when (error is MetricDataException or SpiceProgramException)
        {
            throw new CommandException(ExitCode.Failure, error.Message, error);
        }
        Warn(terminal, report);
        if (PerClip is not null)
            OutputPath.Write(PerClip, PerClipTable.Text(report), "--per-clip");
        if (Report is not null)
            OutputPath.Write(Report, ReportPage.Html(report), "--report");
        if (Json)
            terminal.Out.WriteLine(ReportJson.Text(report));
        else
            ScoreTable.Print(terminal, report);
        return ExitCode.Success;
    }

    private void RefuseInput(Terminal terminal)
    {
        var asked = new[] { Options.Candidates, Options.References, Options.Compare, Options.GivenScores }.Count(path => path == "-");
        if (asked > 1)
            throw CommandException.Usage("Standard input (-) can be read once only; name files for the rest.");
        if (asked == 1 && terminal.InIsClosed)
            throw CommandException.Usage("Standard input is closed, so that nothing can be read from it; name a file, or give it with < or a pipe.");
    }

    private static void Warn(Terminal terminal, CaptionReport report)
    {
        foreach (var metrics in report.LeftOut)
            terminal.Report($"Warning: {metrics.Sentence}");
        if (report.SpiceIsApproximate)
            terminal.Report("Note: spice, and what is made of it, is approximate: its captions were parsed by Auricle's own parser. Give the "
                + "original program's folder with --spice-program for published figures.");
        foreach (var system in report.Systems.Where(system => system.CandidatesOfAClip > 1 && system.Scores.All(score => score.Name != Spider.MaxName)))
        {
            terminal.Report($"Note: '{system.File}' has {system.CandidatesOfAClip} captions for every clip, and the first of each is scored; "
                + $"--metrics {Spider.MaxName} takes the best.");
        }
        foreach (var system in report.Systems)
        {
            var silent = report.Clips.Where((_, clip) => string.IsNullOrWhiteSpace(system.Candidates[clip])).ToList();
            if (silent.Count > 0)
            {
                terminal.Report($"Warning: '{system.File}' has an empty caption for {CaptionPairing.Names(silent)}, which scores next to nothing; check how it was made.");
            }
        }
    }
}

/// <summary>How captions are parsed for SPICE.</summary>
internal enum SpiceMode
{
    /// <summary>By Auricle's own parser, which only comes near the original's.</summary>
    Approximate,
    /// <summary>By the original program.</summary>
    Exact,
}
