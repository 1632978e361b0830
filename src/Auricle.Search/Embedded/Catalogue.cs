using Microsoft.Data.Sqlite;

namespace Auricle.Search.Embedded;

/// <summary>
/// What an index knows of its files, in one SQLite database: which rows of the vector files belong to which stretch of which file. Rows that
/// no file has any more are holes. One thread at a time uses it.
/// </summary>
internal sealed class Catalogue : IDisposable
{
    public const string FileName = "catalogue.db";

    private const int Version = 1;

    private const string Schema = """
        create table settings (key text primary key, value text not null) without rowid;
        create table roots (id integer primary key, path text not null unique);
        create table files (
            id integer primary key, root integer not null references roots, path text not null, bytes integer not null, modified integer not null,
            hash text not null, seconds real not null, recorded integer not null, tags text not null, error text,
            first integer not null, count integer not null, checksum integer not null, unique (root, path));
        create table segments (row integer primary key, file integer not null, start real not null, stop real not null);
        create table holes (first integer primary key, count integer not null);
        """;

    private const string FileColumns = "files.id, roots.path, files.path, bytes, modified, hash, seconds, recorded, tags, count, error";

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = [];
    private SqliteTransaction? _transaction;

    private Catalogue(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens the database of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="mode">Whether it is only read, written, or made where it is absent.</param>
    public static Catalogue Open(string folder, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(folder, FileName),
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 60,
        }.ToString());
        try
        {
            connection.Open();
            var catalogue = new Catalogue(connection);
            catalogue.Run("pragma synchronous = full");
            connection.CreateFunction("contains", (string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true, isDeterministic: true);
            return catalogue;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The version of the tables; 0 where there are none yet.</summary>
    public int StoredVersion => Convert.ToInt32(Scalar("pragma user_version"), null);

    public static int CurrentVersion => Version;

    /// <summary>A number that changes when another connection has written.</summary>
    public long DataVersion => Convert.ToInt64(Scalar("pragma data_version"), null);

    public void CreateTables()
    {
        Run(Schema);
        Run($"pragma user_version = {Version}");
    }

    /// <summary>Does work that is kept whole or not at all.</summary>
    public void InTransaction(Action work)
    {
        using var transaction = _connection.BeginTransaction();
        _transaction = transaction;
        try
        {
            work();
            transaction.Commit();
        }
        finally
        {
            _transaction = null;
        }
    }

    public string? Setting(string key) => Scalar("select value from settings where key = @key", ("@key", key)) as string;

    public void Set(string key, string value) =>
        Run("insert into settings values (@key, @value) on conflict do update set value = @value", ("@key", key), ("@value", value));

    public void Unset(string key) => Run("delete from settings where key = @key", ("@key", key));

    /// <summary>Forgets all files.</summary>
    public void Clear()
    {
        foreach (var table in (string[])["segments", "files", "roots", "holes", "settings"])
            Run($"delete from {table}");
    }

    public List<(long Id, string Path)> Roots() => Rows("select id, path from roots order by id", reader => (reader.GetInt64(0), reader.GetString(1)));

    public void MoveRoot(long id, string to) => Run("update roots set path = @path where id = @id", ("@path", to), ("@id", id));

    public IndexCounts Count(long bytes) => Rows(
        "select count(*) filter (where error is null), count(*) filter (where error is not null), coalesce(sum(count), 0), coalesce(sum(seconds) filter (where error is null), 0.0) from files",
        reader => new IndexCounts(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetDouble(3), bytes))[0];

    public List<IndexedFile> Files(IndexFilter? filter)
    {
        var condition = Condition(filter, out var parameters);
        return Rows($"select {FileColumns} from files join roots on roots.id = root where {condition} order by files.id", ReadFile, parameters);
    }

    public IndexedFile? File(long id) =>
        Rows($"select {FileColumns} from files join roots on roots.id = root where files.id = @id", ReadFile, ("@id", id)).FirstOrDefault();

    /// <summary>The rows of the files that a filter lets through, in order.</summary>
    public List<RowRange> Ranges(IndexFilter filter)
    {
        var condition = Condition(filter, out var parameters);
        return Rows(
            $"select first, count from files where count > 0 and {condition} order by first",
            reader => new RowRange(reader.GetInt64(0), reader.GetInt64(0) + reader.GetInt64(1)), parameters);
    }

    public List<RowRange> Holes() => Rows(
        "select first, count from holes order by first", reader => new RowRange(reader.GetInt64(0), reader.GetInt64(0) + reader.GetInt64(1)));

    /// <summary>The rows of each file with the checksum of their vectors.</summary>
    public List<(string Path, RowRange Rows, long Checksum)> Checksums() => Rows(
        "select roots.path || '/' || files.path, first, count, checksum from files join roots on roots.id = root where count > 0 order by first",
        reader => (reader.GetString(0), new RowRange(reader.GetInt64(1), reader.GetInt64(1) + reader.GetInt64(2)), reader.GetInt64(3)));

    public (long File, double Start, double End)? Segment(long row) => Rows(
        "select file, start, stop from segments where row = @row",
        reader => ((long File, double Start, double End)?)(reader.GetInt64(0), reader.GetDouble(1), reader.GetDouble(2)), ("@row", row)).FirstOrDefault();

    /// <summary>Adds a file in place of one of the same root and path.</summary>
    /// <param name="file">The file.</param>
    /// <param name="first">The row of its first stretch.</param>
    /// <param name="checksum">Of its vectors.</param>
    public void Add(NewFile file, long first, long checksum)
    {
        var (stamp, facts) = (file.Stamp, file.Facts);
        var root = RootId(stamp.Root);
        if (Scalar("select id from files where root = @root and path = @path", ("@root", root), ("@path", stamp.Path)) is long earlier)
            Remove(earlier);
        Run(
            "insert into files (root, path, bytes, modified, hash, seconds, recorded, tags, error, first, count, checksum) "
            + "values (@root, @path, @bytes, @modified, @hash, @seconds, @recorded, @tags, @error, @first, @count, @checksum)",
            ("@root", root), ("@path", stamp.Path), ("@bytes", stamp.Bytes), ("@modified", stamp.Modified.ToUnixTimeMilliseconds()), ("@hash", stamp.Hash),
            ("@seconds", facts.Seconds), ("@recorded", facts.Recorded.ToUnixTimeMilliseconds()), ("@tags", TagsJson.Write(facts.Tags)),
            ("@error", file.Error ?? (object)DBNull.Value), ("@first", first), ("@count", file.Segments.Count), ("@checksum", checksum));
        var id = (long)Scalar("select last_insert_rowid()")!;
        foreach (var (i, segment) in file.Segments.Index())
            Run("insert into segments values (@row, @file, @start, @stop)", ("@row", first + i), ("@file", id), ("@start", segment.Start), ("@stop", segment.End));
    }

    public void Update(long id, FileStamp stamp)
    {
        var root = RootId(stamp.Root);
        if (Scalar("select id from files where root = @root and path = @path and id <> @id", ("@root", root), ("@path", stamp.Path), ("@id", id)) is long other)
            Remove(other);
        Run(
            "update files set root = @root, path = @path, bytes = @bytes, modified = @modified, hash = @hash where id = @id",
            ("@root", root), ("@path", stamp.Path), ("@bytes", stamp.Bytes), ("@modified", stamp.Modified.ToUnixTimeMilliseconds()), ("@hash", stamp.Hash), ("@id", id));
    }

    public void Remove(long id)
    {
        Run("insert into holes select first, count from files where id = @id and count > 0", ("@id", id));
        Run("delete from segments where row >= (select first from files where id = @id) and row < (select first + count from files where id = @id)", ("@id", id));
        Run("delete from files where id = @id", ("@id", id));
        Run("delete from roots where not exists (select 1 from files where root = roots.id)");
    }

    /// <summary>Gives rows other numbers, in order and without holes.</summary>
    public void CloseHoles()
    {
        long next = 0;
        // New numbers are never above the old ones, and rows go in order, so that none meets another.
        foreach (var (id, first, count) in Rows("select id, first, count from files where count > 0 order by first", reader => (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2))))
        {
            if (first != next)
            {
                Run("update segments set row = row - @by where row >= @first and row < @end", ("@by", first - next), ("@first", first), ("@end", first + count));
                Run("update files set first = @next where id = @id", ("@next", next), ("@id", id));
            }
            next += count;
        }
        Run("delete from holes");
    }

    /// <summary>What SQLite itself finds damaged.</summary>
    public List<string> Check() => [.. Rows("pragma integrity_check", reader => reader.GetString(0)).Where(line => line != "ok")];

    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
        _connection.Dispose();
    }

