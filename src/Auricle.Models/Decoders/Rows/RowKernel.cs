using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Auricle.Torch;

namespace Auricle.Models.Decoders.Rows;

/// <summary>
/// Products of a few rows with a large matrix on a processor with AVX2 or AVX-512. The matrix lies in panels of outputs, two
/// vectors wide, [panels, inputs, panel], so that it is read once, in order, and sums need no reduction across a vector.
/// </summary>
internal static unsafe class RowKernel
{
    private const int BlockRows = 4;

    private static readonly int Lanes = Vector512.IsHardwareAccelerated ? RowVector512.Count : RowVector256.Count;
    private static readonly int PanelWidth = 2 * Lanes;

    // Below this many weights a second thread takes longer to start than it saves.
    private const int ParallelWeights = 1 << 17;

    /// <summary>How the weights of one input lie in memory.</summary>
    private interface IPanelFormat
    {
        /// <summary>Bytes of one weight.</summary>
        static abstract int Bytes { get; }

        /// <summary>The first vector of an input's weights.</summary>
        static abstract TVector Low<TVector>(byte* source) where TVector : struct, IRowVector<TVector>;

        /// <summary>The second.</summary>
        static abstract TVector High<TVector>(byte* source) where TVector : struct, IRowVector<TVector>;
    }

    /// <summary>Whether this processor has the vectors.</summary>
    public static bool IsSupported => Vector512.IsHardwareAccelerated || (Vector256.IsHardwareAccelerated && Fma.IsSupported);

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
        // Outputs i and i + Lanes share 32 bits, so that a shift and a mask widen them to two vectors.
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
            Part(0);
            return;
        }
        Parallel.For(0, parts, Part);

        void Part(int part)
        {
            var (begin, end) = (count * part / parts, count * (part + 1) / parts);
            if (Vector512.IsHardwareAccelerated)
                MultiplyPanels<RowVector512, TPanel>(x, panels, bias, y, rows, inputs, outputs, begin, end);
            else
                MultiplyPanels<RowVector256, TPanel>(x, panels, bias, y, rows, inputs, outputs, begin, end);
        }
    }

    private static void MultiplyPanels<TVector, TPanel>(float* x, byte* panels, float* bias, float* y, int rows, int inputs, int outputs, int begin, int end)
        where TVector : struct, IRowVector<TVector>
        where TPanel : struct, IPanelFormat
    {
        var room = stackalloc float[BlockRows * PanelWidth];
        for (var first = begin * PanelWidth; first < Math.Min(end * PanelWidth, outputs); first += PanelWidth)
        {
            var panel = panels + (nint)first * inputs * TPanel.Bytes;
            var width = Math.Min(PanelWidth, outputs - first);
            for (var row = 0; row < rows; row += BlockRows)
            {
                var count = Math.Min(BlockRows, rows - row);
                // Neither rows beyond the last nor outputs beyond the last of a panel have a place.
                var isWhole = width == PanelWidth && count is (1 or BlockRows);
                var to = isWhole ? y + (nint)row * outputs + first : room;
                if (count == 1)
                    Single<TVector, TPanel>(x + (nint)row * inputs, inputs, panel, bias + first, to);
                else
                    Block<TVector, TPanel>(x + (nint)row * inputs, count, inputs, panel, bias + first, to, isWhole ? outputs : PanelWidth);
                for (var i = 0; !isWhole && i < count; i++)
                    new ReadOnlySpan<float>(room + i * PanelWidth, width).CopyTo(new Span<float>(y + (nint)(row + i) * outputs + first, width));
            }
        }
    }

    // Compiled with all optimisations at once: what is compiled ahead of time may not take these vectors for granted. Vectors are values that
    // no call takes the address of, so that sums stay in registers: through memory each addition waits for the one before it to be stored.
    // Sums are added up in the order of Block, so that a row alone gives what it gives among others.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Single<TVector, TPanel>(float* x, int inputs, byte* panel, float* bias, float* y)
        where TVector : struct, IRowVector<TVector>
        where TPanel : struct, IPanelFormat
    {
        var (low, high) = (TVector.Load(bias), TVector.Load(bias + TVector.Count));
        for (var k = 0; k < inputs; k++, panel += 2 * TVector.Count * TPanel.Bytes)
        {
            var value = TVector.Create(x[k]);
            low = TVector.MultiplyAdd(value, TPanel.Low<TVector>(panel), low);
            high = TVector.MultiplyAdd(value, TPanel.High<TVector>(panel), high);
        }
        TVector.Store(low, y);
        TVector.Store(high, y + TVector.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TVector, TPanel>(float* x, int rows, int inputs, byte* panel, float* bias, float* y, int stride)
        where TVector : struct, IRowVector<TVector>
        where TPanel : struct, IPanelFormat
    {
        // Rows that do not exist repeat the last one.
        var x1 = x + (nint)Math.Min(1, rows - 1) * inputs;
        var x2 = x + (nint)Math.Min(2, rows - 1) * inputs;
        var x3 = x + (nint)Math.Min(3, rows - 1) * inputs;
        TVector low0, low1, low2, low3, high0, high1, high2, high3;
        low0 = low1 = low2 = low3 = TVector.Load(bias);
        high0 = high1 = high2 = high3 = TVector.Load(bias + TVector.Count);
        for (var k = 0; k < inputs; k++, panel += 2 * TVector.Count * TPanel.Bytes)
        {
            var (low, high) = (TPanel.Low<TVector>(panel), TPanel.High<TVector>(panel));
            var value = TVector.Create(x[k]);
            low0 = TVector.MultiplyAdd(value, low, low0);
            high0 = TVector.MultiplyAdd(value, high, high0);
            value = TVector.Create(x1[k]);
            low1 = TVector.MultiplyAdd(value, low, low1);
            high1 = TVector.MultiplyAdd(value, high, high1);
            value = TVector.Create(x2[k]);
            low2 = TVector.MultiplyAdd(value, low, low2);
            high2 = TVector.MultiplyAdd(value, high, high2);
            value = TVector.Create(x3[k]);
            low3 = TVector.MultiplyAdd(value, low, low3);
            high3 = TVector.MultiplyAdd(value, high, high3);
        }
        Store(low0, high0, y);
        Store(low1, high1, y + stride);
        Store(low2, high2, y + 2 * (nint)stride);
        Store(low3, high3, y + 3 * (nint)stride);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Store(TVector low, TVector high, float* place)
        {
            TVector.Store(low, place);
            TVector.Store(high, place + TVector.Count);
        }
    }

    private readonly struct Float32Panel : IPanelFormat
    {
        public static int Bytes => sizeof(float);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Low<TVector>(byte* source) where TVector : struct, IRowVector<TVector> => TVector.Load((float*)source);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector High<TVector>(byte* source) where TVector : struct, IRowVector<TVector> => TVector.Load((float*)source + TVector.Count);
    }

    private readonly struct BFloat16Panel : IPanelFormat
    {
        public static int Bytes => sizeof(short);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Low<TVector>(byte* source) where TVector : struct, IRowVector<TVector> => TVector.WidenLow((uint*)source);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector High<TVector>(byte* source) where TVector : struct, IRowVector<TVector> => TVector.WidenHigh((uint*)source);
    }
}
