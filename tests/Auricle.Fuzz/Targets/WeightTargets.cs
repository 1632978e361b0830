using System.IO.Compression;
using System.Text;
using Auricle.Evaluation;
using Auricle.Testing;
using Auricle.Torch.Checkpoints;

namespace Auricle.Fuzz.Targets;

/// <summary>A reader of a file of weights. What it gives is looked at as well, since tensors are read when they are asked for.</summary>
/// <param name="name">What the command line calls it.</param>
/// <param name="read">Reads the file at a path.</param>
/// <param name="seeds">Well-formed files.</param>
internal sealed class WeightTarget(string name, Action<string> read, Func<IEnumerable<byte[]>> seeds) : FuzzTarget, IDisposable
{
    // Tensors are given out as bytes here; models take no more than the sizes of their layers.
    private const long MostBytes = 1 << 20;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("auricle-fuzz-");

    /// <summary>One target for each reader of weights.</summary>
    public static IEnumerable<WeightTarget> All() =>
    [
        new("checkpoint", path => Take(Checkpoint.Open(path).Tensors), () => Published("*.pt")),
        new("pickle", path => PickleReader.Read(File.ReadAllBytes(path)), Pickles),
        new("safetensors", path => Take(SafetensorsFile.Read(path, out _)), () => Published("*.safetensors")),
        new("spice-parser", path => SpiceParser.Load(path), () => [Parser()]),
    ];

    public override string Name => name;

    // A checkpoint's pickle may take 64 MiB whatever its size.
    public override long Allowance => 80 << 20;

    public override IEnumerable<byte[]> Seeds() => seeds();

    public override void Run(ReadOnlySpan<byte> input)
    {
        var path = Path.Combine(_folder.FullName, "weights");
        if (name == "spice-parser")
            WriteParser(path, input);
        else
            File.WriteAllBytes(path, input);
        read(path);
    }

    public override bool IsRefusal(Exception error) => error is AuricleException;

    public void Dispose() => _folder.Delete(recursive: true);

    private static void Take(IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        foreach (var tensor in tensors.Values.Where(tensor => tensor.ByteLength <= MostBytes))
            tensor.CopyTo(new byte[tensor.ByteLength]);
    }

    private static IEnumerable<byte[]> Published(string pattern) => Directory.GetFiles(Fixtures.Folder("torch-checkpoints"), pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    private static IEnumerable<byte[]> Pickles()
    {
        foreach (var file in Published("*.zip*.pt"))
        {
            using var archive = new ZipArchive(new MemoryStream(file));
            using var content = new MemoryStream();
            using (var entry = archive.Entries.First(entry => entry.Name == "data.pkl").Open())
                entry.CopyTo(content);
            yield return content.ToArray();
        }
    }

    // What is compressed is varied before: of variations behind it next to none would get past the decompression.
    private static void WriteParser(string path, ReadOnlySpan<byte> content)
    {
        using var file = File.Create(path);
        file.Write("AURSPICE"u8);
        using var compressed = new BrotliStream(file, CompressionLevel.Fastest);
        compressed.Write(content);
    }

    private static byte[] Parser()
    {
        var header = Encoding.UTF8.GetBytes(
            "{\"Embedding\":16,\"Width\":16,\"Arc\":16,\"Relation\":16,\"Members\":1,\"Tags\":[\"NN\",\"VB\"],\"Relations\":[\"root\",\"det\"],\"Features\":[\"a\",\"dog\"],\"Lemmas\":{\"dogs\":\"dog\"}}");
        // Neither scales that are no numbers nor bytes that compress to nothing.
        var weights = new byte[1 << 15];
        new Random(1).NextBytes(weights);
        return [.. BitConverter.GetBytes(header.Length), .. header, .. weights.Select(value => (byte)(value % 0x70))];
    }
}
