using System.Numerics;
using System.Runtime.InteropServices;

namespace Auricle.Models.Decoding;

/// <summary>What searches ask of the logits of one row.</summary>
internal static class Logits
{
    /// <summary>The logarithm of the sum of their exponentials: what a logit loses to become a log-probability.</summary>
    /// <exception cref="InvalidOperationException">No token is possible, or a value is no number.</exception>
    public static double LogSum(ReadOnlySpan<float> logits)
    {
        var largest = float.NegativeInfinity;
        foreach (var logit in logits)
            largest = MathF.Max(largest, logit);
        if (!float.IsFinite(largest))
        {
            throw new InvalidOperationException(
                $"The largest logit of a step is {largest}: {(float.IsNegativeInfinity(largest) ? "the filters forbid every token; relax them" : "the weights or the sound hold values that are no numbers; check both")}.");
        }
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var peak = new Vector<float>(largest);
        var sums = Vector<float>.Zero;
        foreach (var values in vectors)
            sums += Vector.Exp(values - peak);
        double sum = Vector.Sum(sums);
        foreach (var logit in logits[(vectors.Length * Vector<float>.Count)..])
            sum += Math.Exp(logit - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>The tokens of the largest logits, in descending order; of equals the lower token first.</summary>
    public static int[] Top(ReadOnlySpan<float> logits, int count)
    {
        var best = new int[Math.Min(count, logits.Length)];
        var found = 0;
        var least = float.NegativeInfinity;
        for (var token = 0; token < logits.Length; token++)
        {
            var logit = logits[token];
            if (found == best.Length && !(logit > least))
                continue;
            var place = found < best.Length ? found++ : found - 1;
            while (place > 0 && logits[best[place - 1]] < logit)
            {
                best[place] = best[place - 1];
                place--;
            }
            best[place] = token;
            least = logits[best[found - 1]];
        }
        return best;
    }
}
