namespace Auricle.Training;

/// <summary>
/// Lowers the learning rate when a measurement that should fall has not fallen for a while; as PyTorch's
/// <c>ReduceLROnPlateau</c> with mode <c>min</c> and an absolute threshold. Unlike the other schedules it depends on the run.
/// </summary>
/// <param name="rate">The first rate.</param>
/// <param name="factor">The factor of each reduction.</param>
/// <param name="patience">How many measurements in a row may bring nothing; one more reduces the rate.</param>
/// <param name="threshold">By how much a measurement must be lower than the best one to count.</param>
/// <param name="lowest">The least rate.</param>
public sealed class ReduceOnPlateau(double rate, double factor = 0.1, int patience = 5, double threshold = 0.005, double lowest = 1e-6)
{
    private const double LeastChange = 1e-8; // smaller reductions are not made

    /// <summary>The rate to use now.</summary>
    public double Rate { get; set; } = rate;

    /// <summary>The best measurement so far; save and restore it with the run.</summary>
    public double Best { get; set; } = double.PositiveInfinity;

    /// <summary>How many measurements in a row brought nothing; save and restore it with the run.</summary>
    public int Waited { get; set; }

    /// <summary>Takes one measurement, and gives the rate to use from now on.</summary>
    public double Observe(double measurement)
    {
        if (measurement < Best - threshold)
        {
            Best = measurement;
            Waited = 0;
        }
        else if (++Waited > patience)
        {
            var reduced = Math.Max(Rate * factor, lowest);
            if (Rate - reduced > LeastChange)
                Rate = reduced;
            Waited = 0;
        }
        return Rate;
    }
}
