using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Npgsql;
using Pgvector;

namespace Auricle.Search.Postgres;

/// <summary>
/// An index in a schema of a PostgreSQL database with pgvector: vectors as <c>halfvec</c>, exact search by a scan, approximate search by an HNSW
/// graph with iterative scans, which goes on until as many stretches are found as a filter lets through. Its writer holds an advisory lock on a
/// connection of its own.
/// </summary>
internal sealed class PostgresIndex : ISoundIndex
{
    private const string FileColumns = "files.id, roots.path, files.path, bytes, modified, hash, seconds, recorded, tags::text, count, error";
    private const int RecallQueries = 100;
    private const int RecallTop = 10;
    private const int LargestSearch = 1000;
    private const int WidestGraph = 4000;

    private readonly string _schema;
    private readonly NpgsqlDataSource _source;
    private readonly SchemaConnection? _writing;
    private readonly Lock _using = new();

    private PostgresIndex(DatabaseAddress address, NpgsqlDataSource source, SchemaConnection? writing)
    {
        (Location, _schema, _source, _writing) = (address.Shown, address.Schema, source, writing);
        Settings = Use(ReadSettings);
    }

    public string Location { get; }

    public IndexSettings Settings { get; }

    public GraphReport? Graph => Use(connection => Setting(connection, "graph") is { } text ? GraphText.Read(text) : null);

    public static bool Exists(string location)
    {
        var address = DatabaseAddress.Parse(location);
        return Guarded(address.Shown, () =>
        {
            using var source = Source(address);
            using var connection = new SchemaConnection(source.OpenConnection(), address.Schema);
            return HasIndex(connection);
        });
    }

