namespace Auricle.Training;

/// <summary>Learning rates as pure functions of the moment.</summary>
public static class LearningRate
{
    /// <summary>The same rate all the time.</summary>
    public static LearningRateSchedule Constant(double rate) => _ => rate;

    /// <summary>
    /// Half a cosine wave by epoch, as CoNeTTE's trainer has it: rate · ½(1 + cos(π · min(e, K − 1) / K)), so that the last
    /// epoch does not stand still.
    /// </summary>
    /// <param name="rate">The first rate.</param>
    /// <param name="epochs">K, the number of epochs.</param>
    public static LearningRateSchedule CosineByEpoch(double rate, int epochs)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epochs);
        return progress => Cosine(Math.Min(Math.Floor(progress), epochs - 1) / epochs, rate, 0);
    }

    /// <summary>A straight line from 0 up to the rate, then half a cosine wave down to the lowest rate.</summary>
    /// <param name="rate">The highest rate, reached after <paramref name="warmup"/>.</param>
    /// <param name="warmup">How long it rises; the first step, at 0, already has rate / warmup.</param>
    /// <param name="total">When the lowest rate is reached.</param>
    /// <param name="lowest">The last rate.</param>
    public static LearningRateSchedule WarmupCosine(double rate, int warmup, int total, double lowest = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(warmup);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(total, warmup);
        return progress => progress < warmup
            ? rate * (progress + 1) / warmup
            : Cosine(Math.Min((progress - warmup) / (total - warmup), 1), rate, lowest);
    }

    /// <summary>
    /// A rise, a plateau and a fall, as the SALSA audio-retrieval trainer has them; a linear rise gives the first step rate 0.
    /// </summary>
    /// <exception cref="ArgumentException">The fall ends before it begins, or a shape does not fit its place.</exception>
    public static LearningRateSchedule Ramp(RampOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Warmup, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Stop, options.Start, nameof(options));
        if (options.Rise is not (RampShape.Linear or RampShape.Exponential))
            throw new ArgumentException($"The rate cannot rise in the shape {options.Rise}; use Linear or Exponential.", nameof(options));
        if (options.Fall == RampShape.Exponential)
            throw new ArgumentException("The rate cannot fall in the shape Exponential; use Cosine, Linear or Steps.", nameof(options));
        var (rate, lowest) = (options.Rate, options.Lowest);
        return progress =>
        {
            if (progress < options.Warmup)
                return rate * Rise(options, progress);
            if (progress < options.Start)
                return rate;
            if (progress >= options.Stop)
                return lowest;
            var share = (progress - options.Start) / (options.Stop - options.Start);
            return options.Fall switch
            {
                RampShape.Cosine => Cosine(share, rate, lowest),
                RampShape.Linear => Math.Max(lowest, rate - (rate - lowest) * share),
                _ => Math.Max(lowest, rate * Math.Pow(options.StepFactor, Math.Floor(progress / options.StepLength))),
            };
        };
    }

    private static double Rise(RampOptions options, double progress)
    {
        const double HeldUntil = 0.5;
        if (options.Rise == RampShape.Linear)
            return progress / options.Warmup;
        var missing = 1 - Math.Max(progress, HeldUntil) / options.Warmup;
        return Math.Exp(-5 * missing * missing);
    }

    private static double Cosine(double share, double from, double to) => to + (from - to) * 0.5 * (1 + Math.Cos(Math.PI * share));
}

/// <summary>The learning rate over the course of a run, as a pure function.</summary>
/// <param name="progress">The moment, in the unit of the schedule: epochs, with fractions, or steps, from 0.</param>
/// <returns>The rate at that moment.</returns>
public delegate double LearningRateSchedule(double progress);
