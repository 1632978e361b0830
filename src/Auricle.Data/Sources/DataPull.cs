using Auricle.Fetching;
using SharpCompress.Archives;
using SharpCompress.Readers;

namespace Auricle.Data;

/// <summary>Fetches what a data set's authors publish into its folder, and unpacks it. What an earlier call has done is not done again.</summary>
/// <param name="fetcher">Fetches.</param>
public sealed class DataPull(Fetcher fetcher)
{
    // What was fetched and unpacked, so that an archive that is gone is not fetched anew.
    private const string DoneFolder = ".auricle-pull";

    /// <summary>Fetches a set.</summary>
    /// <param name="sources">What is fetched.</param>
    /// <param name="root">The set's folder, which is made.</param>
    /// <param name="mirror">An address below which the files lie by their names, instead of the authors'.</param>
    /// <param name="keepsArchives">Whether archives stay after they were unpacked.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="FetchException">A file cannot be fetched, or its bytes are not those that were published.</exception>
    /// <exception cref="DataSetException">An archive cannot be unpacked.</exception>
    public async Task FetchAsync(
        IEnumerable<DataSource> sources, string root, Uri? mirror = null, bool keepsArchives = false, IProgress<FetchProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentException.ThrowIfNullOrEmpty(root);
        foreach (var source in sources)
        {
            var path = Path.Combine(root, source.Path);
            var done = Path.Combine(root, DoneFolder, Path.GetFileName(source.Path) + ".done");
            if (source.IsArchive ? File.Exists(done) : File.Exists(path))
                continue;
            var address = mirror is null ? source.Address : new Uri(mirror, Path.GetFileName(source.Path));
            await fetcher.FetchAsync(new RemoteFile(source.Path, address) { Hash = source.Hash }, new FetchTarget(path), progress, cancellationToken).ConfigureAwait(false);
            if (!source.IsArchive)
                continue;
            Unpack(path, root, cancellationToken);
            Directory.CreateDirectory(Path.GetDirectoryName(done)!);
            await File.WriteAllTextAsync(done, $"{Fetcher.Shown(address)}\n", cancellationToken).ConfigureAwait(false);
            if (!keepsArchives)
                File.Delete(path);
        }
    }

    /// <summary>Unpacks an archive. A file is whole or not there; one that is there in the right length stays.</summary>
    /// <exception cref="DataSetException">It is damaged, or one of its names leads out of the folder.</exception>
    internal static void Unpack(string archive, string root, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(root) + Path.DirectorySeparatorChar;
        try
        {
            // A compressed tar can only be read from front to back.
            if (archive.EndsWith(".tar.gz", StringComparison.Ordinal))
            {
                using var stream = File.OpenRead(archive);
                using var reader = ReaderFactory.OpenReader(stream);
                while (reader.MoveToNextEntry())
                {
                    if (!reader.Entry.IsDirectory && reader.Entry.LinkTarget is null)
                        Place(reader.Entry.Key, reader.Entry.Size, reader.WriteEntryTo);
                }
                return;
            }
            using var packed = ArchiveFactory.OpenArchive(archive);
            if (packed.Type != SharpCompress.Common.ArchiveType.SevenZip)
            {
                foreach (var entry in packed.Entries.Where(entry => !entry.IsDirectory && entry.LinkTarget is null))
                {
                    Place(entry.Key, entry.Size, stream =>
                    {
                        using var content = entry.OpenEntryStream();
                        content.CopyTo(stream);
                    });
                }
                return;
            }
            // Its files are compressed together; in this order they are unpacked once.
            using var entries = packed.ExtractAllEntries();
            while (entries.MoveToNextEntry())
            {
                if (!entries.Entry.IsDirectory)
                    Place(entries.Entry.Key, entries.Entry.Size, entries.WriteEntryTo);
            }
        }
        catch (Exception error) when (error is SharpCompress.Common.SharpCompressException or InvalidOperationException or NotSupportedException or EndOfStreamException or InvalidDataException or IndexOutOfRangeException)
        {
            throw new DataSetException(archive, $"'{archive}' cannot be unpacked ({error.Message.TrimEnd('.')}); remove it and pull again.", innerException: error);
        }

        void Place(string? key, long size, Action<Stream> write)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (string.IsNullOrEmpty(key))
                throw new InvalidDataException("it is cut short");
            var target = Path.GetFullPath(Path.Combine(root, key));
            if (!target.StartsWith(folder, StringComparison.Ordinal))
                throw new DataSetException(archive, $"'{archive}' holds the name '{key}', which leads out of the folder; do not use this file.");
            if (File.Exists(target) && new FileInfo(target).Length == size)
                return;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using (var file = File.Create(target + ".partial"))
                write(file);
            if (new FileInfo(target + ".partial").Length != size)
            {
                File.Delete(target + ".partial");
                throw new InvalidDataException($"'{key}' is cut short");
            }
            File.Move(target + ".partial", target, overwrite: true);
        }
    }
}
