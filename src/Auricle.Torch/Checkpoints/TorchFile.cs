namespace Auricle.Torch.Checkpoints;

/// <summary>
/// Reads what <c>torch.save</c> writes: zip files, the older stream of pickles, and so also Lightning's <c>.ckpt</c>.
/// Tensors are views of the mapped file.
/// </summary>
public static class TorchFile
{
    internal static ReadOnlySpan<byte> ZipMagic => "PK\x03\x04"u8;

    /// <summary>The pickle of the magic number 0x1950a86a20f9469cfc6c, in protocol 2, without its end.</summary>
    internal static ReadOnlySpan<byte> LegacyMagic => [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    /// <summary>Reads the saved object.</summary>
    /// <exception cref="WeightsException">The file is neither kind, is damaged, or was written on a big-endian machine.</exception>
    public static PickleValue Read(string path) => Read(MappedFile.Open(path));

    internal static PickleValue Read(MappedFile file)
    {
        var start = file.Rest(0);
        var value = start.StartsWith(ZipMagic) ? ReadZip(file)
            : start.StartsWith(LegacyMagic) ? ReadLegacy(file)
            : throw CheckpointError.Create(file.Path, "it is no file of torch.save; check what was fetched.");
        GC.KeepAlive(file);
        return value;
    }

    private static PickleValue ReadZip(MappedFile file)
    {
        var entries = ZipDirectory.Read(file);
        const string Pickle = "data.pkl";
        var name = entries.Names.FirstOrDefault(entry => entry == Pickle || (entry.EndsWith("/" + Pickle, StringComparison.Ordinal) && entry.IndexOf('/') == entry.Length - Pickle.Length - 1))
            ?? throw CheckpointError.Create(file.Path, "it is a zip file without 'data.pkl', so not one of torch.save; unpack it if it holds checkpoints.");
        var folder = name[..^Pickle.Length];
        if (entries.Find(folder + "byteorder") is { } order && !file.Span(order.Offset, order.Length).StartsWith("little"u8))
            throw BigEndian(file);
        var (offset, length) = entries.Find(name)!.Value;
        return PickleReader.Read(file.Span(offset, length), file.Path, new ZipStorages(file, entries, folder), out _);
    }

    private static PickleValue ReadLegacy(MappedFile file)
    {
        long position = 0;
        var storages = new LegacyStorages(file);
        _ = Next(null);
        if (Next(null) is not PickleInteger { Value: var version } || version != 1001)
            throw CheckpointError.Create(file.Path, "its version of the legacy format is not 1001; save it with torch.save again.");
        if (Next(null) is not PickleDict system || !system.TryGetValue("little_endian", out var endian) || endian is not PickleBool little)
            throw CheckpointError.Create(file.Path, "its description of the writing machine is missing; the file is damaged.");
        if (!little.Value)
            throw BigEndian(file);
        var value = Next(storages);
        storages.Attach(Next(null), position);
        return value;

        PickleValue Next(IStorageSource? source)
        {
            var next = PickleReader.Read(file.Rest(position), file.Path, source, out var length);
            position += length;
            return next;
        }
    }

    private static WeightsException BigEndian(MappedFile file) =>
        CheckpointError.Create(file.Path, "it was written on a big-endian machine; load and save it there as safetensors.");
}
