using Microsoft.Data.Sqlite;

namespace Auricle.Evaluation.Neural;

public sealed partial class RetrievalTable
{
    // Clips and captions go by their places, since a text for each of some million scores would make the file five times as large.
    private const string Schema = """
        CREATE TABLE clips (place INTEGER PRIMARY KEY, fid TEXT NOT NULL UNIQUE, fname TEXT NOT NULL);
        CREATE TABLE texts (place INTEGER PRIMARY KEY, tid TEXT NOT NULL UNIQUE, clip INTEGER NOT NULL REFERENCES clips, raw_text TEXT NOT NULL);
        CREATE TABLE scores (text INTEGER NOT NULL REFERENCES texts, clip INTEGER NOT NULL REFERENCES clips, score REAL NOT NULL, PRIMARY KEY (text, clip)) WITHOUT ROWID;
        CREATE VIEW xmodal_scores AS
            SELECT fid, tid, score FROM scores JOIN clips ON clips.place = scores.clip JOIN texts ON texts.place = scores.text;
        CREATE VIEW text_to_audio AS
            SELECT tid, raw_text, row_number() OVER (PARTITION BY scores.text ORDER BY score DESC, scores.clip) AS rank, fid, fname, score, texts.clip = scores.clip AS target
            FROM scores JOIN clips ON clips.place = scores.clip JOIN texts ON texts.place = scores.text;
        CREATE VIEW audio_to_text AS
            SELECT fid, fname, row_number() OVER (PARTITION BY scores.clip ORDER BY score DESC, scores.text) AS rank, tid, raw_text, score, texts.clip = scores.clip AS target
            FROM scores JOIN clips ON clips.place = scores.clip JOIN texts ON texts.place = scores.text;
        """;

    /// <summary>
    /// Saves the table as an SQLite file with the view <c>xmodal_scores</c> (<c>fid</c>, <c>tid</c>, <c>score</c>) and one for each direction,
    /// <c>text_to_audio</c> and <c>audio_to_text</c>, in which items are ranked from 1 and <c>target</c> is 1 for those that belong to the query.
    /// A file that is there is replaced once the new one is complete.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var unfinished = path + ".partial";
        File.Delete(unfinished);
        try
        {
            using (var connection = Open(unfinished, SqliteOpenMode.ReadWriteCreate))
            {
                using var transaction = connection.BeginTransaction();
                Run(connection, Schema);
                Insert(connection, "INSERT INTO clips VALUES ($a, $b, $c)", Clips.Select((clip, place) => new object[] { place, clip.Id, clip.FileName }));
                Insert(connection, "INSERT INTO texts VALUES ($a, $b, $c, $d)", Texts.Select((text, place) => new object[] { place, text.Id, text.Clip, text.Text }));
                Insert(connection, "INSERT INTO scores VALUES ($a, $b, $c)", _scores.Select((score, i) => new object[] { i / Clips.Count, i % Clips.Count, (double)score }));
                transaction.Commit();
            }
            File.Move(unfinished, path, overwrite: true);
        }
        catch (SqliteException error)
        {
            File.Delete(unfinished);
            throw new IOException($"The scores cannot be written to '{path}': {error.Message} Check that its folder exists and has room.", error);
        }
    }

    /// <summary>Reads a file that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="MetricInputException">It is no such file, or lacks scores.</exception>
    public static RetrievalTable Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file of retrieval scores at '{path}'; write one first.", path);
        try
        {
            using var connection = Open(path, SqliteOpenMode.ReadOnly);
            RetrievalClip[] clips = [.. Rows(connection, "SELECT fid, fname FROM clips ORDER BY place", row => new RetrievalClip(row.GetString(0), row.GetString(1)))];
            RetrievalText[] texts = [.. Rows(
                connection, "SELECT tid, clip, raw_text FROM texts ORDER BY place", row => new RetrievalText(row.GetString(0), row.GetInt32(1), row.GetString(2)))];
            return new RetrievalTable(clips, texts, [.. Rows(connection, "SELECT score FROM scores ORDER BY text, clip", row => row.GetFloat(0))]);
        }
        catch (Exception error) when (error is SqliteException or InvalidCastException or InvalidOperationException)
        {
            throw new MetricInputException($"'{path}' is no file of retrieval scores: {error.Message} Write it anew.");
        }
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        // A pooled connection would keep the file open after it is closed here.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string statements)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statements;
        command.ExecuteNonQuery();
    }

    private static void Insert(SqliteConnection connection, string statement, IEnumerable<object[]> rows)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                if (command.Parameters.Count <= i)
                    command.Parameters.AddWithValue($"${(char)('a' + i)}", row[i]);
                else
                    command.Parameters[i].Value = row[i];
            }
            command.ExecuteNonQuery();
        }
    }

    private static IEnumerable<T> Rows<T>(SqliteConnection connection, string query, Func<SqliteDataReader, T> read)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        using var reader = command.ExecuteReader();
        while (reader.Read())
            yield return read(reader);
    }
}
