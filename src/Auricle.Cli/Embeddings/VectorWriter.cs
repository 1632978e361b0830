using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auricle.Cli.Outputs;
using Parquet;
using Parquet.Schema;

namespace Auricle.Cli.Embeddings;

/// <summary>How vectors are written.</summary>
internal enum VectorFormat
{
    /// <summary>A matrix as NumPy reads it, with the names of its rows in a JSON file beside it.</summary>
    Npy,

    /// <summary>One object a line.</summary>
    Jsonl,

    /// <summary>Comma-separated values: the name, then a column for each number.</summary>
    Csv,

    /// <summary>A Parquet table with the name and a list of numbers.</summary>
    Parquet,
}

/// <summary>What the vectors of a run have in common.</summary>
/// <param name="Kind">What a row stands for: <c>file</c> or <c>text</c>.</param>
/// <param name="HasTimes">Whether each row is one stretch of a sound.</param>
/// <param name="Width">Numbers in a vector.</param>
/// <param name="Normalised">Whether vectors have length 1.</param>
/// <param name="Model">The model's name.</param>
internal sealed record VectorSet(string Kind, bool HasTimes, int Width, bool Normalised, string Model);

/// <summary>Writes vectors, each as it comes.</summary>
internal abstract class VectorWriter : IDisposable
{
    /// <summary>Writes a vector.</summary>
    /// <param name="name">The file or the text.</param>
    /// <param name="time">The centre of the stretch in seconds; <see cref="double.NaN"/> for the whole.</param>
    /// <param name="vector">The numbers.</param>
    public abstract void Write(string name, double time, ReadOnlySpan<float> vector);

    /// <summary>Puts the output in its place at the end of a run.</summary>
    public abstract void Complete();

    public abstract void Dispose();

    protected static string Number(float value) => value.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>JSON lines.</summary>
internal sealed class JsonLinesVectors(RowOutput output, VectorSet set) : VectorWriter
{
    public override void Write(string name, double time, ReadOnlySpan<float> vector)
    {
        var line = new StringBuilder($"{{\"{set.Kind}\":{Quoted(name)}");
        if (set.HasTimes)
            line.Append(CultureInfo.InvariantCulture, $",\"time\":{Times.Number(time)}");
        line.Append(CultureInfo.InvariantCulture, $",\"model\":{Quoted(set.Model)},\"normalised\":{(set.Normalised ? "true" : "false")},\"vector\":[");
        for (var i = 0; i < vector.Length; i++)
            line.Append(i == 0 ? "" : ",").Append(Number(vector[i]));
        output.Write(line.Append("]}\n").ToString());
    }

    public override void Complete() => output.Complete();

    public override void Dispose() => output.Dispose();

    private static string Quoted(string text) => ShownText.InJson($"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"");
}

/// <summary>Comma-separated values with a header.</summary>
internal sealed class CsvVectors : VectorWriter
{
    private readonly RowOutput _output;
    private readonly VectorSet _set;

    public CsvVectors(RowOutput output, VectorSet set)
    {
        (_output, _set) = (output, set);
        output.Preamble = CsvText.Record(
            [set.Kind, .. set.HasTimes ? (string[])["time"] : [], .. Enumerable.Range(0, set.Width).Select(i => $"v{i.ToString(CultureInfo.InvariantCulture)}")], CsvDialect.Own);
    }

    public override void Write(string name, double time, ReadOnlySpan<float> vector)
    {
        var cells = new List<string> { name };
        if (_set.HasTimes)
            cells.Add(Times.Number(time));
        foreach (var value in vector)
            cells.Add(Number(value));
        _output.Write(CsvText.Record(cells, CsvDialect.Own));
    }

    public override void Complete() => _output.Complete();

    public override void Dispose() => _output.Dispose();
}

/// <summary>
/// NumPy's format, version 1: a header of 128 bytes, then the numbers row by row, little-endian. How many rows there are is known at the
/// end, and written into the header then.
/// </summary>
internal sealed class NpyVectors(string path, VectorSet set) : VectorWriter
{
    private const int HeaderLength = 128;
    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8, 1, 0];

    private readonly AtomicOutput _output = AtomicOutput.To(path, "--output");
    private readonly List<VectorName> _names = [];

    /// <summary>The file with the names of the rows: the matrix's own name with another ending.</summary>
    public static string NamesOf(string path) => Path.ChangeExtension(path, ".json");

    public override void Write(string name, double time, ReadOnlySpan<float> vector)
    {
        if (_names.Count == 0)
            _output.Write(Header(0));
        _names.Add(new VectorName(set.Kind == "file" ? name : null, set.Kind == "text" ? name : null, set.HasTimes ? time : null));
        _output.Write(MemoryMarshal.AsBytes(vector));
    }

