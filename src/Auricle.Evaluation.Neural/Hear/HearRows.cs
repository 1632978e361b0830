using Auricle.Models.Roles;
using Auricle.Torch;

namespace Auricle.Evaluation.Neural;

/// <summary>Vectors of some splits with what is right of each: what a predictor learns from or is judged by.</summary>
internal sealed class HearRows : IDisposable
{
    // Labels of events hold to the end, which rounding must not cut.
    private const double EndSlack = 1e-7;

    private readonly bool[] _targets; // [rows, labels]
    private readonly (HearClip Clip, int Start, double[] Times)[] _recordings;

    private HearRows(HearTask task, Tensor vectors, bool[] targets, (HearClip, int, double[])[] recordings)
    {
        (Labels, Vectors, _targets, _recordings) = (task.Labels.Count, vectors, targets, recordings);
        Count = targets.Length / Labels;
        using var scope = TensorScope.Begin();
        Targets = task.IsMultilabel
            ? Tensor.From<float>(Array.ConvertAll(targets, isSet => isSet ? 1f : 0), Count, Labels).On(vectors.Device).Own()
            : Tensor.From<long>([.. Enumerable.Range(0, Count).Select(row => (long)Math.Max(0, targets.AsSpan(row * Labels, Labels).IndexOf(true)))], Count).On(vectors.Device).Own();
    }

    /// <summary>Number of rows: clips, or moments of them.</summary>
    public int Count { get; }

    /// <summary>Number of labels.</summary>
    public int Labels { get; }

    /// <summary>[rows, width].</summary>
    public Tensor Vectors { get; }

    /// <summary>[rows] labels, or [rows, labels] zeros and ones.</summary>
    public Tensor Targets { get; }

    /// <summary>The numbers of the labels that no row has.</summary>
    public IEnumerable<int> AbsentLabels => Enumerable.Range(0, Labels).Where(label => !Enumerable.Range(0, Count).Any(row => _targets[row * Labels + label]));

    /// <summary>Puts splits one behind the other.</summary>
    /// <param name="task">The task.</param>
    /// <param name="vectors">Of each split, for each clip.</param>
    /// <param name="splits">Which splits.</param>
    /// <param name="device">Where tensors go.</param>
    public static HearRows Of(HearTask task, IReadOnlyDictionary<string, IReadOnlyList<Timeline>> vectors, IEnumerable<string> splits, Device device)
    {
        var clips = splits.SelectMany(split => task.Clips[split].Zip(vectors[split])).ToArray();
        var rows = clips.Sum(item => item.Second.Times.Length);
        var width = clips[0].Second.Width;
        var targets = new bool[(long)rows * task.Labels.Count];
        var recordings = new List<(HearClip, int, double[])>();
        using var scope = TensorScope.Begin();
        var all = Tensor.Empty([rows, width], DType.Float32);
        var row = 0;
        foreach (var (clip, own) in clips)
        {
            own.Values.CopyTo(all.Span<float>()[(row * width)..]);
            foreach (var label in clip.Labels)
                targets[row * task.Labels.Count + label] = true;
            foreach (var item in clip.Events)
            {
                for (var i = 0; i < own.Times.Length; i++)
                    targets[(row + i) * task.Labels.Count + item.Label] |= item.Start <= own.Times[i] && own.Times[i] < item.End + EndSlack;
            }
            if (task.IsOfEvents)
                recordings.Add((clip, row, own.Times));
            row += own.Times.Length;
        }
        return new HearRows(task, all.On(device).Own(), targets, [.. recordings]);
    }

    /// <summary>Probabilities with what is right.</summary>
    public LabelTable Table(float[] probabilities) => new(probabilities, _targets, Labels);

    /// <summary>The events in the recordings and those that probabilities give.</summary>
    public IReadOnlyList<RecordingEvents> Events(float[] probabilities, EventPostprocessing processing) =>
    [
        .. _recordings.Select(recording => new RecordingEvents(recording.Clip.Events, processing.Events(
            probabilities.AsSpan(recording.Start * Labels, recording.Times.Length * Labels), Array.ConvertAll(recording.Times, time => 1000 * time), Labels))),
    ];

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Vectors.Dispose();
        Targets.Dispose();
    }
}
