using System.Globalization;

namespace Auricle.Evaluation.Neural;

/// <summary>What BERTScore says of unrelated sentences; a score x is stretched to (x − baseline) / (1 − baseline).</summary>
/// <param name="Precision">Of precision.</param>
/// <param name="Recall">Of recall.</param>
/// <param name="F1">Of F1.</param>
public sealed record BertScoreBaseline(double Precision, double Recall, double F1)
{
    /// <summary>Reads one layer's line of a table as the original program ships it: layer, precision, recall and F1, with a heading.</summary>
    /// <param name="path">A file of comma- or tab-separated values.</param>
    /// <param name="layer">The layer.</param>
    /// <exception cref="MetricInputException">The table has no such line.</exception>
    public static BertScoreBaseline Read(string path, int layer)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        foreach (var line in File.ReadLines(path))
        {
            var cells = line.Split(',', '\t');
            if (!int.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number != layer)
                continue;
            var values = cells.Skip(1)
                .Select(cell => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN).ToArray();
            // A baseline of 1 would divide by zero.
            if (values.Length == 3 && Array.TrueForAll(values, value => value < 1))
                return new BertScoreBaseline(values[0], values[1], values[2]);
            throw new MetricInputException($"The line '{line}' of '{path}' does not give three numbers below 1; fetch the table again.");
        }
        throw new MetricInputException($"The table '{path}' has no line for layer {layer}; choose a layer it has.");
    }
}