    private string Condition(IndexFilter? filter, out IReadOnlyList<(string Name, object Value)> parameters) =>
        new FilterSql(filter, Roots(), (key, text) => $"exists (select 1 from json_each(tags) where key = {key} and contains(value, {text}))").Condition(out parameters);

    private long RootId(string path)
    {
        if (Scalar("select id from roots where path = @path", ("@path", path)) is long id)
            return id;
        Run("insert into roots (path) values (@path)", ("@path", path));
        return (long)Scalar("select last_insert_rowid()")!;
    }

    private static IndexedFile ReadFile(SqliteDataReader reader) => new(
        reader.GetInt64(0),
        new FileStamp(reader.GetString(1), reader.GetString(2), reader.GetInt64(3), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)), reader.GetString(5)),
        new SoundFacts(reader.GetDouble(6), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(7)), TagsJson.Read(reader.GetString(8))),
        reader.GetInt32(9), reader.IsDBNull(10) ? null : reader.GetString(10));

    private SqliteCommand Command(string text, IReadOnlyList<(string Name, object Value)> parameters)
    {
        if (!_commands.TryGetValue(text, out var command))
        {
            _commands[text] = command = _connection.CreateCommand();
            command.CommandText = text;
        }
        command.Transaction = _transaction;
        command.Parameters.Clear();
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }

    private void Run(string text, params IReadOnlyList<(string, object)> parameters) => Command(text, parameters).ExecuteNonQuery();

    private object? Scalar(string text, params IReadOnlyList<(string, object)> parameters) => Command(text, parameters).ExecuteScalar();

    private List<T> Rows<T>(string text, Func<SqliteDataReader, T> read, params IReadOnlyList<(string, object)> parameters)
    {
        var rows = new List<T>();
        using var reader = Command(text, parameters).ExecuteReader();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }
}
