using System.Globalization;
using System.Text;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Auricle.Data.Layouts;

/// <summary>An open parquet file. One thread reads at a time.</summary>
internal sealed class ParquetTable : IDisposable
{
    /// <summary>The most bytes of a column that one row group may have; the reader takes some five times as many while it unpacks them.</summary>
    public const long LargestColumn = 512L << 20;

    // Rows of a group, and values of a column in it: what a header claims is taken from memory before anything is read.
    private const long MostValues = 1 << 24;

    private static ReadOnlySpan<byte> Pointer => "version https://git-lfs"u8;

    private readonly ParquetReader _reader;

    private readonly IReadOnlyList<ParquetRowGroupReader> _groups;

    // What the footer says is made out as it is asked for, so all of it is asked for here.
    private ParquetTable(string path, ParquetReader reader) =>
        (Path, _reader, _groups, Fields, Notes) = (path, reader, [.. reader.RowGroups], [.. reader.Schema.Fields], reader.CustomMetadata);

    public string Path { get; }

    /// <summary>The columns at the top: plain ones, lists and structs.</summary>
    public IReadOnlyList<Field> Fields { get; }

    public int Groups => _groups.Count;

    /// <summary>What the file's writer noted, such as the hub's description of the columns.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; }

    /// <summary>Opens a file and reads its footer.</summary>
    /// <exception cref="DataSetException">It is no parquet file, or is cut short.</exception>
    public static ParquetTable Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            var start = new byte[Pointer.Length];
            if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.AsSpan().SequenceEqual(Pointer))
                throw new DataSetException(path, $"'{path}' is not the data but a pointer to them, as Git LFS leaves it; fetch the file itself (git lfs pull).");
            stream.Position = 0;
            return Guard(path, "", () => new ParquetTable(path, Wait(ParquetReader.CreateAsync(stream, leaveStreamOpen: false))));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The column that lies somewhere.</summary>
    public DataField Find(FieldPath path) => Guard(Path, "", () => _reader.Schema.FindDataField(path));

    /// <summary>The rows of a group.</summary>
    public int Rows(int group) => _groups[group].RowCount is >= 0 and <= MostValues and var rows ? (int)rows
        : throw new DataSetException(Path, $"Row group {group} of '{Path}' has {_groups[group].RowCount} rows, and at most {MostValues} are read at a time; write the file anew in smaller row groups.");

    /// <summary>How many rows have nothing in a column; <see langword="null"/> where the file does not tell.</summary>
    public long? Empty(int group, DataField field)
    {
        if (field.MaxDefinitionLevel == 0)
            return 0;
        var told = Guard(Path, Place(group, field), () => _groups[group].GetMetadata(field)?.MetaData?.Statistics?.NullCount);
        return told >= 0 && told <= Rows(group) ? told : null;
    }

    /// <summary>Texts of a column in each row; numbers are written as they are. A row of a list has any number, one without a value none.</summary>
    /// <exception cref="DataSetException">The column holds something else, or the file is damaged.</exception>
    public string[][] Texts(int group, DataField field) => Read(group, field) switch
    {
        RawColumnData<ReadOnlyMemory<char>> texts => ByRow(group, field, texts, value => value.ToString()),
        RawColumnData<ReadOnlyMemory<byte>> bytes => ByRow(group, field, bytes, value => Encoding.UTF8.GetString(value.Span)),
        RawColumnData<long> numbers => ByRow(group, field, numbers, value => value.ToString(CultureInfo.InvariantCulture)),
        RawColumnData<int> numbers => ByRow(group, field, numbers, value => value.ToString(CultureInfo.InvariantCulture)),
        RawColumnData<short> numbers => ByRow(group, field, numbers, value => value.ToString(CultureInfo.InvariantCulture)),
        RawColumnData<sbyte> numbers => ByRow(group, field, numbers, value => value.ToString(CultureInfo.InvariantCulture)),
        RawColumnData<byte> numbers => ByRow(group, field, numbers, value => value.ToString(CultureInfo.InvariantCulture)),
        RawColumnData<uint> numbers => ByRow(group, field, numbers, value => value.ToString(CultureInfo.InvariantCulture)),
        RawColumnData<ulong> numbers => ByRow(group, field, numbers, value => value.ToString(CultureInfo.InvariantCulture)),
        RawColumnData<float> numbers => ByRow(group, field, numbers, value => value.ToString(CultureInfo.InvariantCulture)),
        RawColumnData<double> numbers => ByRow(group, field, numbers, value => value.ToString(CultureInfo.InvariantCulture)),
        RawColumnData<bool> flags => ByRow(group, field, flags, value => value ? "true" : "false"),
        var other => throw Foreign(other, field),
    };

    /// <summary>The bytes of a column in each row; <see langword="null"/> where a row has none.</summary>
    public byte[]?[] Bytes(int group, DataField field) => Read(group, field) switch
    {
        RawColumnData<ReadOnlyMemory<byte>> bytes => [.. ByRow(group, field, bytes, value => value.ToArray()).Select(row => row is [var only] ? only : null)],
        var other => throw Foreign(other, field),
    };

    public void Dispose() => _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>What a type is called in messages.</summary>
    public static string TypeOf(Field field) => field switch
    {
        DataField { IsArray: true } => "list",
        DataField data when IsText(data) => "text",
        DataField data when IsBytes(data) => "bytes",
        DataField data => (Nullable.GetUnderlyingType(data.ClrType) ?? data.ClrType).Name.ToLowerInvariant(),
        _ => field.SchemaType.ToString().ToLowerInvariant(),
    };

    public static bool IsBytes(Field field) => field is DataField data && (data.ClrType == typeof(ReadOnlyMemory<byte>) || data.ClrType == typeof(byte[]));

    public static bool IsText(Field field) => field is DataField data && (data.ClrType == typeof(ReadOnlyMemory<char>) || data.ClrType == typeof(string));

    private RawColumnData Read(int group, DataField field)
    {
        var rows = _groups[group];
        return Guard(Path, Place(group, field), () =>
        {
            var column = rows.GetMetadata(field)?.MetaData ?? throw new InvalidDataException("the column is not there");
            if (column.TotalUncompressedSize > LargestColumn || column.NumValues > MostValues)
            {
                throw new DataSetException(
                    Path, $"Row group {group} of '{Path}' has {column.NumValues} values and {column.TotalUncompressedSize >> 20} MiB in '{field.Path}'; at most {MostValues} values and {LargestColumn >> 20} MiB are read at a time: write the file anew in smaller row groups.");
            }
            return Wait(rows.ReadRawColumnDataBaseAsync(field).AsTask());
        });
    }

    /// <summary>Values in their rows. Levels tell where a row begins and which places are empty; values follow one another without the empty ones.</summary>
    private T[][] ByRow<TRaw, T>(int group, DataField field, RawColumnData<TRaw> raw, Func<TRaw, T> value) where TRaw : struct
    {
        using (raw)
        {
            var rows = new List<T[]>(Rows(group));
            var values = raw.Values;
            var defined = field.MaxDefinitionLevel > 0 ? raw.DefinitionLevels : default;
            var repeated = field.MaxRepetitionLevel > 0 ? raw.RepetitionLevels : default;
            var count = Math.Max(defined.Length, Math.Max(repeated.Length, field.MaxDefinitionLevel > 0 ? 0 : values.Length));
            var (row, next) = (new List<T>(), 0);
            for (var i = 0; i < count; i++)
            {
                if (i > 0 && (repeated.IsEmpty || repeated[i] == 0))
                {
                    rows.Add([.. row]);
                    row.Clear();
                }
                if (defined.IsEmpty || defined[i] == field.MaxDefinitionLevel)
                    row.Add(value(values[next++]));
            }
            if (count > 0)
                rows.Add([.. row]);
            return rows.Count == Rows(group) ? [.. rows]
                : throw new DataSetException(Path, $"'{field.Path}' of row group {group} of '{Path}' has {rows.Count} rows where {Rows(group)} are stated; the file is damaged: fetch it anew.");
        }
    }

    private DataSetException Foreign(RawColumnData raw, DataField field)
    {
        raw.Dispose();
        return new DataSetException(Path, $"The column '{field.Path}' of '{Path}' holds {TypeOf(field)}, which is neither text nor a number; leave it out or write it as text.");
    }

    private static string Place(int group, DataField field) => string.Create(CultureInfo.InvariantCulture, $" '{field.Path}' of row group {group} of");

    // The library throws whatever a damaged file leads it to.
    private static T Guard<T>(string path, string place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (AuricleException or UnauthorizedAccessException or OutOfMemoryException))
        {
            throw new DataSetException(path, place.Length == 0
                ? $"'{path}' is no parquet file that can be read, or is cut short ({error.Message.TrimEnd('.')}); fetch it anew."
                : $"The column{place} '{path}' cannot be read ({error.Message.TrimEnd('.')}); the file is cut short or damaged: fetch it anew.", innerException: error);
        }
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
