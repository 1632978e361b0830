using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Auricle.Audio;
using Auricle.Models.Roles;
using Auricle.Torch;
using Microsoft.Data.Sqlite;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// What an encoder gives for the clips of tasks, kept in an SQLite file for each encoder by the hash of a clip's bytes, so that a clip is heard once whatever
/// tasks it is in. A run that ends early loses at most the clips of a moment.
/// </summary>
public sealed class HearVectors : IDisposable
{
    private const int ClipsOfCommit = 64;
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS encoder (fingerprint TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS vectors (clip BLOB NOT NULL, along INTEGER NOT NULL, width INTEGER NOT NULL, times BLOB NOT NULL, vectors BLOB NOT NULL, PRIMARY KEY (clip, along)) WITHOUT ROWID;
        """;

    private readonly SqliteConnection _file;
    private readonly IHearEncoder _encoder;

    private HearVectors(SqliteConnection file, IHearEncoder encoder) => (_file, _encoder) = (file, encoder);

    /// <summary>Opens the vectors of an encoder.</summary>
    /// <param name="folder">Where files of vectors are kept; created where missing.</param>
    /// <param name="encoder">The encoder; it stays the caller's.</param>
    /// <exception cref="HearTaskException">The file cannot be used.</exception>
    public static HearVectors Open(string folder, IHearEncoder encoder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(encoder);
        Directory.CreateDirectory(folder);
        var hash = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(encoder.Fingerprint)));
        var path = Path.Combine(folder, $"{hash[..16]}.db");
        // A pooled connection would keep the file open after it is closed here.
        var file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            file.Open();
            Run(file, Tables);
            using var command = file.CreateCommand();
            command.CommandText = "SELECT fingerprint FROM encoder";
            var known = (string?)command.ExecuteScalar();
            if (known is null)
                Run(file, "INSERT INTO encoder VALUES ($a)", hash);
            else if (known != hash)
                throw new HearTaskException($"'{path}' holds the vectors of another encoder; remove it.");
            return new HearVectors(file, encoder);
        }
        catch (SqliteException error)
        {
            file.Dispose();
            throw Unusable(path, error);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The vectors of the clips of a split, heard where they are not known yet.</summary>
    /// <param name="task">The task.</param>
    /// <param name="split">The split.</param>
    /// <param name="progress">Told how many clips are done.</param>
    /// <param name="cancellationToken">Stops between clips.</param>
    /// <returns>For each clip, in the task's order, one vector, or in tasks of events the vectors along it.</returns>
    /// <exception cref="HearTaskException">A clip is missing or cannot be heard.</exception>
    public IReadOnlyList<Timeline> Of(HearTask task, string split, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        var rate = task.RateFor(_encoder.SampleRate);
        var clips = task.Clips[split];
        var results = new Timeline[clips.Count];
        var done = 0;
        try
        {
            foreach (var some in Enumerable.Range(0, clips.Count).Chunk(ClipsOfCommit))
            {
                var hashes = new byte[some.Length][];
                HearWork.Run(_encoder.IsOnProcessor, some.Length, i => hashes[i] = Read(task, clips[some[i]], rate, path =>
                {
                    using var stream = File.OpenRead(path);
                    return SHA256.HashData(stream);
                }), cancellationToken);
                var unknown = some.Index().Where(item => (results[item.Item] = Find(hashes[item.Index], task.IsOfEvents)!) is null).ToArray();
                HearWork.Run(_encoder.IsOnProcessor, unknown.Length, i => results[unknown[i].Item] = Read(task, clips[unknown[i].Item], rate, path => Hear(path, task.IsOfEvents, cancellationToken)), cancellationToken);
                Store(unknown.Select(item => (hashes[item.Index], results[item.Item])), task.IsOfEvents);
                progress?.Report(done += some.Length);
            }
        }
        catch (SqliteException error)
        {
            throw Unusable(_file.DataSource, error);
        }
        return results;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private Timeline Hear(string path, bool along, CancellationToken cancellationToken)
    {
        var clip = AudioFile.Load(path, _encoder.SampleRate);
        if (along)
            return _encoder.Frames(clip, cancellationToken);
        var vector = _encoder.Scene(clip);
        return new Timeline([0], vector.Length, vector);
    }

    private static T Read<T>(HearTask task, HearClip clip, int rate, Func<string, T> work)
    {
        var path = task.PathOf(clip, rate);
        try
        {
            return work(path);
        }
        catch (Exception error) when (error is AudioException or IOException or UnauthorizedAccessException)
        {
            throw new HearTaskException(File.Exists(path)
                ? $"The clip '{path}' of the task '{task.Name}' cannot be heard ({error.Message.TrimEnd('.')}); unpack the task anew."
                : $"The clip '{path}' of the task '{task.Name}' is missing; unpack the task anew.", error);
        }
    }

    private Timeline? Find(byte[] clip, bool along)
    {
        using var command = _file.CreateCommand();
        command.CommandText = "SELECT width, times, vectors FROM vectors WHERE clip = $a AND along = $b";
        command.Parameters.AddWithValue("$a", clip);
        command.Parameters.AddWithValue("$b", along ? 1 : 0);
        using var reader = command.ExecuteReader();
        return reader.Read()
            ? new Timeline(MemoryMarshal.Cast<byte, double>((byte[])reader[1]).ToArray(), reader.GetInt32(0), MemoryMarshal.Cast<byte, float>((byte[])reader[2]).ToArray())
            : null;
    }

    private void Store(IEnumerable<(byte[] Clip, Timeline Vectors)> heard, bool along)
    {
        using var transaction = _file.BeginTransaction();
        foreach (var (clip, vectors) in heard)
        {
            // Clips of equal content are one.
            Run(_file, "INSERT OR REPLACE INTO vectors VALUES ($a, $b, $c, $d, $e)", clip, along ? 1 : 0, vectors.Width,
                MemoryMarshal.AsBytes(vectors.Times.AsSpan()).ToArray(), MemoryMarshal.AsBytes(vectors.Values.AsSpan()).ToArray());
        }
        transaction.Commit();
    }

    private static void Run(SqliteConnection file, string statement, params ReadOnlySpan<object> values)
    {
        using var command = file.CreateCommand();
        command.CommandText = statement;
        for (var i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue($"${(char)('a' + i)}", values[i]);
        command.ExecuteNonQuery();
    }

    private static HearTaskException Unusable(string path, SqliteException error) =>
        new($"The vectors in '{path}' cannot be used ({error.Message.TrimEnd('.')}); remove the file, or name another folder with --output.", error);
}

/// <summary>Pieces of work with tensors.</summary>
internal static class HearWork
{
    /// <summary>Does pieces of work: on the processor several at once, each in one thread; a GPU has one at a time.</summary>
    public static void Run(bool isOnProcessor, int count, Action<int> work, CancellationToken cancellationToken)
    {
        if (isOnProcessor)
        {
            SingleThreads.Run(count, work, cancellationToken);
            return;
        }
        for (var i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            work(i);
        }
    }
}
