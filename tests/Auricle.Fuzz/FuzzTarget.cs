namespace Auricle.Fuzz;

/// <summary>A reader of files that strangers may have made.</summary>
internal abstract class FuzzTarget
{
    /// <summary>What the command line calls it.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Bytes of managed memory that one run may take besides ten times its input: tables, buffers, what the first call prepares.
    /// </summary>
    public virtual long Allowance => 16 << 20;

    /// <summary>Well-formed inputs, from which others are made; small ones are tried faster.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>Reads an input to its end.</summary>
    public abstract void Run(ReadOnlySpan<byte> input);

    /// <summary>Whether an exception is a refusal of the input in words of ours.</summary>
    public abstract bool IsRefusal(Exception error);
}
