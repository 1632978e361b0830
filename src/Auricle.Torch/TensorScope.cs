namespace Auricle.Torch;

/// <summary>
/// Owns every tensor that is made on this thread between <see cref="Begin"/> and <see cref="Dispose"/>, and releases
/// them at its end, except those handed to <see cref="Keep(Tensor)"/>. A ref struct, so that it cannot be held across an
/// <c>await</c>, where the thread may change.
/// </summary>
public readonly ref struct TensorScope
{
    private readonly ScopeFrame _frame;

    private TensorScope(ScopeFrame frame) => _frame = frame;

    /// <summary>Opens a scope inside the current one.</summary>
    public static TensorScope Begin()
    {
        var state = ThreadState.Current;
        var frame = state.Free ?? new ScopeFrame();
        state.Free = frame.Parent;
        frame.Parent = state.Frame;
        state.Frame = frame;
        return new TensorScope(frame);
    }

    /// <summary>
    /// Lets a tensor of this scope outlive it: it moves to the enclosing one, or to the caller where there is none. A tensor
    /// that this scope does not own (a weight, one of another scope, one that was kept before) stays whose it is.
    /// </summary>
    /// <returns>The same tensor.</returns>
    public Tensor Keep(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!ReferenceEquals(tensor.Frame, _frame))
            return tensor;
        _frame.Remove(tensor);
        _frame.Parent?.Add(tensor);
        return tensor;
    }

    /// <summary>The handle of a tensor, which the caller releases; a tensor of this scope is left without.</summary>
    internal nint HandOver(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        // What another owns stays there, and a second tensor over the same values goes.
        return (ReferenceEquals(tensor.Frame, _frame) ? tensor : tensor.View(tensor.Shape)).HandOver();
    }

    /// <summary>Releases what was made and not kept.</summary>
    public void Dispose()
    {
        var state = ThreadState.Current;
        if (!ReferenceEquals(state.Frame, _frame))
            throw new InvalidOperationException("A TensorScope was ended out of order; end inner scopes first, on the thread that opened them.");
        _frame.ReleaseAll();
        state.Frame = _frame.Parent;
        _frame.Parent = state.Free;
        state.Free = _frame;
    }
}

/// <summary>The tensors of one scope. Each tensor knows its slot, so that keeping and releasing early cost nothing.</summary>
internal sealed class ScopeFrame
{
    private readonly List<Tensor?> _tensors = [];

    public ScopeFrame? Parent { get; set; }

    public void Add(Tensor tensor)
    {
        tensor.Frame = this;
        tensor.Slot = _tensors.Count;
        _tensors.Add(tensor);
    }

    public void Remove(Tensor tensor)
    {
        if (!ReferenceEquals(tensor.Frame, this))
            return;
        _tensors[tensor.Slot] = null;
        tensor.Frame = null;
        // Tensors that die young leave from the end, so a long loop does not grow the list.
        while (_tensors.Count > 0 && _tensors[^1] is null)
            _tensors.RemoveAt(_tensors.Count - 1);
    }

    public void ReleaseAll()
    {
        foreach (var tensor in _tensors)
        {
            if (tensor is null)
                continue;
            tensor.Frame = null;
            tensor.Release();
        }
        _tensors.Clear();
    }
}

/// <summary>What libtorch keeps per thread and managed code must keep itself: the open scope, whether gradients are recorded, and
/// whether blocks are computed twice.</summary>
internal sealed class ThreadState
{
    [ThreadStatic]
    private static ThreadState? _current;

    public static ThreadState Current => _current ??= new ThreadState();

    public ScopeFrame? Frame { get; set; }
    public ScopeFrame? Free { get; set; }
    public bool NoGrad { get; set; }
    public bool Checkpoints { get; set; }
    public bool Repeats { get; set; }
}

/// <summary>Turns the recording of gradients off for the calls of this thread until it is disposed.</summary>
public readonly ref struct NoGrad
{
    private readonly bool _before;

    private NoGrad(bool before) => _before = before;

    /// <summary>Turns recording off; nests.</summary>
    public static NoGrad Begin()
    {
        var state = ThreadState.Current;
        var guard = new NoGrad(state.NoGrad);
        state.NoGrad = true;
        return guard;
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose() => ThreadState.Current.NoGrad = _before;
}
