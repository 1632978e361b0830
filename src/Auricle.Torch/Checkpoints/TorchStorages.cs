namespace Auricle.Torch.Checkpoints;

/// <summary>Finds the storage that a pickle refers to.</summary>
internal interface IStorageSource
{
    /// <param name="id">The persistent id, as PyTorch writes it: a tuple that starts with <c>'storage'</c>.</param>
    PickleStorage Load(PickleValue id);
}

/// <summary>What PyTorch's reference to a storage says.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Key">The key in the file.</param>
/// <param name="Count">The number of elements.</param>
/// <param name="ByteLength">The length in bytes, at most that of the file.</param>
/// <param name="View">First element and count of a view, in old legacy files.</param>
internal sealed record StorageReference(ElementType Type, string Key, long Count, long ByteLength, (long First, long Count)? View)
{
    public static StorageReference Parse(PickleValue id, MappedFile file)
    {
        if (id is not PickleTuple { Items: [PickleString { Value: "storage" }, PickleGlobal type, var key, _, PickleInteger count, ..] items })
            throw CheckpointError.Create(file.Path, "it refers to a storage in an unknown way; save it with torch.save.");
        if (ElementType.FromStorageClass(type.Name) is not { } element)
            throw CheckpointError.Create(file.Path, $"it has a storage of the unknown type '{CheckpointError.Shorten(type.ToString())}'; convert it before saving.");
        if (count.Value < 0 || count.Value * element.Size > file.Length)
            throw CheckpointError.Create(file.Path, $"a storage promises {element.Name} elements beyond the file's {file.Length} bytes; fetch the file again.");
        var name = key is PickleString or PickleInteger
            ? key.ToString()!
            : throw CheckpointError.Create(file.Path, "a storage has no key; the file is damaged.");
        (long, long)? view = null;
        if (items.Count > 5 && items[5] is PickleTuple { Items: [_, PickleInteger first, PickleInteger size] })
        {
            if (first.Value < 0 || size.Value < 0 || first.Value + size.Value > count.Value)
                throw CheckpointError.Create(file.Path, "a view does not fit its storage; the file is damaged.");
            view = ((long)first.Value, (long)size.Value);
        }
        return new StorageReference(element, name, (long)count.Value, (long)count.Value * element.Size, view);
    }

    public PickleStorage ToValue(TensorStorage storage) =>
        new(Type, storage, View?.First ?? 0, View?.Count ?? Count);
}

/// <summary>Storages that are entries of a zip file.</summary>
internal sealed class ZipStorages(MappedFile file, ZipDirectory entries, string folder) : IStorageSource
{
    private readonly Dictionary<string, TensorStorage> _known = [];

    public PickleStorage Load(PickleValue id)
    {
        var reference = StorageReference.Parse(id, file);
        if (!_known.TryGetValue(reference.Key, out var storage))
        {
            var shown = CheckpointError.Shorten(reference.Key);
            var (offset, length) = entries.Find($"{folder}data/{reference.Key}")
                ?? throw CheckpointError.Create(file.Path, $"the data of storage '{shown}' is missing; fetch the file again.");
            if (reference.ByteLength > length)
                throw CheckpointError.Create(file.Path, $"storage '{shown}' promises {reference.ByteLength} bytes but has {length}; the file is damaged.");
            _known[reference.Key] = storage = new TensorStorage(file, offset, length);
        }
        return reference.ToValue(storage);
    }
}

/// <summary>Storages whose data follows the pickles of a legacy file.</summary>
internal sealed class LegacyStorages(MappedFile file) : IStorageSource
{
    private readonly Dictionary<string, (StorageReference Reference, TensorStorage Storage)> _known = [];

    public PickleStorage Load(PickleValue id)
    {
        var reference = StorageReference.Parse(id, file);
        if (!_known.TryGetValue(reference.Key, out var entry))
            _known[reference.Key] = entry = (reference, new TensorStorage(reference.ByteLength));
        else if (entry.Reference.Count != reference.Count || entry.Reference.Type != reference.Type)
            throw CheckpointError.Create(file.Path, $"storage '{CheckpointError.Shorten(reference.Key)}' is described in two ways; the file is damaged.");
        return reference.ToValue(entry.Storage);
    }

    /// <summary>Finds each storage's data: a count and the elements, in the order of the keys.</summary>
    public void Attach(PickleValue keys, long position)
    {
        foreach (var key in (keys as PickleList)?.Items ?? throw CheckpointError.Create(file.Path, "the list of storages is missing; fetch the file again."))
        {
            var count = System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(file.Span(position, 8));
            if (key is not (PickleString or PickleInteger) || !_known.TryGetValue(key.ToString()!, out var entry))
                throw CheckpointError.Create(file.Path, "it has a storage that no tensor uses; the file is damaged.");
            if (count != entry.Reference.Count)
                throw CheckpointError.Create(file.Path, $"a storage has {count} elements where {entry.Reference.Count} are promised; the file is damaged.");
            entry.Storage.Attach(file, position + 8);
            position += 8 + entry.Storage.ByteLength;
        }
        if (_known.Values.Any(entry => !entry.Storage.IsAttached))
            throw CheckpointError.Create(file.Path, "the data of a storage is missing; fetch the file again.");
    }
}
