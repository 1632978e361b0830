using Auricle.Data;
using Auricle.Data.Tests;

namespace Auricle.Fuzz.Targets;

/// <summary>A data set that is one file: what is said of its items, and their bytes.</summary>
/// <param name="name">The layout.</param>
/// <param name="ending">How its files are called.</param>
/// <param name="write">Writes a well-formed file.</param>
internal sealed class DataTarget(string name, string ending, Action<string> write) : FuzzTarget, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("auricle-fuzz-");

    /// <summary>One target for each layout whose files hold sounds.</summary>
    public static IEnumerable<DataTarget> All() => [new("parquet", "parquet", WriteParquet), new("shards", "tar", WriteShard)];

    public override string Name => name;

    // Column headers may ask for a whole row group.
    public override long Allowance => 80 << 20;

    public override IEnumerable<byte[]> Seeds()
    {
        var path = Path.Combine(_folder.FullName, $"seed.{ending}");
        write(path);
        yield return File.ReadAllBytes(path);
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        var path = Path.Combine(_folder.FullName, $"train.{ending}");
        File.WriteAllBytes(path, input);
        using var set = DataLayout.Find(name).Read(path, new DataReadOptions { MissingLimit = 1, AllowsNone = true });
        foreach (var item in set.Items)
        {
            item.Packed?.ReadSound();
            item.Packed?.ReadFeatures();
        }
    }

    public override bool IsRefusal(Exception error) => error is AuricleException;

    public void Dispose() => _folder.Delete(recursive: true);

    private static void WriteParquet(string path) => ParquetFiles.Write(path, 2, [
        ParquetFiles.Sounds("audio", ([1, 2, 3], "a.wav"), (null, "b.wav"), ([4, 5], null)), ParquetFiles.Lists("captions", ["a dog", "x"], [], null),
        ParquetFiles.Texts("caption", "rain", null, "wind"), ParquetFiles.Numbers("label", 0, null, 1),
    ], """{"info": {"features": {"label": {"names": ["dog", "cat"], "_type": "ClassLabel"}}}}""").GetAwaiter().GetResult();

    private static void WriteShard(string path)
    {
        var folder = Directory.CreateTempSubdirectory("auricle-fuzz-");
        using (var writer = new ShardWriter(folder.FullName))
        {
            writer.Add(new DataItem { Id = "a", Captions = ["a dog"], Split = "train" }, new ShardContent("wav", new byte[] { 1, 2, 3 }));
            writer.Add(new DataItem { Id = "b", Captions = ["rain"] }, new ShardContent("npy", NpyArray.Write([1, 2], 2)));
            writer.Complete();
        }
        File.Move(Directory.GetFiles(folder.FullName, "*.tar").Single(), path, overwrite: true);
        folder.Delete(recursive: true);
    }
}
