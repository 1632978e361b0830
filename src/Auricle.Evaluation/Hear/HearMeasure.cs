namespace Auricle.Evaluation;

/// <summary>Probabilities of labels with what is right, by which scores of whole clips are computed.</summary>
/// <param name="Scores"><c>[clips, labels]</c> in row-major order, larger is surer.</param>
/// <param name="Targets"><c>[clips, labels]</c>: whether a clip has the label.</param>
/// <param name="Labels">Number of labels.</param>
public sealed record LabelTable(float[] Scores, bool[] Targets, int Labels)
{
    /// <summary>Number of clips.</summary>
    public int Clips => Scores.Length / Labels;
}

/// <summary>A score of the HEAR benchmark, by the name that tasks give it.</summary>
public sealed class HearMeasure
{
    private const int SemitonesOfOctave = 12;

    private readonly Func<LabelTable, double>? _ofClips;
    private readonly Func<IReadOnlyList<RecordingEvents>, IReadOnlyList<(string Part, double Value)>>? _ofEvents;

    private HearMeasure(string name, Func<LabelTable, double> ofClips) => (Name, _ofClips) = (name, ofClips);

    private HearMeasure(string name, bool isLowerBetter, Func<IReadOnlyList<RecordingEvents>, IReadOnlyList<(string, double)>> ofEvents) =>
        (Name, IsLowerBetter, _ofEvents) = (name, isLowerBetter, ofEvents);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<HearMeasure> All { get; } =
    [
        new("top1_acc", table => Accuracy(table, int.MaxValue)),
        new("pitch_acc", table => Accuracy(table, int.MaxValue)),
        // Places in the vocabulary stand for semitones: where it begins moves both sides alike.
        new("chroma_acc", table => Accuracy(table, SemitonesOfOctave)),
        new("mAP", table => MultiLabelScores.Of(table.Scores, table.Targets, table.Labels).MeanAveragePrecision),
        new("aucroc", table => RocScores.Of(table.Scores, table.Targets, table.Labels).Mean),
        new("d_prime", table => RocScores.Of(table.Scores, table.Targets, table.Labels).DPrime),
        new("event_onset_200ms_fms", false, recordings => Parts(EventScores.Of(recordings, 0.2))),
        new("event_onset_50ms_fms", false, recordings => Parts(EventScores.Of(recordings, 0.05))),
        new("event_onset_offset_50ms_20perc_fms", false, recordings => Parts(EventScores.Of(recordings, 0.05, 0.2))),
        new("segment_1s_er", true, recordings => [("", SegmentScores.Of(recordings).ErrorRate)]),
    ];

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>Whether less is better.</summary>
    public bool IsLowerBetter { get; }

    /// <summary>Whether it is a score of events, not of whole clips.</summary>
    public bool IsOfEvents => _ofEvents is not null;

    /// <summary>The score of whole clips.</summary>
    /// <exception cref="InvalidOperationException">It is a score of events.</exception>
    public double Of(LabelTable table) => (_ofClips ?? throw new InvalidOperationException($"{Name} is a score of events."))(table);

    /// <summary>The score of events, first, and what it is made of.</summary>
    /// <exception cref="InvalidOperationException">It is a score of whole clips.</exception>
    public IReadOnlyList<(string Name, double Value)> Of(IReadOnlyList<RecordingEvents> recordings) =>
        [.. (_ofEvents ?? throw new InvalidOperationException($"{Name} is a score of whole clips."))(recordings).Select(part => (Name + part.Part, part.Value))];

    private static (string, double)[] Parts(EventScores scores) => [("", scores.FMeasure), ("_precision", scores.Precision), ("_recall", scores.Recall)];

    /// <summary>The share of clips whose surest label is right, the first of equals, where labels that are a multiple of a period apart are one.</summary>
    private static double Accuracy(LabelTable table, int period)
    {
        var right = 0;
        for (var clip = 0; clip < table.Clips; clip++)
        {
            var scores = table.Scores.AsSpan(clip * table.Labels, table.Labels);
            var best = 0;
            for (var i = 1; i < scores.Length; i++)
            {
                if (scores[i] > scores[best])
                    best = i;
            }
            var target = Math.Max(0, table.Targets.AsSpan(clip * table.Labels, table.Labels).IndexOf(true));
            right += best % period == target % period ? 1 : 0;
        }
        return (double)right / table.Clips;
    }
}
