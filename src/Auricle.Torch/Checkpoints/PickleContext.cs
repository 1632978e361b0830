namespace Auricle.Torch.Checkpoints;

/// <summary>What one reading of a pickle shares: where it came from, its storages, and how much it may still expand.</summary>
internal sealed class PickleContext(string? file, IStorageSource? storages, long pickleLength)
{
    // A few bytes can ask for a long memoised value to be copied; a sound file copies each byte a few times at most.
    private long _budget = (4 * pickleLength) + 4096;

    // A byte can make an object of a hundred. What programs save takes some ten to thirty times its length, and small
    // pickles may take what they like.
    private readonly long _mostRoom = (32 * pickleLength) + (64L << 20);
    private long _held;

    public string? File { get; } = file;

    public IStorageSource? Storages { get; } = storages;

    public WeightsException Error(string sentence) => CheckpointError.Create(File, sentence);

    /// <summary>Accounts for copying so many values or bytes.</summary>
    public void Charge(long amount)
    {
        _budget -= amount;
        if (_budget < 0)
            throw Error("the pickle expands to many times its own length; the file is hostile.");
    }

    /// <summary>Accounts for memory that stays taken while the pickle is read, in bytes, about.</summary>
    public void Hold(long bytes)
    {
        _held += bytes;
        if (_held > _mostRoom)
            throw Error($"the {pickleLength} bytes of the pickle make objects of more than {_mostRoom >> 20} MiB; the file is hostile.");
    }

    /// <summary>An integer that must fit 64 bits.</summary>
    public long ToLong(PickleValue value, string what) =>
        value is PickleInteger { Value: var integer } && integer >= long.MinValue && integer <= long.MaxValue
            ? (long)integer
            : throw Error($"{what} is no 64-bit integer; the file is damaged.");

    /// <summary>A tuple or list of integers that describes the dimensions of a tensor.</summary>
    public long[] ToLongs(PickleValue value, string what)
    {
        var items = value switch
        {
            PickleTuple tuple => tuple.Items,
            PickleList list => list.Items,
            PickleObject { Module: "torch", Name: "Size", Arguments.Items: [PickleTuple tuple] } => tuple.Items,
            _ => throw Error($"{what} is no tuple; the file is damaged."),
        };
        if (items.Count > StoredTensor.MaxRank)
            throw Error($"{what} has {items.Count} entries, more than {StoredTensor.MaxRank}; the file is damaged.");
        var result = new long[items.Count];
        for (var i = 0; i < result.Length; i++)
            result[i] = ToLong(items[i], what);
        return result;
    }
}
