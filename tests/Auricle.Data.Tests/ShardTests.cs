using System.Formats.Tar;
using Auricle.Audio.Tests;

namespace Auricle.Data.Tests;

public sealed class ShardTests : IDisposable
{
    private const int Items = 23;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_WhatWasPacked_ComesBackInOrder()
    {
        Pack(4);
        var read = new ShardReader(_folder.At("out")).Read().ToList();
        Assert.Equal(Enumerable.Range(0, Items).Select(i => $"item {i}"), read.Select(item => item.Item.Id));
        Assert.Equal(("wav", 3 + 11), (read[11].Content.Extension, read[11].Content.Bytes.Length));
        Assert.Equal(11, read[11].Content.Bytes.Span[0]);
        Assert.Equal(["Über den Dächern 11", "b"], read[11].Item.Captions);
        Assert.Equal(("x", "train", 3, "freesound:11", 1.5), (read[11].Item.Labels[0], read[11].Item.Split, read[11].Item.Fold, read[11].Item.Recording, read[11].Item.Seconds));
        Assert.Empty(Directory.GetFiles(_folder.At("out"), "*.partial"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public void Read_ByRank_IsADivisionThatDependsOnTheEpoch(int ranks)
    {
        Pack(4);
        var reader = new ShardReader(_folder.At("out"));
        List<string> Ids(int rank, int epoch) => [.. reader.Read(new() { Rank = rank, Ranks = ranks, Seed = 5, Epoch = epoch, Buffer = 6 }).Select(item => item.Item.Id)];
        var all = Enumerable.Range(0, ranks).SelectMany(rank => Ids(rank, 0)).ToList();
        Assert.Equal(Items, all.Count);
        Assert.Equal(Items, all.Distinct().Count());
        Assert.Equal(Ids(0, 0), Ids(0, 0));
        Assert.NotEqual(all, Enumerable.Range(0, ranks).SelectMany(rank => Ids(rank, 1)));
        Assert.NotEqual(Enumerable.Range(0, Items).Select(i => $"item {i}"), all);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(7UL)]
    public void Read_FromTheMiddle_GoesOnAsIfNothingHadHappened(ulong? seed)
    {
        Pack(5);
        var reader = new ShardReader(_folder.At("out"));
        var options = new ShardReadOptions { Seed = seed, Buffer = 4, Epoch = 2 };
        var whole = reader.Read(options).Select(item => item.Item.Id).ToList();
        for (var skip = 0; skip <= Items; skip++)
            Assert.Equal(whole.Skip(skip), reader.Read(options with { Skip = skip }).Select(item => item.Item.Id));
    }

    [Fact]
    public void Read_LargeShards_HoldsABlockAtATime()
    {
        using (var writer = new ShardWriter(_folder.At("large"), 200))
        {
            for (var i = 0; i < 200; i++)
                writer.Add(new DataItem { Id = $"{i}", Captions = ["x"] }, new ShardContent("wav", new byte[1 << 20]));
            writer.Complete();
        }
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        var count = 0;
        foreach (var _ in new ShardReader(_folder.At("large")).Read(new() { Seed = 1, Buffer = 8 }))
        {
            if (++count % 40 == 0)
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }
        Assert.Equal(200, count);
        // 200 MB went by.
        Assert.InRange(most, 0, 40L << 20);
    }

    [Fact]
    public void Read_CutShard_IsToldOfAndTheOthersGoOn()
    {
        Pack(4);
        var shard = Path.Combine(_folder.At("out"), "shard-000001.tar");
        var bytes = File.ReadAllBytes(shard);
        File.WriteAllBytes(shard, bytes[..(bytes.Length / 2)]);
        var reader = new ShardReader(_folder.At("out"));
        Assert.Contains("shard-000001.tar", Assert.Throws<DataSetException>(() => reader.Read().Count()).Message, StringComparison.Ordinal);
        var faults = new List<DataSetException>();
        var left = reader.Read(new() { Failed = faults.Add }).Select(item => item.Item.Id).ToList();
        Assert.Single(faults);
        Assert.InRange(left.Count, Items - 4, Items - 1);
        Assert.Contains("item 22", left);
        // Cut between two items, which a tar alone does not show: the list tells, and without it the missing end.
        File.WriteAllBytes(shard, bytes[..2048]);
        Assert.Contains("were packed", Assert.Throws<DataSetException>(() => reader.Read().Count()).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder.At("out"), ShardWriter.IndexName));
        Assert.Contains("has no end", Assert.Throws<DataSetException>(() => new ShardReader(_folder.At("out")).Read().Count()).Message, StringComparison.Ordinal);
        File.Delete(shard);
        Pack(4, "again");
        File.Delete(Path.Combine(_folder.At("again"), "shard-000002.tar"));
        Assert.Contains("is missing", Assert.Throws<DataSetException>(() => new ShardReader(_folder.At("again"))).Message, StringComparison.Ordinal);
        Assert.Contains("already has shards", Assert.Throws<DataSetException>(() => new ShardWriter(_folder.At("again"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ShardsOfOthers_TakesTheirTexts()
    {
        Directory.CreateDirectory(_folder.At("theirs"));
        using (var tar = new TarWriter(File.Create(Path.Combine(_folder.At("theirs"), "0.tar"))))
        {
            foreach (var (name, text) in new[] { ("a/0001.flac", "sound"), ("a/0001.json", """{"text": ["one", "two"], "tag": ["dog"]}"""), ("a/0002.txt", "three\n"), ("a/0002.flac", "other") })
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)) });
        }
        var read = new ShardReader(_folder.At("theirs")).Read().ToList();
        Assert.Equal([["one", "two"], ["three"]], read.Select(item => item.Item.Captions));
        Assert.Equal("other", System.Text.Encoding.UTF8.GetString(read[1].Content.Bytes.Span));
    }

    [Fact]
    public void Npy_Matrix_ComesBack()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        var bytes = NpyArray.Write(values, 3);
        Assert.Equal(0, (bytes.Length - 24) % 64);
        var read = NpyArray.Read(bytes, "x");
        Assert.Equal(3, read.Width);
        Assert.Equal(values, read.Frames);
        Assert.Throws<DataSetException>(() => NpyArray.Read(bytes.AsSpan(0, bytes.Length - 1), "x"));
        Assert.Throws<DataSetException>(() => NpyArray.Read([1, 2, 3], "x"));
    }

    private void Pack(int perShard, string folder = "out")
    {
        using var writer = new ShardWriter(_folder.At(folder), perShard);
        for (var i = 0; i < Items; i++)
        {
            var item = new DataItem { Id = $"item {i}", Captions = [$"Über den Dächern {i}", "b"], Labels = ["x"], Split = "train", Fold = 3, Recording = $"freesound:{i}", Seconds = 1.5 };
            writer.Add(item, new ShardContent("wav", Enumerable.Repeat((byte)i, 3 + i).ToArray()));
        }
        writer.Complete();
    }
}
