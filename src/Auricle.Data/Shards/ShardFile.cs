using System.Formats.Tar;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Auricle.Audio;
using Auricle.Data.Reading;
using Auricle.Reading;
using Microsoft.Win32.SafeHandles;

namespace Auricle.Data;

/// <summary>A tar file of WebDataset's, and what the list beside it says of it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">How long it was when it was packed, where that is known.</param>
/// <param name="Count">How many items were packed, where that is known.</param>
internal sealed record ShardFile(string Path, long? Bytes, int? Count)
{
    private const int Block = 512;

    // Headers and descriptions lie side by side; a large buffer would read what is passed over.
    private const int ScanBuffer = 1 << 12;

    /// <summary>The shards of a folder: those of its list, else every tar in it, by name.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="origin">The data set that was packed, where the list tells.</param>
    /// <exception cref="DataSetException">There are none, or one that is listed is missing.</exception>
    public static IReadOnlyList<ShardFile> Of(string folder, out string? origin)
    {
        origin = null;
        IReadOnlyList<ShardFile> shards;
        var index = System.IO.Path.Combine(folder, ShardWriter.IndexName);
        if (File.Exists(index))
        {
            using var document = DataTable.Json(index);
            if (document.RootElement.Member("shards") is not { ValueKind: JsonValueKind.Array } list)
                throw new DataSetException(index, $"'{index}' lists no shards; pack the set anew.");
            origin = document.RootElement.Member("set") is { ValueKind: JsonValueKind.String } set ? set.GetString() : null;
            static long? Number(JsonElement? value) => value is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var whole) && whole >= 0 ? whole : null;
            shards = [.. list.EnumerateArray().Select(shard => new ShardFile(
                System.IO.Path.Combine(folder, shard.Member("name") is { ValueKind: JsonValueKind.String } name
                    ? System.IO.Path.GetFileName(name.GetString()!) : throw new DataSetException(index, $"'{index}' has a shard without name; pack the set anew.")),
                Number(shard.Member("bytes")), Number(shard.Member("items")) is { } items ? (int)Math.Min(items, int.MaxValue) : null))];
            if (shards.FirstOrDefault(shard => !File.Exists(shard.Path)) is { } missing)
                throw new DataSetException(folder, $"The shard '{System.IO.Path.GetFileName(missing.Path)}' that '{index}' lists is missing; copy it again, or pack the set anew.");
        }
        else
            shards = Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.tar").Order(StringComparer.Ordinal).Select(path => new ShardFile(path, null, null))] : [];
        return shards.Count > 0 ? shards : throw new DataSetException(folder, $"'{folder}' has no shards (*.tar); name a folder that was packed.");
    }

    /// <summary>The items, by the headers alone; contents are passed over.</summary>
    /// <param name="failed">Called with where the shard breaks off, after the items before that.</param>
    public IEnumerable<ShardEntry> Entries(Action<DataSetException> failed)
    {
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, ScanBuffer);
        using var tar = new TarReader(file);
        var parts = new List<ShardPart>();
        var (count, most, end) = (0, 0, 0L);
        // A tar ends in a block of zeros; one that was cut between two items lacks it.
        var isCut = Bytes is { } stated ? file.Length != stated : !EndsInZeros(file);
        while (true)
        {
            ShardPart? part = null;
            Exception? fault = null;
            try
            {
                part = Next(tar, file);
            }
            catch (Exception error) when (error is not (UnauthorizedAccessException or OutOfMemoryException))
            {
                // The platform's reader throws whatever numbers of a damaged header lead it to.
                (fault, isCut) = (error, true);
            }
            if (parts.Count > 0 && parts[0].Key != part?.Key)
            {
                // Of a shard that was cut the last item may lack what followed: it counts where it has as many parts as the others.
                if (part is not null || !isCut || parts.Count >= (most == 0 ? 2 : most))
                {
                    yield return new ShardEntry(Path, [.. parts]);
                    count++;
                }
                most = Math.Max(most, parts.Count);
                parts.Clear();
            }
            if (fault is not null)
            {
                Fail($"breaks off or is damaged at byte {end} after {Items()} ({fault.Message.TrimEnd('.')})", fault);
                yield break;
            }
            if (part is null)
                break;
            parts.Add(part);
            end = part.Offset + (part.Length + Block - 1) / Block * Block;
        }
        if (isCut)
            Fail(Bytes is null ? $"has no end at byte {file.Length}; {Items()} are left of it" : $"has {file.Length} bytes, but {Bytes} were packed; {Items()} are left of it", null);

        string Items() => count == 1 ? "1 item" : string.Create(CultureInfo.InvariantCulture, $"{count} items");

        void Fail(string what, Exception? inner) =>
            failed(new DataSetException(Path, $"'{Path}' {what}; copy the shard again, or pack the set anew.", innerException: inner));
    }

    private static bool EndsInZeros(FileStream file)
    {
        var block = new byte[Block];
        return file.Length >= block.Length && RandomAccess.Read(file.SafeFileHandle, block, file.Length - block.Length) == block.Length && !block.AsSpan().ContainsAnyExcept((byte)0);
    }

    private static ShardPart? Next(TarReader tar, FileStream file)
    {
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                continue;
            // WebDataset parts a name at the first point behind the last slash.
            var slash = entry.Name.LastIndexOf('/');
            var point = entry.Name.IndexOf('.', slash + 1);
            if (point < 0)
                continue;
            if (entry.DataOffset + entry.Length > file.Length)
                throw new InvalidDataException($"the entry '{entry.Name}' has {entry.Length} bytes, of which {Math.Max(0, file.Length - entry.DataOffset)} are there");
            return new ShardPart(entry.Name[..point], entry.Name[(point + 1)..].ToLowerInvariant(), entry.DataOffset, entry.Length);
        }
        return null;
    }
}

