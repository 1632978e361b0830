namespace Auricle.Training;

/// <summary>A stretch of frames or features that is set to 0.</summary>
/// <param name="Start">The first index.</param>
/// <param name="Width">How many; may be 0.</param>
public readonly record struct Stripe(int Start, int Width);

/// <summary>
/// Draws the stripes that SpecAugment (Park et al., 2019) masks, in the variant of CoNeTTE's training: widths are uniform
/// from round(low · n) to round(high · n) − 1, starts uniform from 0 to n − width.
/// </summary>
public static class SpecAugment
{
    /// <summary>Stripes along one axis.</summary>
    /// <param name="random">Decides widths and starts.</param>
    /// <param name="length">n, the length of the axis.</param>
    /// <param name="count">How many stripes; they may overlap.</param>
    /// <param name="lowShare">The smallest share of the axis.</param>
    /// <param name="highShare">
    /// The largest share; the width it rounds to (half to even) is itself excluded, unless both shares round to one width.
    /// </param>
    public static Stripe[] Draw(Random random, int length, int count = 2, double lowShare = 0, double highShare = 0.1)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(lowShare);
        ArgumentOutOfRangeException.ThrowIfLessThan(highShare, lowShare);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(highShare, 1);
        var low = (int)Math.Round(lowShare * length, MidpointRounding.ToEven);
        var high = (int)Math.Round(highShare * length, MidpointRounding.ToEven);
        var stripes = new Stripe[count];
        foreach (ref var stripe in stripes.AsSpan())
        {
            var width = low == high ? low : random.Next(low, high);
            stripe = new Stripe(random.Next(length - width + 1), width);
        }
        return stripes;
    }
}
