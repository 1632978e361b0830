namespace Auricle.Evaluation;

/// <summary>Scores the captions of a system against references, both from files: what <c>auricle evaluate captions</c> does.</summary>
public static class CaptionEvaluation
{
    /// <summary>Does the work.</summary>
    /// <exception cref="CaptionFileException">A file cannot be used as it is.</exception>
    /// <exception cref="UnknownMetricException">A metric or preset is not known.</exception>
    /// <exception cref="MetricInputException">A metric that was asked for by name cannot run, or none can.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static CaptionReport Run(CaptionEvaluationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var found = MeteorResources.Find(options.MeteorParaphrases);
        Func<MeteorResources>? meteor = null;
        if (found is not null)
        {
            var data = new Lazy<MeteorResources>(found);
            meteor = () => data.Value;
        }
        var registry = NewRegistry();
        var names = options.Metrics ?? registry.Preset(options.Preset);
        string[] files = options.Compare is null ? [options.Candidates] : [options.Candidates, options.Compare];
        var pairing = CaptionPairing.Match(
            CaptionFile.ReadReferences(options.References), Array.ConvertAll(files, CaptionFile.ReadCandidates), options.CommonOnly);
        var given = options.GivenScores is null ? null : ScoreFile.Read(options.GivenScores, pairing.Clips, GivenScores.Names);
        var systems = files.Select((file, place) =>
        {
            var captions = pairing.Systems[place];
            var own = given is null ? registry : WithGiven(given, place);
            var tokenized = captions.Tokenize(options.Tokenizer);
            var selection = own.Select(names, tokenized);
            if (place == 0)
                Require(selection, options.Metrics is not null);
            return (File: file, Captions: captions, Selection: selection, Scores: selection.Evaluate(tokenized, cancellationToken));
        }).ToArray();
        var resampling = options.Resampling;
        return new CaptionReport
        {
            Options = options,
            Clips = pairing.Clips,
            References = pairing.Systems[0].References,
            Systems = [.. systems.Select(system => new SystemScores(
                system.File, system.Captions.Candidates, system.Scores, resampling is null ? [.. system.Scores.Select(_ => (Interval?)null)]
                    : Resampling.Intervals(system.Scores, resampling, cancellationToken))
            { CandidatesOfAClip = 1 + system.Captions.Alternatives.Count })],
            LeftOut = systems[0].Selection.LeftOut,
            SpiceIsApproximate = options.SpiceProgram is null && given?.ContainsKey(Spice.Name) != true
                && systems[0].Scores.Any(score => score.Name == Spice.Name),
            Differences = systems.Length < 2 ? [] : Resampling.Compare(systems[0].Scores, systems[1].Scores, resampling ?? new(), cancellationToken),
        };

        MetricRegistry NewRegistry()
        {
            var known = StandardMetrics.Create(meteor);
            if (options.SpiceProgram is not null)
            {
                var program = new SpiceProgram(options.SpiceProgram);
                known.Add(new CaptionMetric(Spice.Name, set => program.EvaluateAsync(set, cancellationToken).GetAwaiter().GetResult().Scores));
            }
            options.Extend?.Invoke(known);
            return known;
        }

        // Given scores belong to the first system; the second has none of these metrics, for scores of two sources do not compare.
        MetricRegistry WithGiven(IReadOnlyDictionary<string, IReadOnlyList<double>> scores, int place)
        {
            var known = NewRegistry();
            foreach (var (name, values) in scores)
            {
                if (place == 0)
                    GivenScores.Add(known, name, values);
                else
                    known.Add(CaptionMetric.Missing(name, [name], "was given for the first system only; leave --compare or --given-scores out"));
            }
            return known;
        }
    }

    private static void Require(MetricSelection selection, bool isByName)
    {
        if (selection.LeftOut.Count > 0 && (isByName || selection.Metrics.Count == 0))
            throw new MetricInputException(selection.LeftOut[0].Sentence);
    }
}