/// <summary>An entry of a tar.</summary>
/// <param name="Key">What the parts of an item have in common.</param>
/// <param name="Extension">What it is, by the rest of its name in small letters.</param>
/// <param name="Offset">Where its bytes begin.</param>
/// <param name="Length">How many there are.</param>
internal sealed record ShardPart(string Key, string Extension, long Offset, long Length);

/// <summary>An item as it lies in a shard.</summary>
internal sealed record ShardEntry(string Path, IReadOnlyList<ShardPart> Parts)
{
    /// <summary>How features are packed; anything else that is no description is taken for sound.</summary>
    public const string Features = "npy";

    // What an item is told by takes a few hundred bytes.
    private const long LargestDescription = 16 << 20;
    private static readonly string[] Descriptions = ["json", "txt", "cls"];

    /// <summary>What stands for the item in its shard.</summary>
    public string Key => Parts[0].Key;

    /// <summary>Its sound or features: by the extension, since foreign shards hold pictures and more; <see langword="null"/> where there is neither.</summary>
    public ShardPart? Content => Parts.FirstOrDefault(part => part.Extension == Features || AudioPaths.Extensions.Contains("." + part.Extension.Split('.')[^1]))
        ?? Parts.FirstOrDefault(part => !Descriptions.Contains(part.Extension));

    /// <summary>Reads what is said of it; its id is its key where the description has none.</summary>
    /// <param name="file">The shard.</param>
    /// <exception cref="DataSetException">A description is no JSON.</exception>
    public DataItem Describe(SafeFileHandle file)
    {
        var item = new DataItem { Id = Key };
        foreach (var part in Parts.Where(part => Descriptions.Contains(part.Extension)))
        {
            if (part.Length > LargestDescription)
                throw new DataSetException(Path, $"The description of '{Key}' in '{Path}' has {part.Length} bytes, and at most {LargestDescription} are read; pack the set anew.");
            var bytes = Read(file, part);
            item = part.Extension switch
            {
                "json" => Described(bytes, item),
                "txt" => item with { Captions = Lines(bytes) },
                _ => item with { Labels = Lines(bytes) },
            };
        }
        return item;
    }

    /// <summary>The bytes of a part.</summary>
    /// <exception cref="DataSetException">The shard ends before them, or they are more than one text of the platform holds.</exception>
    public byte[] Read(SafeFileHandle file, ShardPart part)
    {
        if (part.Length > Array.MaxLength)
            throw new DataSetException(Path, $"'{part.Key}.{part.Extension}' of '{Path}' has {part.Length} bytes, more than are read at once; pack shorter sounds.");
        var bytes = new byte[part.Length];
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(file, bytes.AsSpan(done), part.Offset + done);
            if (read == 0)
                throw new DataSetException(Path, $"'{Path}' ends at byte {part.Offset + done}, within '{part.Key}.{part.Extension}'; it was cut while it was read: copy the shard again.");
            done += read;
        }
        return bytes;
    }

    private static string[] Lines(byte[] bytes) => Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // Also what LAION's shards hold: a text or a list of texts, and tags.
    private DataItem Described(byte[] bytes, DataItem item)
    {
        using var document = JsonText.Parse(bytes, problem => new DataSetException(Path, $"The description of '{Key}' in '{Path}' {problem.What}; pack the set anew."));
        var root = document.RootElement;
        static string[] Texts(JsonElement? value) => value switch
        {
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Where(text => text.ValueKind == JsonValueKind.String).Select(text => text.GetString()!)],
            { ValueKind: JsonValueKind.String } text => [text.GetString()!],
            _ => [],
        };
        static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
        return item with
        {
            Id = Text(root.Member("id")) ?? item.Id,
            Captions = Texts(root.Member("captions") ?? root.Member("text") ?? root.Member("caption")),
            Labels = Texts(root.Member("labels") ?? root.Member("tag")),
            Split = Text(root.Member("split")),
            Source = Text(root.Member("source")),
            Recording = Text(root.Member("recording")),
            Fold = root.Member("fold") is { ValueKind: JsonValueKind.Number } fold && fold.TryGetInt32(out var number) ? number : null,
            Seconds = root.Member("seconds") is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetDouble() : null,
        };
    }
}
