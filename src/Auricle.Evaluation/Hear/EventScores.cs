namespace Auricle.Evaluation;

/// <summary>
/// Event-based precision, recall and F-measure as <c>sed_eval</c> counts them with optimal matching: within each recording as many events as possible are
/// paired one to one, and counts are summed over recordings and labels.
/// </summary>
/// <param name="Hits">Pairs.</param>
/// <param name="References">Events that there are.</param>
/// <param name="Estimates">Events that were found.</param>
public readonly record struct EventScores(int Hits, int References, int Estimates)
{
    /// <summary>The share of what was found that is right; not a number where nothing was found.</summary>
    public double Precision => (double)Hits / Estimates;

    /// <summary>The share of what there is that was found; not a number where there is nothing.</summary>
    public double Recall => (double)Hits / References;

    /// <summary>The harmonic mean of both; 0 where both are 0.</summary>
    public double FMeasure => Precision == 0 && Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    /// <summary>Counts recordings.</summary>
    /// <param name="recordings">The recordings.</param>
    /// <param name="collar">How far apart two onsets of a pair may be, in seconds, the bound included.</param>
    /// <param name="offsetShare">Where offsets count, the share of the reference's length that they may be apart, if that is more than the collar.</param>
    public static EventScores Of(IEnumerable<RecordingEvents> recordings, double collar, double? offsetShare = null)
    {
        ArgumentNullException.ThrowIfNull(recordings);
        int hits = 0, references = 0, estimates = 0;
        foreach (var recording in recordings)
        {
            references += recording.References.Count;
            estimates += recording.Estimates.Count;
            // Events of different labels never make a pair.
            var found = recording.Estimates.ToLookup(item => item.Label);
            foreach (var label in recording.References.GroupBy(item => item.Label))
                hits += LargestMatching([.. label], [.. found[label.Key]], (reference, estimate) => IsHit(reference, estimate, collar, offsetShare));
        }
        return new EventScores(hits, references, estimates);
    }

    private static bool IsHit(SoundEvent reference, SoundEvent estimate, double collar, double? offsetShare) =>
        Math.Abs(reference.Start - estimate.Start) <= collar
        && (offsetShare is not { } share || Math.Abs(reference.End - estimate.End) <= Math.Max(collar, share * (reference.End - reference.Start)));

    /// <summary>The size of the largest set of pairs in which nothing occurs twice: paths along which one more fits are looked for from each in turn.</summary>
    private static int LargestMatching(SoundEvent[] references, SoundEvent[] estimates, Func<SoundEvent, SoundEvent, bool> fits)
    {
        var candidates = Array.ConvertAll(references, reference => Enumerable.Range(0, estimates.Length).Where(place => fits(reference, estimates[place])).ToArray());
        var owner = new int[estimates.Length];
        Array.Fill(owner, -1);
        var visited = new int[estimates.Length];
        Array.Fill(visited, -1);
        return Enumerable.Range(0, references.Length).Count(reference => Place(reference, reference));

        bool Place(int reference, int round)
        {
            foreach (var estimate in candidates[reference])
            {
                if (visited[estimate] == round)
                    continue;
                visited[estimate] = round;
                if (owner[estimate] >= 0 && !Place(owner[estimate], round))
                    continue;
                owner[estimate] = reference;
                return true;
            }
            return false;
        }
    }
}

/// <summary>The error rate of <c>sed_eval</c> over segments of equal length, each of which a label is active in or not.</summary>
/// <param name="Substitutions">Labels that another stands for.</param>
/// <param name="Deletions">Labels that were missed.</param>
/// <param name="Insertions">Labels that are not there.</param>
/// <param name="References">Labels that there are, each in each segment.</param>
public readonly record struct SegmentScores(int Substitutions, int Deletions, int Insertions, int References)
{
    /// <summary>Errors for each label that there is; above 1 where more is wrong than there is, not a number where there is nothing.</summary>
    public double ErrorRate => (double)(Substitutions + Deletions + Insertions) / References;

    /// <summary>Counts recordings; each ends with its last event.</summary>
    /// <param name="recordings">The recordings.</param>
    /// <param name="length">The length of a segment in seconds.</param>
    public static SegmentScores Of(IEnumerable<RecordingEvents> recordings, double length = 1)
    {
        ArgumentNullException.ThrowIfNull(recordings);
        int substitutions = 0, deletions = 0, insertions = 0, references = 0;
        foreach (var recording in recordings)
        {
            var (own, found) = (Active(recording.References, length), Active(recording.Estimates, length));
            var segments = own.Keys.Union(found.Keys);
            foreach (var segment in segments)
            {
                var (there, told) = (own.GetValueOrDefault(segment, []), found.GetValueOrDefault(segment, []));
                var right = there.Count(told.Contains);
                substitutions += Math.Min(there.Count, told.Count) - right;
                deletions += Math.Max(0, there.Count - told.Count);
                insertions += Math.Max(0, told.Count - there.Count);
                references += there.Count;
            }
        }
        return new SegmentScores(substitutions, deletions, insertions, references);
    }

    private static Dictionary<long, HashSet<int>> Active(IReadOnlyList<SoundEvent> events, double length)
    {
        var active = new Dictionary<long, HashSet<int>>();
        foreach (var item in events)
        {
            var end = (long)Math.Ceiling(item.End / length);
            for (var segment = (long)Math.Floor(item.Start / length); segment < end; segment++)
            {
                if (!active.TryGetValue(segment, out var labels))
                    active[segment] = labels = [];
                labels.Add(item.Label);
            }
        }
        return active;
    }
}
