namespace Auricle.Torch.Checkpoints;

/// <summary>
/// Reads Python pickles of protocol 0 to 5 from memory: numbers, texts, containers, NumPy arrays. Classes and functions are
/// kept as inert names, and nothing is executed.
/// </summary>
public static class PickleReader
{
    /// <summary>The deepest nesting of values that is accepted; Python's own writer gives up well before.</summary>
    public const int MaxDepth = 1000;

    /// <summary>Reads the pickle at the start of the bytes; what follows it is ignored.</summary>
    /// <exception cref="WeightsException">The bytes are no pickle, are damaged, or refer to the tensors of a checkpoint file.</exception>
    public static PickleValue Read(ReadOnlySpan<byte> pickle) => Read(pickle, null, null, out _);

    /// <param name="pickle">The bytes.</param>
    /// <param name="file">The file, for errors.</param>
    /// <param name="storages">Resolves storages; <see langword="null"/> where there are none.</param>
    /// <param name="length">The bytes that the pickle takes.</param>
    internal static PickleValue Read(ReadOnlySpan<byte> pickle, string? file, IStorageSource? storages, out int length)
    {
        var machine = new PickleMachine(pickle, new PickleContext(file, storages, pickle.Length));
        var value = machine.Run(out length);
        CheckDepth(value, file);
        return value;
    }

    // An explicit stack: the point is to find nesting that recursion would not survive.
    private static void CheckDepth(PickleValue root, string? file)
    {
        var path = new Stack<(PickleValue Value, int Next)>();
        root.Visited = true;
        path.Push((root, 0));
        while (path.TryPop(out var step))
        {
            if (step.Next == step.Value.ChildCount)
                continue;
            path.Push((step.Value, step.Next + 1));
            var child = step.Value.Child(step.Next);
            if (child.Visited || child.ChildCount == 0)
                continue;
            child.Visited = true;
            if (path.Count >= MaxDepth)
                throw CheckpointError.Create(file, $"values are nested more than {MaxDepth} deep; the file is damaged or hostile.");
            path.Push((child, 0));
        }
    }
}