    public static PostgresIndex Open(string location, bool forWriting)
    {
        var address = DatabaseAddress.Parse(location);
        return Opened(address, source =>
        {
            var connection = new SchemaConnection(source.OpenConnection(), address.Schema);
            try
            {
                if (!HasIndex(connection))
                    throw new IndexException(address.Shown, $"There is no index at '{address.Shown}'; make one with: auricle index FOLDER --index {address.Shown}", isRequest: true);
                CheckVersion(address, connection, mayUpgrade: forWriting);
                if (!forWriting)
                {
                    connection.Dispose();
                    return null;
                }
                TakeLock(address, connection);
                connection.InTransaction(() => Migrations.Apply(connection, Migrations.Latest));
                return connection;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        });
    }

    public static PostgresIndex Create(string location, IndexSettings settings, bool rebuild)
    {
        var address = DatabaseAddress.Parse(location);
        return Opened(address, source =>
        {
            var connection = new SchemaConnection(source.OpenConnection(), address.Schema);
            try
            {
                TakeLock(address, connection);
                connection.InTransaction(() =>
                {
                    connection.Run("create extension if not exists vector");
                    connection.Run($"create schema if not exists {address.Schema}");
                });
                connection.Inner.ReloadTypes();
                CheckVersion(address, connection, mayUpgrade: true);
                connection.InTransaction(() =>
                {
                    Migrations.Apply(connection, Migrations.Latest);
                    if (!rebuild && Setting(connection, "model") is not null)
                    {
                        var has = ReadSettings(connection);
                        if (has != settings with { Model = has.Model })
                            throw new IndexMismatchException(address.Shown, has, settings);
                        return;
                    }
                    connection.Run("drop table if exists ~segments");
                    connection.Run("truncate ~files, ~roots, ~settings");
                    connection.Run(string.Create(
                        CultureInfo.InvariantCulture,
                        $"create table ~segments (id bigserial primary key, file bigint not null references ~files on delete cascade, start double precision not null, stop double precision not null, vector halfvec({settings.Width}) not null)"));
                    connection.Run("create index segments_file on ~segments (file)");
                    foreach (var (key, value) in (ReadOnlySpan<(string, object)>)[
                        ("model", settings.Model), ("fingerprint", settings.Fingerprint), ("width", settings.Width), ("segment", settings.SegmentSeconds), ("overlap", settings.OverlapSeconds)])
                        Set(connection, key, Convert.ToString(value, CultureInfo.InvariantCulture)!);
                });
                return connection;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        });
    }

    public IndexCounts Count() => Use(connection => connection.Rows(
        "select count(*) filter (where error is null), count(*) filter (where error is not null), coalesce(sum(count), 0)::bigint, coalesce(sum(seconds) filter (where error is null), 0), "
        + "(pg_total_relation_size('~files') + pg_total_relation_size('~segments') + pg_total_relation_size('~roots'))::bigint from ~files",
        reader => new IndexCounts(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetDouble(3), reader.GetInt64(4)))[0]);

    public IReadOnlyList<string> Roots() => Use(connection => RootRows(connection).ConvertAll(root => root.Path));

    public IReadOnlyList<IndexedFile> Files(IndexFilter? filter = null) => Use(connection =>
    {
        var condition = Condition(connection, filter, out var parameters);
        return connection.Rows($"select {FileColumns} from ~files join ~roots on roots.id = root where {condition} order by files.id", ReadFile, parameters);
    });

    public IReadOnlyDictionary<long, IndexedFile> Find(IReadOnlyCollection<long> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Use(connection => connection.Rows($"select {FileColumns} from ~files join ~roots on roots.id = root where files.id = any(@ids)", ReadFile, ("@ids", ids.ToArray())).ToDictionary(file => file.Id));
    }

    public void Put(IReadOnlyList<NewFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        VectorCheck.All([.. files.SelectMany(file => file.Segments).Select(segment => segment.Vector)], Settings.Width);
        Write(connection =>
        {
            var roots = files.Select(file => file.Stamp.Root).Distinct().ToDictionary(root => root, root => RootId(connection, root));
            var ids = connection.Together(files.SelectMany(file => Replacing(file, roots[file.Stamp.Root])));
            connection.Together(files.Zip(ids).SelectMany(item => item.First.Segments.Select(segment => (
                "insert into ~segments (file, start, stop, vector) values (@file, @start, @stop, @vector)",
                ((string, object)[])[("@file", item.Second), ("@start", segment.Start), ("@stop", segment.End), ("@vector", Half(segment.Vector))]))));
        });
    }

    public void Update(IReadOnlyList<(long Id, FileStamp Stamp)> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        Write(connection =>
        {
            foreach (var (id, stamp) in files)
            {
                var root = RootId(connection, stamp.Root);
                connection.Run("delete from ~files where root = @root and path = @path and id <> @id", ("@root", root), ("@path", stamp.Path), ("@id", id));
                connection.Run("update ~files set root = @root, path = @path, bytes = @bytes, modified = @modified, hash = @hash where id = @id",
                    ("@root", root), ("@path", stamp.Path), ("@bytes", stamp.Bytes), ("@modified", stamp.Modified.ToUnixTimeMilliseconds()), ("@hash", stamp.Hash), ("@id", id));
            }
        });
    }

    public void Remove(IReadOnlyList<long> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Write(connection =>
        {
            connection.Run("delete from ~files where id = any(@ids)", ("@ids", ids.ToArray()));
            connection.Run("delete from ~roots where not exists (select 1 from ~files where root = roots.id)");
        });
    }

    public void MoveRoot(string oldRoot, string newRoot) => Write(connection =>
    {
        var roots = RootRows(connection);
        var root = roots.Find(root => root.Path == oldRoot);
        if (root.Path is null)
            throw RootProblem.Unknown(Location, oldRoot, [.. roots.Select(other => other.Path)]);
        if (roots.Exists(other => other.Path == newRoot))
            throw RootProblem.Taken(Location, newRoot);
        connection.Run("update ~roots set path = @to where id = @id", ("@to", newRoot), ("@id", root.Id));
    });

    public IReadOnlyList<IndexHit>[] Search(IReadOnlyList<float[]> queries, int top, IndexFilter? filter = null, bool exact = false)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        VectorCheck.Queries(queries, Settings.Width);
        return queries.Count == 0 ? [] : Use(connection => connection.InTransaction(() =>
        {
            if (exact)
            {
                connection.Run("set local enable_indexscan = off");
            }
            else
            {
                connection.Run(string.Create(CultureInfo.InvariantCulture, $"set local hnsw.ef_search = {Math.Clamp(4 * top, 100, LargestSearch)}"));
                connection.Run("set local hnsw.iterative_scan = strict_order");
                connection.Run($"set local hnsw.max_scan_tuples = {int.MaxValue}");
            }
            var condition = Condition(connection, filter, out var parameters);
            return queries.Select(query => Nearest(connection, query, top, condition, parameters)).ToArray();
        }));
    }

    public IReadOnlyList<float[]> Vectors(IReadOnlyList<long> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        return Use(connection =>
        {
            var found = connection.Rows("select id, vector from ~segments where id = any(@ids)",
                reader => (Id: reader.GetInt64(0), Vector: Array.ConvertAll(reader.GetFieldValue<HalfVector>(1).ToArray(), value => (float)value)), ("@ids", segments.ToArray()))
                .ToDictionary(row => row.Id, row => row.Vector);
            return segments.Select(id => found.GetValueOrDefault(id) ?? new float[Settings.Width]).ToArray();
        });
    }

    public IReadOnlyList<string> Verify() => Use(connection => connection.Rows(
        """
        select roots.path || '/' || files.path, files.count, (select count(*) from ~segments where file = files.id),
            (select count(*) from ~segments where file = files.id and not (l2_norm(vector) < 0.002 or abs(l2_norm(vector) - 1) < 0.002))
        from ~files join ~roots on roots.id = root order by files.id
        """,
        reader => (Path: reader.GetString(0), Expected: reader.GetInt32(1), Count: reader.GetInt64(2), Bad: reader.GetInt64(3)))
        .Where(file => file.Expected != file.Count || file.Bad > 0)
        .Select(file => file.Expected != file.Count
            ? $"'{file.Path}' has {file.Count} vectors, not {file.Expected}; take the file out with auricle index remove, and index it again."
            : $"{file.Bad} vectors of '{file.Path}' have not the length 1; take the file out with auricle index remove, and index it again.")
        .ToList());

    public GraphReport BuildGraph(IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        if (_writing is null)
            throw new InvalidOperationException("The index is open for searching only.");
        if (Settings.Width > WidestGraph)
            throw new IndexException(Location, $"pgvector makes graphs of vectors of up to {WidestGraph} numbers, and those of '{Settings.Model}' have {Settings.Width}; search stays exact.", isRequest: true);
        var begun = Stopwatch.GetTimestamp();
        Use(connection => connection.InTransaction(() =>
        {
            connection.Run("drop index if exists ~segments_vector");
            using var create = connection.Command("create index segments_vector on ~segments using hnsw (vector halfvec_ip_ops)", []);
            create.CommandTimeout = 0;
            using var end = cancellationToken.Register(create.Cancel);
            create.ExecuteNonQuery();
            connection.Run("delete from ~settings where key = 'graph'");
            return true;
        }));
        var build = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        progress?.Report(1);
        Use(connection =>
        {
            connection.Run("analyze ~segments");
            return true;
        });
        var queries = Use(connection => connection.Rows($"select vector from ~segments order by md5(id::text) limit {RecallQueries}",
            reader => Array.ConvertAll(reader.GetFieldValue<HalfVector>(0).ToArray(), value => (float)value)));
        var report = GraphText.Measure(this, queries, RecallTop, Count().Segments, build);
        Write(connection => Set(connection, "graph", GraphText.Write(report)));
        return report;
    }

    public void Dispose()
    {
        lock (_using)
        {
            _writing?.Dispose();
            _source.Dispose();
        }
    }

    private static NpgsqlDataSource Source(DatabaseAddress address)
    {
        var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
        builder.UseVector();
        return builder.Build();
    }

    private static PostgresIndex Opened(DatabaseAddress address, Func<NpgsqlDataSource, SchemaConnection?> open) => Guarded(address.Shown, () =>
    {
        var source = Source(address);
        SchemaConnection? writing = null;
        try
        {
            writing = open(source);
            return new PostgresIndex(address, source, writing);
        }
        catch
        {
            writing?.Dispose();
            source.Dispose();
            throw;
        }
    });

    private static bool HasIndex(SchemaConnection connection) =>
        connection.Scalar("select to_regclass('~settings') is not null") is true && Setting(connection, "model") is not null;

    private static void CheckVersion(DatabaseAddress address, SchemaConnection connection, bool mayUpgrade)
    {
        var version = Migrations.VersionOf(connection);
        if (version > Migrations.Latest)
            throw new IndexException(address.Shown, $"The index '{address.Shown}' was made by a newer Auricle (format {version}, and this one knows {Migrations.Latest}); use that one, or another index.", isRequest: true);
        if (version < Migrations.Latest && !mayUpgrade)
            throw new IndexException(address.Shown, $"The index '{address.Shown}' is of an older format ({version}); bring it up to date with: auricle index verify --index {address.Shown}", isRequest: true);
    }

    private static void TakeLock(DatabaseAddress address, SchemaConnection connection)
    {
        if (connection.Scalar("select pg_try_advisory_lock(hashtext(@name))", ("@name", $"auricle.{address.Schema}")) is not true)
            throw new IndexException(address.Shown, $"The index '{address.Shown}' is being written by another run of Auricle; wait for its end, or name another index.");
    }

    private static IndexSettings ReadSettings(SchemaConnection connection)
    {
        var all = connection.Rows("select key, value from ~settings", reader => (Key: reader.GetString(0), Value: reader.GetString(1))).ToDictionary(row => row.Key, row => row.Value);
        return new IndexSettings(
            all["model"], all["fingerprint"], int.Parse(all["width"], CultureInfo.InvariantCulture), double.Parse(all["segment"], CultureInfo.InvariantCulture),
            double.Parse(all["overlap"], CultureInfo.InvariantCulture));
    }

    private static IReadOnlyList<IndexHit> Nearest(SchemaConnection connection, float[] query, int top, string condition, IReadOnlyList<(string, object)> parameters)
    {
        var from = condition == "true" ? "" : $"join ~files on files.id = segments.file where {condition}";
        var hits = connection.Rows($"select segments.id, file, start, stop, vector <#> @query from ~segments {from} order by vector <#> @query limit @top",
            reader => new IndexHit(reader.GetInt64(0), reader.GetInt64(1), reader.GetDouble(2), reader.GetDouble(3), (float)-reader.GetDouble(4)),
            [.. parameters, ("@query", Half(query)), ("@top", (long)top)]);
        return [.. hits.OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Segment)];
    }

