using Auricle.Torch;

namespace Auricle.Models.Decoding;

/// <summary>
/// Beam search whose beam shrinks: a finished text leaves its place for good, and the search goes on with one row less
/// until every place is filled. Probabilities are compared as sums and reported as means (Labbé et al. 2023).
/// </summary>
public static class BeamSearch
{
    private sealed record Row(int Clip, int Slot, long[] Prefix, double Sum);

    /// <summary>Writes texts for several clips at once.</summary>
    /// <param name="model">Positioned at its start; the caller disposes it.</param>
    /// <param name="startTokens">The first token of each clip's texts.</param>
    /// <param name="options">The numbers of the search.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>One result for each clip.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options makes no sense.</exception>
    public static IReadOnlyList<BeamSearchResult> Run(
        IStepModel model, IReadOnlyList<int> startTokens, BeamSearchOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(startTokens);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BeamSize, 1, nameof(options.BeamSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxLength, 1, nameof(options.MaxLength));
        ArgumentOutOfRangeException.ThrowIfNegative(options.MinLength, nameof(options.MinLength));
        var finished = startTokens.Select(_ => new Hypothesis[options.BeamSize]).ToArray();
        // All places of a clip start alike, so the first step needs one row a clip.
        var rows = startTokens.Select((token, clip) => new Row(clip, 0, [token], 0)).ToList();
        for (var step = 0; rows.Count > 0; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (scores, tokens, width) = Score(model, rows, step, options);
            var next = new List<Row>();
            var parents = new List<long>();
            for (var first = 0; first < rows.Count;)
            {
                var count = 1;
                while (first + count < rows.Count && rows[first + count].Clip == rows[first].Clip)
                    count++;
                var places = step == 0 ? options.BeamSize : count;
                var best = Best(scores, rows, first, count, width, places);
                for (var rank = 0; rank < places; rank++)
                {
                    var parent = rows[first + best[rank] / width];
                    var token = tokens[first * width + best[rank]];
                    var row = new Row(
                        parent.Clip,
                        step == 0 ? rank : rows[first + rank].Slot,
                        [.. parent.Prefix, token],
                        parent.Sum + scores[first * width + best[rank]]);
                    if (token == options.EndToken || step == options.MaxLength - 1)
                    {
                        finished[row.Clip][row.Slot] = new Hypothesis([.. row.Prefix.Skip(1).Select(id => (int)id)], row.Sum / (step + 1));
                        continue;
                    }
                    next.Add(row);
                    parents.Add(first + best[rank] / width);
                }
                first += count;
            }
            if (next.Count > 0 && !IsUnchanged(parents, rows.Count))
                model.Rearrange([.. parents], [.. next.Select(row => (long)row.Clip)]);
            rows = next;
        }
        return [.. finished.Select(slots => new BeamSearchResult(slots))];
    }

    /// <summary>The best continuations of each row.</summary>
    /// <returns>Log-probabilities and tokens, <c>Width</c> for each row in descending order.</returns>
    private static (float[] Scores, long[] Tokens, int Width) Score(IStepModel model, List<Row> rows, int step, BeamSearchOptions options)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var logits = model.Advance([.. rows.Select(row => row.Prefix[^1])]).On(Device.Cpu).Contiguous(); // [rows, tokens]
        var vocabulary = (int)logits.Size(1);
        if (options.BeamSize > vocabulary)
            throw new ArgumentOutOfRangeException(nameof(options), options.BeamSize, $"A beam of {options.BeamSize} is wider than the vocabulary of {vocabulary} tokens; make it smaller.");
        // Excluded tokens lose their probability to the others, so they are excluded before the softmax.
        var values = logits.Span<float>();
        for (var row = 0; row < rows.Count; row++)
        {
            var rowValues = values.Slice(row * vocabulary, vocabulary);
            if (step < options.MinLength)
                rowValues[options.EndToken] = float.NegativeInfinity;
            if (options.Unrepeatable is null)
                continue;
            foreach (var token in rows[row].Prefix)
            {
                if (options.Unrepeatable[(int)token])
                    rowValues[(int)token] = float.NegativeInfinity;
            }
        }
        var (scores, tokens) = logits.LogSoftmax(-1).Topk(options.BeamSize);
        return (scores.ToArray<float>(), tokens.ToArray<long>(), options.BeamSize);
    }

    /// <summary>The best continuations over the rows of one clip, as places in the joined lists of these rows.</summary>
    private static int[] Best(float[] scores, List<Row> rows, int first, int count, int width, int places) =>
        [.. Enumerable.Range(0, count * width)
            .OrderByDescending(i => rows[first + i / width].Sum + scores[first * width + i])
            .Take(places)];

    private static bool IsUnchanged(List<long> parents, int rows)
    {
        for (var i = 0; i < parents.Count; i++)
        {
            if (parents[i] != i)
                return false;
        }
        return parents.Count == rows;
    }
}