    public override void Complete()
    {
        _output.Write(stream =>
        {
            stream.Position = 0;
            stream.Write(Header(_names.Count));
        });
        var names = new VectorNames(set.Model, AuricleInfo.Version, set.Width, set.Normalised, _names);
        OutputPath.Write(NamesOf(path), ShownText.InJson(JsonSerializer.Serialize(names, VectorJson.Readable.VectorNames)) + "\n", "--output");
        _output.Complete();
    }

    public override void Dispose() => _output.Dispose();

    private byte[] Header(int rows)
    {
        var header = new byte[HeaderLength];
        header.AsSpan().Fill((byte)' ');
        Magic.CopyTo(header, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(Magic.Length), (ushort)(HeaderLength - Magic.Length - sizeof(ushort)));
        Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {set.Width}), }}"),
            header.AsSpan(Magic.Length + sizeof(ushort)));
        header[^1] = (byte)'\n';
        return header;
    }
}

/// <summary>A Parquet table. Rows wait in memory until there are enough for a group.</summary>
internal sealed class ParquetVectors : VectorWriter
{
    private const int GroupNumbers = 1 << 22;

    private readonly AtomicOutput _output;
    private readonly VectorSet _set;
    private readonly DataField<string> _name;
    private readonly DataField<double> _time = new("time");
    private readonly ListField _vector = new("vector", new DataField<float>("element"));
    private readonly List<string> _names = [];
    private readonly List<double> _times = [];
    private readonly List<float> _numbers = [];
    private ParquetWriter? _writer;

    public ParquetVectors(string path, VectorSet set)
    {
        _set = set;
        _name = new DataField<string>(set.Kind, nullable: false);
        _output = AtomicOutput.To(path, "--output");
        _output.Write(stream =>
        {
            _writer = Wait(ParquetWriter.CreateAsync(new ParquetSchema(set.HasTimes ? (Field[])[_name, _time, _vector] : [_name, _vector]), stream));
            _writer.CustomMetadata = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["model"] = set.Model, ["version"] = AuricleInfo.Version, ["normalised"] = set.Normalised ? "true" : "false",
            };
        });
    }

    public override void Write(string name, double time, ReadOnlySpan<float> vector)
    {
        _names.Add(name);
        _times.Add(time);
        _numbers.AddRange(vector);
        if (_numbers.Count >= GroupNumbers)
            WriteGroup();
    }

    public override void Complete()
    {
        WriteGroup();
        _output.Write(_ => CloseWriter());
        _output.Complete();
    }

    public override void Dispose() => _output.Dispose();

    private void WriteGroup() => _output.Write(_ =>
    {
        if (_names.Count == 0)
            return;
        using (var group = _writer!.CreateRowGroup())
        {
            Wait(group.WriteAsync(_name, _names));
            if (_set.HasTimes)
                Wait(group.WriteAsync<double>(_time, _times.ToArray()));
            // The first number of a list opens it, the others go on with it.
            var element = (DataField)_vector.Item;
            var present = new int[_numbers.Count];
            Array.Fill(present, element.MaxDefinitionLevel);
            int[] repeated = [.. Enumerable.Range(0, _numbers.Count).Select(i => i % _set.Width == 0 ? 0 : 1)];
            Wait(group.WriteAllPartsAsync<float>(element, _numbers.ToArray(), present, repeated, CancellationToken.None));
        }
        _names.Clear();
        _times.Clear();
        _numbers.Clear();
    });

    private void CloseWriter() => Wait(_writer!.DisposeAsync().AsTask());

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}

/// <param name="Model">The model's name.</param>
/// <param name="Version">The version of Auricle.</param>
/// <param name="Width">Numbers in a row.</param>
/// <param name="Normalised">Whether rows have length 1.</param>
/// <param name="Rows">What each row of the matrix stands for.</param>
internal sealed record VectorNames(string Model, string Version, int Width, bool Normalised, IReadOnlyList<VectorName> Rows);

/// <param name="File">The sound, or nothing.</param>
/// <param name="Text">The text, or nothing.</param>
/// <param name="Time">The centre of the stretch in seconds, where rows are stretches.</param>
internal sealed record VectorName(string? File, string? Text, double? Time);

/// <summary>The JSON form of the names of rows.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(VectorNames))]
internal sealed partial class VectorJson : System.Text.Json.Serialization.JsonSerializerContext
{
    public static VectorJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    });
}
