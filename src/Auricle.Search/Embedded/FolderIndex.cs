using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Auricle.Search.Embedded;

/// <summary>
/// An index in a folder: <c>catalogue.db</c>, the vectors in <c>vectors-N.f16</c> and <c>vectors-N.i8</c>, a <c>lock</c> that its writer holds.
/// A row counts once the catalogue's transaction says so; vectors are on the disk before. Where many rows are holes, the rest is copied to
/// files of the next number, which the catalogue changes to in one transaction.
/// </summary>
internal sealed partial class FolderIndex : ISoundIndex
{
    private const string LockFile = "lock";

    // Holes are closed where there are more of them than rows in use.
    private const int SmallestHoles = 1024;

    private readonly Catalogue _catalogue;
    private readonly FileStream? _lock;
    private readonly Lock _using = new();
    private VectorFiles _vectors;
    private long _generation;
    private long _rows;
    private volatile bool _isDisposed;

    private FolderIndex(string folder, Catalogue catalogue, FileStream? writing)
    {
        (Location, _catalogue, _lock) = (folder, catalogue, writing);
        Settings = ReadSettings();
        _generation = Number("generation");
        _vectors = OpenVectors();
        if (writing is null)
            return;
        RemoveOtherFiles();
        var rows = Number("rows");
        if (!_vectors.Hold(rows, out var exactIsWhole) && exactIsWhole)
            _vectors.RestoreBytes(rows);
    }

    public string Location { get; }

