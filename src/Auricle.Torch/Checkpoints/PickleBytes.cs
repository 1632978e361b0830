namespace Auricle.Torch.Checkpoints;

/// <summary>Python <c>bytes</c> or a <c>bytearray</c>.</summary>
public sealed class PickleBytes : PickleValue
{
    internal PickleBytes(byte[] value) => Value = value;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>The length as text.</summary>
    public override string ToString() => $"bytes of length {Value.Length}";
}
