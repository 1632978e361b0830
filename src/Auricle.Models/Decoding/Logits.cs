using System.Numerics;
using System.Runtime.InteropServices;

namespace Auricle.Models.Decoding;

/// <summary>What searches ask of the logits of one row.</summary>
internal static class Logits
{
    /// <summary>The logarithm of the sum of their exponentials: what a logit loses to become a log-probability.</summary>
    /// <exception cref="ModelException">No token is possible.</exception>
    public static double LogSum(ReadOnlySpan<float> logits)
    {
        var largest = float.NegativeInfinity;
        foreach (var logit in logits)
            largest = MathF.Max(largest, logit);
        if (float.IsNegativeInfinity(largest))
            throw new ModelException($"Nothing may follow a text under way: the filters forbid every token of the {logits.Length} that the model knows; let words repeat, or ask for fewer.");
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

    /// <summary>Whether all are numbers, or minus infinity for what the model rules out.</summary>
    public static bool AreNumbers(ReadOnlySpan<float> logits)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        foreach (var values in vectors)
        {
            if (!Vector.LessThanAll(values, Vector<float>.One * float.PositiveInfinity))
                return false;
        }
        foreach (var logit in logits[(vectors.Length * Vector<float>.Count)..])
        {
            if (!(logit < float.PositiveInfinity))
                return false;
        }
        return true;
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