    public IndexSettings Settings { get; private set; }

    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, Catalogue.FileName));

    public static FolderIndex Open(string folder, bool forWriting) => Guarded(folder, () =>
    {
        if (!Exists(folder))
            throw new IndexException(folder, $"There is no index at '{folder}'; make one with: auricle index FOLDER, or name another with --index.", isRequest: true);
        var writing = forWriting ? TakeLock(folder) : null;
        return Opened(folder, writing, SqliteOpenMode.ReadWrite, catalogue =>
        {
            if (catalogue.StoredVersion == 0)
                throw new IndexException(folder, $"The index at '{folder}' was never finished; make it with: auricle index FOLDER.", isRequest: true);
        });
    });

    public static FolderIndex Create(string folder, IndexSettings settings, bool rebuild) => Guarded(folder, () =>
    {
        if (File.Exists(folder))
            throw new IndexException(folder, $"'{folder}' is a file; an index needs a folder of its own: name one with --index.", isRequest: true);
        if (!Exists(folder) && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(entry => Path.GetFileName(entry) != LockFile))
            throw new IndexException(folder, $"The folder '{folder}' holds other files and no index; name a new or empty folder with --index.", isRequest: true);
        Directory.CreateDirectory(folder);
        return Opened(folder, TakeLock(folder), SqliteOpenMode.ReadWriteCreate, catalogue =>
        {
            var isNew = catalogue.StoredVersion == 0;
            if (!isNew && !rebuild)
            {
                var has = ReadSettings(catalogue);
                if (has != settings with { Model = has.Model })
                    throw new IndexMismatchException(folder, has, settings);
                return;
            }
            catalogue.InTransaction(() =>
            {
                var generation = isNew ? 0 : long.Parse(catalogue.Setting("generation")!, CultureInfo.InvariantCulture) + 1;
                if (isNew)
                    catalogue.CreateTables();
                else
                    catalogue.Clear();
                foreach (var (key, value) in (ReadOnlySpan<(string, object)>)[
                    ("model", settings.Model), ("fingerprint", settings.Fingerprint), ("width", settings.Width), ("segment", settings.SegmentSeconds),
                    ("overlap", settings.OverlapSeconds), ("generation", generation), ("rows", 0)])
                    catalogue.Set(key, Convert.ToString(value, CultureInfo.InvariantCulture)!);
            });
        });
    });

    public IndexCounts Count() => Use(() => _catalogue.Count(FolderBytes()));

    public IReadOnlyList<string> Roots() => Use(() => _catalogue.Roots().ConvertAll(root => root.Path));

    public IReadOnlyList<IndexedFile> Files(IndexFilter? filter = null) => Use(() => _catalogue.Files(filter));

    public IReadOnlyDictionary<long, IndexedFile> Find(IReadOnlyCollection<long> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Use(() => ids.Distinct().Select(_catalogue.File).OfType<IndexedFile>().ToDictionary(file => file.Id));
    }

    public void Put(IReadOnlyList<NewFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var vectors = files.SelectMany(file => file.Segments).Select(segment => segment.Vector).ToList();
        VectorCheck.All(vectors, Settings.Width);
        Write(() =>
        {
            var first = Number("rows");
            var exact = vectors.Count == 0 ? [] : _vectors.Append(first, vectors);
            _catalogue.InTransaction(() =>
            {
                var row = 0;
                foreach (var file in files)
                {
                    _catalogue.Add(file, first + row, Checksum(exact.AsSpan(row * Settings.Width, file.Segments.Count * Settings.Width)));
                    row += file.Segments.Count;
                }
                _catalogue.Set("rows", (first + row).ToString(CultureInfo.InvariantCulture));
            });
        });
    }

    public void Update(IReadOnlyList<(long Id, FileStamp Stamp)> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        Write(() => _catalogue.InTransaction(() =>
        {
            foreach (var (id, stamp) in files)
                _catalogue.Update(id, stamp);
        }));
    }

    public void Remove(IReadOnlyList<long> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Write(() =>
        {
            _catalogue.InTransaction(() =>
            {
                foreach (var id in ids)
                    _catalogue.Remove(id);
            });
            var holes = _catalogue.Holes().Sum(hole => hole.Count);
            if (holes >= SmallestHoles && holes > Number("rows") / 2)
                CloseHoles();
        });
    }

    public void MoveRoot(string oldRoot, string newRoot)
    {
        Write(() => _catalogue.InTransaction(() =>
        {
            var roots = _catalogue.Roots();
            var root = roots.Find(root => root.Path == oldRoot);
            if (root.Path is null)
                throw RootProblem.Unknown(Location, oldRoot, [.. roots.Select(other => other.Path)]);
            if (roots.Exists(other => other.Path == newRoot))
                throw RootProblem.Taken(Location, newRoot);
            _catalogue.MoveRoot(root.Id, newRoot);
        }));
    }

    public void Dispose()
    {
        lock (_using)
        {
            _isDisposed = true;
            _graph?.Dispose();
            _vectors.Dispose();
            _catalogue.Dispose();
            _lock?.Dispose();
        }
    }

    internal static long Checksum(ReadOnlySpan<Half> rows) => (long)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(rows));

    private static FolderIndex Opened(string folder, FileStream? writing, SqliteOpenMode mode, Action<Catalogue> prepare)
    {
        Catalogue? catalogue = null;
        try
        {
            try
            {
                catalogue = Catalogue.Open(folder, mode);
                _ = catalogue.StoredVersion;
            }
            catch (SqliteException error) when (mode == SqliteOpenMode.ReadWrite && writing is null && error.SqliteErrorCode is 8 or 14)
            {
                // Searching needs no right to write.
                catalogue?.Dispose();
                catalogue = Catalogue.Open(folder, SqliteOpenMode.ReadOnly);
            }
            if (catalogue.StoredVersion > Catalogue.CurrentVersion)
                throw new IndexException(folder, $"The index '{folder}' was made by a newer Auricle (format {catalogue.StoredVersion}, and this one knows {Catalogue.CurrentVersion}); use that one, or another index.", isRequest: true);
            prepare(catalogue);
            return new FolderIndex(folder, catalogue, writing);
        }
        catch
        {
            catalogue?.Dispose();
            writing?.Dispose();
            throw;
        }
    }

    private static FileStream TakeLock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException error) when (error.Message.Contains("another process", StringComparison.Ordinal))
        {
            throw new IndexException(folder, $"The index '{folder}' is being written by another run of Auricle; wait for its end, or name another index.", innerException: error);
        }
    }

    private IndexSettings ReadSettings() => ReadSettings(_catalogue);

    private static IndexSettings ReadSettings(Catalogue catalogue) => new(
        catalogue.Setting("model")!, catalogue.Setting("fingerprint")!, int.Parse(catalogue.Setting("width")!, CultureInfo.InvariantCulture),
        double.Parse(catalogue.Setting("segment")!, CultureInfo.InvariantCulture), double.Parse(catalogue.Setting("overlap")!, CultureInfo.InvariantCulture));

    private VectorFiles OpenVectors() => new(Location, _generation, Settings.Width, forWriting: _lock is not null);

    private long Number(string key) => long.Parse(_catalogue.Setting(key)!, CultureInfo.InvariantCulture);

    private long FolderBytes() => _vectors.Bytes + new DirectoryInfo(Location).EnumerateFiles().Where(file => file.Extension is not (".f16" or ".i8")).Sum(file => file.Length);

    /// <summary>Copies the rows in use to the files of the next number.</summary>
    private void CloseHoles()
    {
        var next = new VectorFiles(Location, _generation + 1, Settings.Width, forWriting: true);
        try
        {
            long rows = 0;
            foreach (var (_, range, _) in _catalogue.Checksums())
            {
                var exact = new Half[range.Count * Settings.Width];
                _vectors.ReadExact(range.First, exact);
                next.Copy(rows, exact);
                rows += range.Count;
            }
            next.Flush();
            _catalogue.InTransaction(() =>
            {
                _catalogue.CloseHoles();
                _catalogue.Set("generation", (_generation + 1).ToString(CultureInfo.InvariantCulture));
                _catalogue.Set("rows", rows.ToString(CultureInfo.InvariantCulture));
                foreach (var setting in (string[])[GraphSetting, GraphFileSetting, GraphRowsSetting])
                    _catalogue.Unset(setting);
            });
        }
        catch
        {
            next.Dispose();
            throw;
        }
        _vectors.Dispose();
        (_vectors, _generation) = (next, _generation + 1);
        RemoveOtherFiles();
    }

    // Those of a run that ended before it counted, or after.
    private void RemoveOtherFiles()
    {
        var graph = _catalogue.Setting(GraphFileSetting);
        foreach (var path in Directory.EnumerateFiles(Location))
        {
            var name = Path.GetFileName(path);
            if ((name.StartsWith("vectors-", StringComparison.Ordinal) && Path.GetFileNameWithoutExtension(name) != $"vectors-{_generation}")
                || (name.StartsWith("graph-", StringComparison.Ordinal) && name != graph))
                File.Delete(path);
        }
    }

    private T Use<T>(Func<T> work) => Guarded(Location, () =>
    {
        lock (_using)
            return work();
    });

    private void Write(Action work)
    {
        if (_lock is null)
            throw new InvalidOperationException("The index is open for searching only.");
        Use(() =>
        {
            if (!File.Exists(Path.Combine(Location, Catalogue.FileName)))
                throw new IndexException(Location, $"The index '{Location}' is gone: its folder was removed while it was written; run the command again.");
            work();
            return true;
        });
    }

    /// <summary>Says what went wrong below in a sentence.</summary>
    private static T Guarded<T>(string folder, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException error) when (error.SqliteErrorCode != 1 || error.Message.Contains("no such table", StringComparison.Ordinal))
        {
            throw new IndexException(folder, error.SqliteErrorCode switch
            {
                13 => $"The index '{folder}' could not be written (no room is left on the disk); make room and run the command again: what was finished before is kept.",
                5 or 6 => $"The index '{folder}' is in use by another program and was not free for a minute; try again later.",
                8 or 3 => $"The index '{folder}' may not be written by this user; change its permissions or name another with --index.",
                10 or 14 => $"The index '{folder}' cannot be read or written ({error.Message.TrimEnd('.')}); check that the folder and its disk are still there.",
                _ => $"The index '{folder}' is damaged ({error.Message.TrimEnd('.')}); make it anew with: auricle index --rebuild.",
            }, innerException: error);
        }
        catch (EndOfStreamException error)
        {
            throw new IndexException(
                folder, $"The vectors of the index '{folder}' are shorter than its catalogue says ({error.Message}); try auricle index verify, or make it anew with: auricle index --rebuild.", innerException: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IndexException(
                folder, $"The index '{folder}' cannot be read or written ({error.Message.Split(" : '")[0].TrimEnd('.')}); check its permissions and the room on its disk: what was finished before is kept.", innerException: error);
        }
    }
}
