using Auricle.Data;
using Auricle.Data.Tests;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training.Tests;

/// <summary>Data sets whose sounds lie in larger files teach what the same sounds teach as files of their own.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class PackedDataTests : IDisposable
{
    private const int Clips = 14;
    private readonly TinyCorpus _corpus = new([.. Enumerable.Range(0, Clips).Select(i => (new[] { "bell", "dog", "rain" }[i % 3], i < 10 ? "train" : "validation", 0.3 + 0.05 * i))]);
    private readonly string _root = Directory.CreateTempSubdirectory("auricle-packed-").FullName;

    public PackedDataTests()
    {
        _corpus.WriteSounds();
        TorchRuntime.Threads = 1;
        TorchRuntime.Seed(1);
        using var store = WeightStore.Initialise();
        _ = new MobileNetEncoder(new MobileNetConfig { Scale = 0.1, Tags = 4 }, store.Root);
        SafetensorsFile.Write(At("encoder.safetensors"), store.Entries.Select(entry => SafetensorsExport.Entry(entry.Name, entry.Tensor)));
        Directory.CreateDirectory(At("plain"));
        var lines = new List<string> { "file_name,caption_1,caption_2,split" };
        foreach (var clip in _corpus.Load().Clips)
        {
            var name = Path.GetFileName(clip.File);
            File.Copy(_corpus.Load().PathOf(clip), At($"plain/{name}"));
            lines.Add($"{name},A {clip.Label} sounds.,We hear a {name[..^4]}.,{(clip.Split == DataSplit.Train ? "train" : "validation")}");
        }
        File.WriteAllLines(At("plain/metadata.csv"), lines);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShardsAndParquet_LearnAsTheirFilesDo(bool trainsEncoder)
    {
        await Pack();
        var (plain, plainClips) = Losses("plain", At("plain"), trainsEncoder);
        Assert.Equal(4, plain.Count);
        foreach (var packed in new[] { "shards", "parquet" })
        {
            var (losses, clips) = Losses(packed, At(packed), trainsEncoder);
            Assert.Equal(plain, losses);
            Assert.Equal(plainClips, clips);
        }
    }

    [Fact]
    public async Task ShardThatIsCutShort_TeachesWithWhatIsWhole_AndTheRestIsListed()
    {
        await Pack();
        var shard = At("shards/shard-000000.tar");
        var bytes = File.ReadAllBytes(shard);
        File.WriteAllBytes(shard, bytes[..(bytes.Length / 2)]);
        var run = Train("shards", At("shards"), false);
        var left = File.ReadAllLines(run.SkippedPath);
        Assert.InRange(left.Length, 1, 4);
        Assert.All(left, line => Assert.Contains("shard-000000.tar' breaks off or is damaged at byte ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task FrozenVectors_AreComputedAnew_WhereAPackedFileChanges()
    {
        await Pack();
        _ = Train("shards", At("shards"), false);
        var first = Directory.GetFiles(At("cache")).Length;
        _ = Train("shards", At("shards"), false, "run.name=again");
        Assert.Equal(first, Directory.GetFiles(At("cache")).Length);
        File.SetLastWriteTimeUtc(At("shards/shard-000001.tar"), DateTime.UtcNow.AddMinutes(1));
        _ = Train("shards", At("shards"), false, "run.name=changed");
        Assert.NotEqual(first, Directory.GetFiles(At("cache")).Length);
    }

    [Fact]
    public void Threads_BeginWithWhatComesNext()
    {
        const int Count = 400, Threads = 4;
        var begun = new bool[Count];
        var passed = 0;
        TorchRuntime.Threads = Threads;
        SingleThreads.Run(Count, i =>
        {
            lock (begun)
            {
                begun[i] = true;
                passed = Math.Max(passed, begun.AsSpan(0, i).Count(false));
            }
            Thread.SpinWait(2000);
        });
        Assert.DoesNotContain(false, begun);
        // Each other thread may hold one that it has not noted yet.
        Assert.InRange(passed, 0, Threads - 1);
    }

    public void Dispose()
    {
        _corpus.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private string At(string name) => Path.Combine(_root, name);

    private async Task Pack()
    {
        using var set = DataLayout.Find("plain").Read(At("plain"));
        using (var writer = new ShardWriter(At("shards"), 4) { Origin = set.Origin })
        {
            foreach (var item in set.Items)
                writer.Add(item, new ShardContent("wav", File.ReadAllBytes(item.Path!)));
            writer.Complete();
        }
        foreach (var split in set.Items.GroupBy(item => item.Split))
        {
            await ParquetFiles.Write(At($"parquet/data/{split.Key}-00000-of-00001.parquet"), 3, [
                ParquetFiles.Sounds("audio", [.. split.Select(item => ((byte[]?)File.ReadAllBytes(item.Path!), (string?)item.Id))]),
                ParquetFiles.Lists("captions", [.. split.Select(item => (string[])[.. item.Captions])]),
            ]);
        }
    }

    private (List<(double? Loss, double? Validation)> Losses, List<string> Ids) Losses(string layout, string folder, bool trainsEncoder)
    {
        using (var set = DataLayout.Find(layout).Read(folder))
        {
            var run = Train(layout, folder, trainsEncoder);
            return ([.. MetricsLog.Read(run.LogPath).Select(line => (line["loss"], line["val_loss"]))], [.. set.Items.Select(item => item.Id).Order(StringComparer.Ordinal)]);
        }
    }

    private RunFolder Train(string layout, string folder, bool trainsEncoder, params string[] settings)
    {
        var path = At("recipe.yaml");
        File.WriteAllText(path, $"""
            task: retrieval
            run: {"{"} root: {At("runs")}, name: {layout}-{trainsEncoder} {"}"}
            data: {"{"} train: ['{layout}:train@{folder}'], validation: ['{layout}:validation@{folder}'], cache: {At("cache")} {"}"}
            encoder: {"{"} file: {At("encoder.safetensors")}, segment_seconds: 1, clip_seconds: 1, precision: float32, train: {(trainsEncoder ? "true" : "false")} {"}"}
            text: {"{"} width: 64, layers: 1, feed_forward: 64, dropout: 0 {"}"}
            model: {"{"} width: 16 {"}"}
            optimizer: {"{"} batch: 5, lr: 0.01, weight_decay: 0 {"}"}
            schedule: {"{"} epochs: 4, warmup_epochs: 0 {"}"}
            """);
        return TrainingRun.Start(path, settings);
    }
}
