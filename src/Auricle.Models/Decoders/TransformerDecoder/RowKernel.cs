using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>
/// Products of a few rows with a large matrix on a processor with 512-bit vectors. The matrix lies in panels of 32 outputs,
/// [panels, inputs, 32], so that it is read once, in order, and sums need no reduction across a vector.
/// </summary>
internal static unsafe class RowKernel
{
    private const int PanelWidth = 32;
    private const int Lanes = 16;
    private const int BlockRows = 4;

    // Below this many weights a second thread takes longer to start than it saves.
    private const int ParallelWeights = 1 << 17;

    /// <summary>How the 32 weights of one input lie in memory.</summary>
    private interface IPanelFormat
    {
        static abstract int Bytes { get; }

        static abstract void Load(byte* source, out Vector512<float> low, out Vector512<float> high);
    }

    /// <summary>Brings a matrix into panels.</summary>
    /// <param name="weight">[outputs, inputs], float32.</param>
    /// <param name="storage">float32 or bfloat16.</param>
    public static Tensor Pack(Tensor weight, DType storage)
    {
        using var scope = TensorScope.Begin();
        var count = (weight.Size(0) + PanelWidth - 1) / PanelWidth;
        var padded = weight.ConstantPadNd([0, 0, 0, count * PanelWidth - weight.Size(0)]);
        if (storage != DType.BFloat16)
            return scope.Keep(padded.View(count, PanelWidth, -1).Transpose(1, 2).Clone(MemoryFormat.Contiguous));
        // Outputs i and i + 16 share 32 bits, so that a shift and a mask widen them to two vectors.
        return scope.Keep(padded.View(count, 2, Lanes, -1).Permute(0, 3, 2, 1).To(DType.BFloat16).Clone(MemoryFormat.Contiguous));
    }

    /// <summary>Fills a bias up to whole panels.</summary>
    public static Tensor Pad(Tensor bias) =>
        bias.ConstantPadNd([0, (PanelWidth - bias.Size(0) % PanelWidth) % PanelWidth]).Clone();

    /// <summary>Multiplies.</summary>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="panels">From <see cref="Pack"/>.</param>
    /// <param name="bias">From <see cref="Pad"/>.</param>
    /// <param name="output">[rows, outputs].</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="outputs">The outputs.</param>
    public static void Multiply(ReadOnlySpan<float> input, Tensor panels, ReadOnlySpan<float> bias, Span<float> output, int inputs, int outputs)
    {
        fixed (float* x = input, b = bias, y = output)
        {
            if (panels.DType == DType.BFloat16)
            {
                fixed (short* w = panels.Span<short>())
                    Multiply<BFloat16Panel>(x, (byte*)w, b, y, input.Length / inputs, inputs, outputs);
            }
            else
            {
                fixed (float* w = panels.Span<float>())
                    Multiply<Float32Panel>(x, (byte*)w, b, y, input.Length / inputs, inputs, outputs);
            }
        }
    }

    private static void Multiply<TPanel>(float* x, byte* panels, float* bias, float* y, int rows, int inputs, int outputs)
        where TPanel : struct, IPanelFormat
    {
        var count = (outputs + PanelWidth - 1) / PanelWidth;
        var parts = (long)inputs * outputs < ParallelWeights ? 1 : Math.Min(count, TorchRuntime.Threads);
        if (parts == 1)
        {
            MultiplyPanels<TPanel>(x, panels, bias, y, rows, inputs, outputs, 0, count);
            return;
        }
        Parallel.For(0, parts, part => MultiplyPanels<TPanel>(
            x, panels, bias, y, rows, inputs, outputs, count * part / parts, count * (part + 1) / parts));
    }

    private static void MultiplyPanels<TPanel>(float* x, byte* panels, float* bias, float* y, int rows, int inputs, int outputs, int begin, int end)
        where TPanel : struct, IPanelFormat
    {
        for (var first = begin * PanelWidth; first < Math.Min(end * PanelWidth, outputs); first += PanelWidth)
        {
            var panel = panels + (nint)first * inputs * TPanel.Bytes / PanelWidth;
            var width = Math.Min(PanelWidth, outputs - first);
            for (var row = 0; row < rows; row += BlockRows)
            {
                Block<TPanel>(
                    x + (nint)row * inputs, Math.Min(BlockRows, rows - row), inputs, panel, bias + first, y + (nint)row * outputs + first, outputs, width);
            }
        }
    }

    private static void Block<TPanel>(float* x, int rows, int inputs, byte* panel, float* bias, float* y, int outputs, int width)
        where TPanel : struct, IPanelFormat
    {
        // Rows that do not exist repeat the last one; their sums are not stored.
        var x0 = x;
        var x1 = x + (nint)Math.Min(1, rows - 1) * inputs;
        var x2 = x + (nint)Math.Min(2, rows - 1) * inputs;
        var x3 = x + (nint)Math.Min(3, rows - 1) * inputs;
        Vector512<float> low0, low1, low2, low3, high0, high1, high2, high3;
        low0 = low1 = low2 = low3 = Vector512.Load(bias);
        high0 = high1 = high2 = high3 = Vector512.Load(bias + Lanes);
        for (var k = 0; k < inputs; k++, panel += TPanel.Bytes)
        {
            TPanel.Load(panel, out var low, out var high);
            var value = Vector512.Create(x0[k]);
            low0 = Vector512.FusedMultiplyAdd(value, low, low0);
            high0 = Vector512.FusedMultiplyAdd(value, high, high0);
            value = Vector512.Create(x1[k]);
            low1 = Vector512.FusedMultiplyAdd(value, low, low1);
            high1 = Vector512.FusedMultiplyAdd(value, high, high1);
            value = Vector512.Create(x2[k]);
            low2 = Vector512.FusedMultiplyAdd(value, low, low2);
            high2 = Vector512.FusedMultiplyAdd(value, high, high2);
            value = Vector512.Create(x3[k]);
            low3 = Vector512.FusedMultiplyAdd(value, low, low3);
            high3 = Vector512.FusedMultiplyAdd(value, high, high3);
        }
        Store(y, low0, high0, width);
        if (rows > 1)
            Store(y + outputs, low1, high1, width);
        if (rows > 2)
            Store(y + 2 * (nint)outputs, low2, high2, width);
        if (rows > 3)
            Store(y + 3 * (nint)outputs, low3, high3, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* y, Vector512<float> low, Vector512<float> high, int width)
    {
        if (width == PanelWidth)
        {
            low.Store(y);
            high.Store(y + Lanes);
            return;
        }
        var values = stackalloc float[PanelWidth];
        low.Store(values);
        high.Store(values + Lanes);
        new ReadOnlySpan<float>(values, width).CopyTo(new Span<float>(y, width));
    }

    private readonly struct Float32Panel : IPanelFormat
    {
        public static int Bytes => PanelWidth * sizeof(float);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Load(byte* source, out Vector512<float> low, out Vector512<float> high)
        {
            low = Vector512.Load((float*)source);
            high = Vector512.Load((float*)source + Lanes);
        }
    }

    private readonly struct BFloat16Panel : IPanelFormat
    {
        public static int Bytes => PanelWidth * sizeof(short);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Load(byte* source, out Vector512<float> low, out Vector512<float> high)
        {
            var pairs = Vector512.Load((uint*)source);
            low = Vector512.ShiftLeft(pairs, 16).AsSingle();
            high = (pairs & Vector512.Create(0xFFFF0000u)).AsSingle();
        }
    }
}
