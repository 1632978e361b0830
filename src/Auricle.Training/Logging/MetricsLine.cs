namespace Auricle.Training;

/// <summary>What was measured at one moment of a run.</summary>
/// <param name="Step">The number of optimiser steps done.</param>
/// <param name="Epoch">The number of epochs done, with fractions.</param>
/// <param name="Values">The measurements by name, for example <c>loss</c>, <c>lr</c>, <c>samples_per_second</c>.</param>
public sealed record MetricsLine(long Step, double Epoch, IReadOnlyList<KeyValuePair<string, double>> Values)
{
    /// <summary>The measurement of a name, or <see langword="null"/> where the line has none.</summary>
    public double? this[string name]
    {
        get
        {
            foreach (var (key, value) in Values)
            {
                if (key == name)
                    return value;
            }
            return null;
        }
    }
}