    /// <summary>Statements that put a file in place of one of the same root and path, and give its number.</summary>
    private static IEnumerable<(string, (string, object)[])> Replacing(NewFile file, long root)
    {
        var (stamp, facts) = (file.Stamp, file.Facts);
        yield return ("delete from ~files where root = @root and path = @path", [("@root", root), ("@path", stamp.Path)]);
        yield return (
            "insert into ~files (root, path, bytes, modified, hash, seconds, recorded, tags, error, count) "
            + "values (@root, @path, @bytes, @modified, @hash, @seconds, @recorded, @tags::jsonb, @error, @count) returning id",
            [
                ("@root", root), ("@path", stamp.Path), ("@bytes", stamp.Bytes), ("@modified", stamp.Modified.ToUnixTimeMilliseconds()), ("@hash", stamp.Hash),
                ("@seconds", facts.Seconds), ("@recorded", facts.Recorded.ToUnixTimeMilliseconds()), ("@tags", TagsJson.Write(facts.Tags)),
                ("@error", file.Error ?? (object)DBNull.Value), ("@count", file.Segments.Count),
            ]);
    }

    private static long RootId(SchemaConnection connection, string path) =>
        (long)connection.Scalar("insert into ~roots (path) values (@path) on conflict (path) do update set path = excluded.path returning id", ("@path", path))!;

