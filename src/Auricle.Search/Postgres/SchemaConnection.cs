using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Auricle.Search.Postgres;

/// <summary>A connection whose statements write <c>~</c> for the schema of an index.</summary>
internal sealed class SchemaConnection(NpgsqlConnection inner, string schema) : IDisposable
{
    public NpgsqlConnection Inner => inner;

    public string Schema => schema;

    /// <summary>A statement with the schema in its place.</summary>
    public string Text(string statement) => statement.Replace("~", schema + ".", StringComparison.Ordinal);

    public void Run(string text, params IReadOnlyList<(string, object)> parameters)
    {
        using var command = Command(text, parameters);
        command.ExecuteNonQuery();
    }

    public object? Scalar(string text, params IReadOnlyList<(string, object)> parameters)
    {
        using var command = Command(text, parameters);
        return command.ExecuteScalar();
    }

    public List<T> Rows<T>(string text, Func<NpgsqlDataReader, T> read, params IReadOnlyList<(string, object)> parameters)
    {
        using var command = Command(text, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>Runs statements in one exchange with the server.</summary>
    /// <param name="statements">The statements with their parameters.</param>
    /// <returns>The first column of the first row of each that gives rows.</returns>
    public List<object> Together(IEnumerable<(string Text, (string, object)[] Parameters)> statements)
    {
        using var batch = new NpgsqlBatch(inner);
        foreach (var (text, parameters) in statements)
        {
            var command = new NpgsqlBatchCommand(Text(text));
            AddTo(command.Parameters, parameters);
            batch.BatchCommands.Add(command);
        }
        var results = new List<object>();
        if (batch.BatchCommands.Count == 0)
            return results;
        using var reader = batch.ExecuteReader();
        do
        {
            if (reader.Read())
                results.Add(reader.GetValue(0));
        }
        while (reader.NextResult());
        return results;
    }

    public void InTransaction(Action work) => InTransaction(() =>
    {
        work();
        return true;
    });

    public T InTransaction<T>(Func<T> work)
    {
        using var transaction = inner.BeginTransaction(IsolationLevel.RepeatableRead);
        var result = work();
        transaction.Commit();
        return result;
    }

    public NpgsqlCommand Command(string text, IReadOnlyList<(string, object)> parameters)
    {
        var command = new NpgsqlCommand(Text(text), inner);
        AddTo(command.Parameters, parameters);
        return command;
    }

    public void Dispose() => inner.Dispose();

    private static void AddTo(NpgsqlParameterCollection parameters, IReadOnlyList<(string Name, object Value)> values)
    {
        foreach (var (name, value) in values)
            parameters.Add(value is DBNull ? new NpgsqlParameter(name, NpgsqlDbType.Text) { Value = value } : new NpgsqlParameter(name, value));
    }
}
