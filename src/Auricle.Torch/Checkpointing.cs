using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Auricle.Torch.Native;

namespace Auricle.Torch;

/// <summary>
/// Training with less memory for more time (Chen et al. 2016): of a block only what goes in and what comes out is kept, and what lies between is
/// computed a second time when gradients flow back through it. Networks offer their blocks with <c>Run</c>; whoever trains them decides with
/// <see cref="Begin"/>.
/// </summary>
/// <example><code>
/// using var checkpointing = Checkpointing.Begin();
/// var x = Checkpointing.Run(tokens => layer.Forward(tokens), input);
/// x.Sum().Backward();
/// </code></example>
public static unsafe class Checkpointing
{
    /// <summary>Whether blocks of this thread are computed twice.</summary>
    public static bool IsOn => ThreadState.Current.Checkpoints;

    /// <summary>Whether this is the second time, so that what learns from being computed (running statistics) must not learn again.</summary>
    public static bool IsRepeating => ThreadState.Current.Repeats;

    /// <summary>Has the blocks of this thread computed twice until the result is disposed.</summary>
    /// <param name="on">Whether it does; where it does not, nothing is kept back from here on.</param>
    public static CheckpointScope Begin(bool on = true) => new(on);

    /// <summary>Computes a block; in a <see cref="Begin"/>, and where gradients are recorded, so that its inner tensors are not kept.</summary>
    /// <param name="block">
    /// Computes the output from the input, twice to the same: random numbers of libtorch repeat. It may be called on another thread. Beside its
    /// input it may use weights, whose gradients add up as ever, and numbers; other tensors are gone by the second time, so hand them in.
    /// </param>
    /// <param name="input">What goes in. It is kept, and must not be overwritten.</param>
    /// <returns>What the block returns, of any shape.</returns>
    /// <exception cref="Exception">Whatever the block throws; from the second time it comes out of <see cref="Tensor.Backward"/>.</exception>
    public static Tensor Run(Func<Tensor, Tensor> block, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(input);
        return IsPlain ? block(input) : Start(inputs => block(inputs[0]!), [input]);
    }

    /// <summary>As <see cref="Run(Func{Tensor, Tensor}, Tensor)"/>, with something beside the input.</summary>
    /// <param name="block">Computes the output from both.</param>
    /// <param name="input">What goes in.</param>
    /// <param name="beside">What goes in too, or nothing.</param>
    public static Tensor Run(Func<Tensor, Tensor?, Tensor> block, Tensor input, Tensor? beside)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(input);
        return IsPlain ? block(input, beside) : Start(inputs => block(inputs[0]!, inputs[1]), [input, beside]);
    }

    /// <summary>As <see cref="Run(Func{Tensor, Tensor}, Tensor)"/>, with any number of inputs.</summary>
    /// <param name="block">Computes the output from them, null where they are.</param>
    /// <param name="inputs">What goes in.</param>
    public static Tensor Run(Func<IReadOnlyList<Tensor?>, Tensor> block, IReadOnlyList<Tensor?> inputs)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(inputs);
        return IsPlain ? block(inputs) : Start(block, inputs);
    }

    private static bool IsPlain => ThreadState.Current is { Checkpoints: false } or { NoGrad: true };

    private static Tensor Start(Func<IReadOnlyList<Tensor?>, Tensor> block, IReadOnlyList<Tensor?> inputs)
    {
        var handles = stackalloc nint[inputs.Count];
        for (var i = 0; i < inputs.Count; i++)
            handles[i] = inputs[i]?.Handle ?? 0;
        nint output = 0;
        // From here on the native side answers for the block's handle.
        NativeMethods.Check(NativeMethods.aur_checkpoint(&Compute, &Release, GCHandle.ToIntPtr(GCHandle.Alloc(block)), handles, inputs.Count, &output));
        GC.KeepAlive(inputs);
        return Tensor.Take(output);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Compute(nint state, nint* inputs, int count, int again, nint* output)
    {
#pragma warning disable CA1031 // No exception may cross native frames; the call that led here throws it once more.
        try
        {
            var block = (Func<IReadOnlyList<Tensor?>, Tensor>)GCHandle.FromIntPtr(state).Target!;
            var thread = ThreadState.Current;
            var before = (thread.NoGrad, thread.Checkpoints, thread.Repeats);
            // Gradients may flow back on a thread that knows of none of these.
            (thread.NoGrad, thread.Checkpoints, thread.Repeats) = (false, true, thread.Repeats || again != 0);
            try
            {
                using var scope = TensorScope.Begin();
                var given = new Tensor?[count];
                for (var i = 0; i < count; i++)
                    given[i] = inputs[i] == 0 ? null : Tensor.Take(inputs[i]);
                *output = scope.HandOver(block(given));
            }
            finally
            {
                (thread.NoGrad, thread.Checkpoints, thread.Repeats) = before;
            }
            return 0;
        }
        catch (Exception error)
        {
            return GCHandle.ToIntPtr(GCHandle.Alloc(error));
        }
#pragma warning restore CA1031
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Release(nint state) => GCHandle.FromIntPtr(state).Free();
}

/// <summary>A stretch of code in which blocks are computed twice, or not; see <see cref="Checkpointing.Begin"/>.</summary>
public readonly ref struct CheckpointScope
{
    private readonly bool _before;

    internal CheckpointScope(bool on)
    {
        var state = ThreadState.Current;
        (_before, state.Checkpoints) = (state.Checkpoints, on);
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose() => ThreadState.Current.Checkpoints = _before;
}