    private static List<(long Id, string Path)> RootRows(SchemaConnection connection) =>
        connection.Rows("select id, path from ~roots order by id", reader => (reader.GetInt64(0), reader.GetString(1)));

    private static string Condition(SchemaConnection connection, IndexFilter? filter, out IReadOnlyList<(string Name, object Value)> parameters) => new FilterSql(
        filter, RootRows(connection),
        (key, text) => $"exists (select 1 from jsonb_each_text(tags) as tag (key, value) where tag.key = {key} and position(lower({text}) in lower(tag.value)) > 0)").Condition(out parameters);

    private static IndexedFile ReadFile(NpgsqlDataReader reader) => new(
        reader.GetInt64(0),
        new FileStamp(reader.GetString(1), reader.GetString(2), reader.GetInt64(3), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)), reader.GetString(5)),
        new SoundFacts(reader.GetDouble(6), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(7)), TagsJson.Read(reader.GetString(8))),
        reader.GetInt32(9), reader.IsDBNull(10) ? null : reader.GetString(10));

    private static HalfVector Half(float[] vector) => new(Array.ConvertAll(vector, value => (Half)value));

    private static string? Setting(SchemaConnection connection, string key) => connection.Scalar("select value from ~settings where key = @key", ("@key", key)) as string;

    private static void Set(SchemaConnection connection, string key, string value) =>
        connection.Run("insert into ~settings values (@key, @value) on conflict (key) do update set value = @value", ("@key", key), ("@value", value));

    private void Write(Action<SchemaConnection> work)
    {
        if (_writing is null)
            throw new InvalidOperationException("The index is open for searching only.");
        Use(connection =>
        {
            connection.InTransaction(() => work(connection));
            return true;
        });
    }

    // The writer's connection serves one thread at a time; readers take one of the pool.
    private T Use<T>(Func<SchemaConnection, T> work) => Guarded(Location, () =>
    {
        if (_writing is { } own)
        {
            lock (_using)
                return work(own);
        }
        using var connection = new SchemaConnection(_source.OpenConnection(), _schema);
        return work(connection);
    });

    private static T Guarded<T>(string shown, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (PostgresException error)
        {
            throw new IndexException(shown, error.SqlState switch
            {
                PostgresErrorCodes.DiskFull => $"The index '{shown}' could not be written (the database's disk is full); make room and run the command again: what was finished before is kept.",
                PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => $"The database of '{shown}' does not let this user in ({error.MessageText}); check user and password.",
                PostgresErrorCodes.InvalidCatalogName => $"The server of '{shown}' has no such database ({error.MessageText}); make it with createdb.",
                PostgresErrorCodes.InsufficientPrivilege => $"This user may not do that to the index '{shown}' ({error.MessageText}); grant the right, or have a superuser run: create extension vector.",
                PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.UndefinedFile => $"The database of '{shown}' lacks pgvector ({error.MessageText}); install it there (0.8 or newer).",
                PostgresErrorCodes.TooManyConnections => $"The database of '{shown}' has no connection left ({error.MessageText}); try again later.",
                PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow => Gone(shown, error.MessageText),
                _ => $"The database of '{shown}' refuses ({error.MessageText}, SQL state {error.SqlState}); if its tables were changed by hand, make the index anew with: auricle index --rebuild.",
            }, innerException: error);
        }
        catch (Exception error) when (error is NpgsqlException or SocketException or IOException or TimeoutException)
        {
            throw new IndexException(shown, Gone(shown, (error.InnerException ?? error).Message.TrimEnd('.')), innerException: error);
        }
    }

    private static string Gone(string shown, string why) =>
        $"The database of '{shown}' cannot be reached ({why}); check that it runs, and run the command again: what was finished before is kept.";
}
