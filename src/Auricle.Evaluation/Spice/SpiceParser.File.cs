using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Auricle.Reading;

namespace Auricle.Evaluation;

public sealed partial class SpiceParser
{
    private const int LargestHeader = 16 << 20;
    private const int LargestWidth = 4096;
    private const int LargestCount = 1 << 20;
    private const int MostMembers = 64;

    private static ReadOnlySpan<byte> Magic => "AURSPICE"u8;

    /// <summary>Reads a parser from a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="MetricDataException">The file holds no parser, or only a part of one.</exception>
    public static SpiceParser Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"The caption parser '{path}' does not exist; give the path of a parser that 'auricle train spice-parser' wrote.", path);
        try
        {
            using var file = File.OpenRead(path);
            return Read(file);
        }
        catch (Exception error) when (error is MetricDataException or JsonException or IOException or InvalidOperationException or InvalidDataException)
        {
            throw new MetricDataException(
                $"'{path}' is no caption parser or is cut short ({JsonText.Reason(error)}); write it anew with 'auricle train spice-parser'.",
                error);
        }
    }

    /// <summary>Writes the parser: a line of JSON, then weights in eight bits with a scale for each row, all compressed.</summary>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = File.Create(path);
        file.Write(Magic);
        using var content = new BrotliStream(file, CompressionLevel.SmallestSize);
        var sizes = Networks[0].Sizes;
        var header = JsonSerializer.SerializeToUtf8Bytes(
            new ParserHeader(sizes.Embedding, sizes.Width, sizes.Arc, sizes.Relation, Members, [.. Tags], [.. Relations], [.. Vocabulary.Features],
                new(Lemmas)), ParserJson.Default.ParserHeader);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, header.Length);
        content.Write(length);
        content.Write(header);
        foreach (var parameter in Networks.SelectMany(network => network.Parameters.Values))
            Write(content, parameter);
    }

    /// <summary>Rounds the weights to what a file holds, so that a parser in memory and its file agree.</summary>
    internal void Round()
    {
        foreach (var parameter in Networks.SelectMany(network => network.Parameters.Values))
        {
            using var content = new MemoryStream();
            Write(content, parameter);
            content.Position = 0;
            Fill(content, parameter);
        }
    }

    private static SpiceParser Read(Stream file)
    {
        var magic = new byte[Magic.Length];
        file.ReadExactly(magic);
        if (!Magic.SequenceEqual(magic))
            throw new MetricDataException("it does not begin as one");
        using var content = new BrotliStream(file, CompressionMode.Decompress);
        var length = new byte[4];
        content.ReadExactly(length);
        var headerLength = BinaryPrimitives.ReadInt32LittleEndian(length);
        if (headerLength is <= 0 or > LargestHeader)
            throw new MetricDataException($"its header has {headerLength} bytes");
        var bytes = new byte[headerLength];
        content.ReadExactly(bytes);
        var header = JsonSerializer.Deserialize(bytes, ParserJson.Default.ParserHeader) ?? throw new MetricDataException("its header is empty");
        Check(header, file.Length);
        var vocabulary = new ParserVocabulary(header.Features);
        var sizes = new ParserSizes(vocabulary.Count, header.Tags.Count, header.Relations.Count, header.Embedding, header.Width, header.Arc,
            header.Relation);
        var networks = new ParserNetwork[header.Members];
        for (var member = 0; member < networks.Length; member++)
        {
            networks[member] = new ParserNetwork(sizes);
            foreach (var parameter in networks[member].Parameters.Values)
                Fill(content, parameter);
        }
        return new SpiceParser(vocabulary, header.Tags, header.Relations, header.Lemmas, networks);
    }

    private static void Check(ParserHeader header, long fileLength)
    {
        foreach (var width in new[] { header.Embedding, header.Width, header.Arc, header.Relation })
        {
            if (width is <= 0 or > LargestWidth || width % 16 != 0)
                throw new MetricDataException($"a width is {width}");
        }
        foreach (var count in new[] { header.Tags?.Count, header.Relations?.Count, header.Features?.Count })
        {
            if (count is null or 0 or > LargestCount)
                throw new MetricDataException("a list of names is missing or too long");
        }
        if (header.Features!.Concat(header.Tags!).Concat(header.Relations!).Contains(null) || header.Lemmas?.ContainsValue(null!) == true)
            throw new MetricDataException("a name is missing");
        if (header.Members is <= 0 or > MostMembers || header.Lemmas is null)
            throw new MetricDataException($"it has {header.Members} members");
        // A weight is a byte that hardly compresses, so that a made-up header cannot ask for much more memory than the file could fill.
        const long MostWeightsOfAByte = 64;
        var both = 2L * header.Width;
        var weights = header.Members * ((header.Features!.Count + 2L) * header.Embedding
            + 8L * header.Width * (header.Embedding + header.Width + (ParserSizes.Layers - 1L) * (both + header.Width))
            + both * (header.Tags!.Count + 2L * header.Arc + 2L * header.Relation)
            + (long)header.Arc * header.Arc + (long)header.Relation * header.Relations!.Count);
        if (weights > MostWeightsOfAByte * fileLength || weights > int.MaxValue)
            throw new MetricDataException($"its header asks for {weights} weights");
    }

    private static void Write(Stream content, FloatMatrix parameter)
    {
        var scales = new float[parameter.Rows];
        var values = new sbyte[parameter.Values.Length];
        for (var row = 0; row < parameter.Rows; row++)
        {
            var weights = parameter.Row(row);
            var largest = 0f;
            foreach (var weight in weights)
                largest = Math.Max(largest, Math.Abs(weight));
            scales[row] = (float)(Half)(largest / sbyte.MaxValue);
            for (var i = 0; i < weights.Length && scales[row] > 0; i++)
                values[row * parameter.Columns + i] = (sbyte)Math.Clamp(MathF.Round(weights[i] / scales[row]), -sbyte.MaxValue, sbyte.MaxValue);
        }
        foreach (var scale in scales)
            content.Write(BitConverter.GetBytes((Half)scale));
        content.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static void Fill(Stream content, FloatMatrix parameter)
    {
        var scales = new byte[2 * parameter.Rows];
        content.ReadExactly(scales);
        var bytes = new byte[parameter.Values.Length];
        content.ReadExactly(bytes);
        for (var row = 0; row < parameter.Rows; row++)
        {
            var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(scales.AsSpan(2 * row));
            if (!float.IsFinite(scale))
                throw new MetricDataException("a weight is no number");
            for (var i = row * parameter.Columns; i < (row + 1) * parameter.Columns; i++)
                parameter.Values[i] = (sbyte)bytes[i] * scale;
        }
    }
}

/// <summary>What stands before the weights of a caption parser.</summary>
internal sealed record ParserHeader(
    int Embedding, int Width, int Arc, int Relation, int Members, IReadOnlyList<string> Tags, IReadOnlyList<string> Relations,
        IReadOnlyList<string> Features, Dictionary<string, string> Lemmas);

/// <summary>The JSON form of a parser's header.</summary>
[JsonSerializable(typeof(ParserHeader))]
internal sealed partial class ParserJson : JsonSerializerContext;
