using Parquet;
using Parquet.Schema;

namespace Auricle.Data.Tests;

/// <summary>Writes parquet files as the hub's data sets have them.</summary>
internal static class ParquetFiles
{
    /// <summary>A column of sounds: bytes and a name for each row, either of which may be missing.</summary>
    public static (Field Field, object?[] Values) Sounds(string name, params (byte[]? Bytes, string? Path)[] rows) =>
        (new StructField(name, new DataField<byte[]>("bytes"), new DataField<string>("path")), [.. rows.Select(row => (object?)row)]);

    public static (Field Field, object?[] Values) Texts(string name, params string?[] rows) => (new DataField<string>(name), [.. rows]);

    public static (Field Field, object?[] Values) Bytes(string name, params byte[]?[] rows) => (new DataField<byte[]>(name), [.. rows]);

    public static (Field Field, object?[] Values) Numbers(string name, params long?[] rows) => (new DataField<long?>(name), [.. rows.Select(row => (object?)row)]);

    public static (Field Field, object?[] Values) Lists(string name, params string[]?[] rows) => (new ListField(name, new DataField<string>("element")), [.. rows]);

    public static (Field Field, object?[] Values) Lists(string name, params long[]?[] rows) => (new ListField(name, new DataField<long>("element")), [.. rows]);

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="perGroup">Rows of a row group.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="hub">The hub's description of them, as JSON.</param>
    public static async Task Write(string path, int perGroup, (Field Field, object?[] Values)[] columns, string? hub = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema([.. columns.Select(column => column.Field)]), stream);
        if (hub is not null)
            writer.CustomMetadata = new Dictionary<string, string> { ["huggingface"] = hub };
        var count = columns[0].Values.Length;
        for (var first = 0; first < count; first += perGroup)
        {
            using var group = writer.CreateRowGroup();
            foreach (var (field, values) in columns)
                await Write(group, field, values[first..Math.Min(count, first + perGroup)]);
        }
    }

    private static async Task Write(ParquetRowGroupWriter group, Field field, object?[] rows)
    {
        if (field is StructField sound)
        {
            var pairs = Array.ConvertAll(rows, row => ((byte[]? Bytes, string? Path))row!);
            await Write(group, (DataField)sound.Fields[0], [.. pairs.Select(pair => pair.Bytes)]);
            await Write(group, (DataField)sound.Fields[1], [.. pairs.Select(pair => pair.Path)]);
            return;
        }
        if (field is ListField list)
        {
            var leaf = (DataField)list.Item;
            var (values, present, repeated) = (new List<object>(), new List<int>(), new List<int>());
            foreach (var row in rows)
            {
                object[] items = row switch { string[] texts => texts, long[] numbers => [.. numbers.Select(number => (object)number)], _ => [] };
                values.AddRange(items);
                // An empty list is there, one that is missing is not.
                present.AddRange(items.Length > 0 ? items.Select(_ => leaf.MaxDefinitionLevel) : [row is null ? 0 : 1]);
                repeated.AddRange(items.Length > 0 ? items.Select((_, place) => place == 0 ? 0 : 1) : [0]);
            }
            await Leaf(group, leaf, values, [.. present], [.. repeated]);
            return;
        }
        var data = (DataField)field;
        await Leaf(group, data, [.. rows.Where(row => row is not null).Select(row => row!)], [.. rows.Select(row => row is null ? data.MaxDefinitionLevel - 1 : data.MaxDefinitionLevel)], null);
    }

    private static Task Leaf(ParquetRowGroupWriter group, DataField leaf, List<object> values, int[] present, int[]? repeated)
    {
        ReadOnlyMemory<int>? levels = repeated is null ? null : repeated;
        if (leaf.ClrType == typeof(long))
            return group.WriteAllPartsAsync<long>(leaf, values.Cast<long>().ToArray(), present, levels, CancellationToken.None);
        return leaf.ClrType == typeof(string) || leaf.ClrType == typeof(ReadOnlyMemory<char>)
            ? group.WriteAllPartsAsync<ReadOnlyMemory<char>>(leaf, values.Select(value => ((string)value).AsMemory()).ToArray(), present, levels, CancellationToken.None)
            : group.WriteAllPartsAsync<ReadOnlyMemory<byte>>(leaf, values.Select(value => (ReadOnlyMemory<byte>)(byte[])value).ToArray(), present, levels, CancellationToken.None);
    }
}
