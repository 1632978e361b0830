using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Auricle.Audio;

/// <summary>
/// The polyphase filter of one pair of rates. Output sample m·n + i (n phases) is the product of row i and the input from
/// m·o + start(i) on (o = stride). The full filter has 2W + o columns, but outside ±6 zero crossings its window is zero,
/// so a row keeps only its 2W + 2 columns inside: 24 instead of 459 products for 44.1 → 32 kHz.
/// </summary>
internal sealed class ResamplerKernel
{
    private const int ZeroCrossings = 6;
    private const double RollOff = 0.99;

    // Rates without a common divisor need as many rows as the target rate. Above 16 MiB the rows are computed when used.
    private const int MaxStoredWeights = 4 << 20;
    private const int MaxCachedKernels = 32;

    private static readonly ConcurrentDictionary<(int From, int To), ResamplerKernel> Cache = new();

    private readonly float[]? _rows;
    private readonly double _cutoff;
    private readonly double _reach;

    private ResamplerKernel(int from, int to)
    {
        var divisor = (int)BigInteger.GreatestCommonDivisor(from, to);
        Stride = from / divisor;
        Phases = to / divisor;
        _cutoff = RollOff * Math.Min(Stride, Phases);
        _reach = ZeroCrossings * (double)Stride / _cutoff;
        LeftPadding = (int)Math.Ceiling(_reach);
        // Whole vectors only: the surplus weights are zero.
        RowLength = (2 * LeftPadding + 2 + Vector256<float>.Count - 1) / Vector256<float>.Count * Vector256<float>.Count;

        if ((long)Phases * RowLength <= MaxStoredWeights)
        {
            _rows = new float[Phases * RowLength];
            for (var phase = 0; phase < Phases; phase++)
                FillRow(phase, _rows.AsSpan(phase * RowLength, RowLength));
        }
    }

    /// <summary>Input samples per hop (o).</summary>
    public int Stride { get; }

    /// <summary>Output samples per hop (n).</summary>
    public int Phases { get; }

    /// <summary>Zeros to put before the first input sample (W).</summary>
    public int LeftPadding { get; }

    /// <summary>Zeros to put behind the last input sample so that every output sample finds its whole row.</summary>
    public int RightPadding => RowLength + 1;

    /// <summary>Weights per row, a multiple of the vector width.</summary>
    public int RowLength { get; }

    /// <summary>Whether rows are kept, or computed each time because there are too many.</summary>
    public bool IsStored => _rows is not null;

    public static ResamplerKernel For(int from, int to)
    {
        if (Cache.TryGetValue((from, to), out var kernel))
            return kernel;
        // Collections with dozens of rates are rare; starting over is simpler than remembering which was used last.
        if (Cache.Count >= MaxCachedKernels)
            Cache.Clear();
        return Cache.GetOrAdd((from, to), static pair => new ResamplerKernel(pair.From, pair.To));
    }

    /// <summary>The index of the first input sample that an output sample needs; negative ones lie in the left padding.</summary>
    public long InputStart(long outputIndex)
    {
        var (hop, phase) = Math.DivRem(outputIndex, Phases);
        return hop * Stride + RowStart((int)phase);
    }

    /// <summary>Computes consecutive output samples.</summary>
    /// <param name="input">Padded input: <c>[samples]</c>.</param>
    /// <param name="inputIndex">The index of its first sample in the whole, unpadded input.</param>
    /// <param name="outputIndex">The index of the first output sample to compute.</param>
    /// <param name="output">Receives the output: <c>[samples]</c>.</param>
    public void Run(ReadOnlySpan<float> input, long inputIndex, long outputIndex, Span<float> output)
    {
        var (hop, firstPhase) = Math.DivRem(outputIndex, Phases);
        var phase = (int)firstPhase;
        var hopStart = hop * Stride - inputIndex;
        var computed = _rows is null ? new float[RowLength] : null;
        for (var i = 0; i < output.Length; i++)
        {
            ReadOnlySpan<float> row;
            if (computed is null)
            {
                row = _rows.AsSpan(phase * RowLength, RowLength);
            }
            else
            {
                FillRow(phase, computed);
                row = computed;
            }
            output[i] = Dot(row, input.Slice((int)(hopStart + RowStart(phase)), RowLength));
            if (++phase == Phases)
            {
                phase = 0;
                hopStart += Stride;
            }
        }
    }

    /// <summary>The first column of a row that lies inside the window, as an offset to the start of the hop.</summary>
    public int RowStart(int phase) => (int)Math.Floor((double)phase * Stride / Phases - _reach);

    /// <summary>One row of the filter, in the reference's order of float32 operations.</summary>
    public void FillRow(int phase, Span<float> row)
    {
        var start = RowStart(phase);
        var columns = 2 * LeftPadding + 2;
        var shift = (float)-phase / Phases;
        var scale = (float)(_cutoff / Stride);
        for (var j = 0; j < columns; j++)
        {
            var t = ((float)(start + j) / Stride + shift) * (float)_cutoff;
            t = Math.Clamp(t, -ZeroCrossings, ZeroCrossings);
            var window = MathF.Cos(t * MathF.PI / ZeroCrossings / 2);
            window *= window;
            t *= MathF.PI;
            row[j] = (t == 0 ? 1f : MathF.Sin(t) / t) * (window * scale);
        }
        row[columns..].Clear();
    }

    private static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var x = MemoryMarshal.Cast<float, Vector256<float>>(left);
        var y = MemoryMarshal.Cast<float, Vector256<float>>(right);
        var sum = Vector256<float>.Zero;
        for (var i = 0; i < x.Length && i < y.Length; i++)
            sum = Vector256.MultiplyAddEstimate(x[i], y[i], sum);
        return Vector256.Sum(sum);
    }
}
