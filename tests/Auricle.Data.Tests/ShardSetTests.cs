using System.Formats.Tar;
using System.Text;
using Auricle.Audio.Tests;

namespace Auricle.Data.Tests;

/// <summary>Shards as a data set like any other: items by the headers, sounds where they lie.</summary>
public sealed class ShardSetTests : IDisposable
{
    private const int Items = 11, PerShard = 4;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shards_WhatWasPacked_IsTheSameSet()
    {
        Pack();
        using var set = Read();
        Assert.Equal(("shards", "clotho"), (set.Name, set.Origin));
        Assert.Equal(Enumerable.Range(0, Items).Select(i => $"item {i}"), set.Items.Select(item => item.Id));
        var item = set.Items[6];
        Assert.Equal(["Über den Dächern 6", "b"], item.Captions);
        Assert.Equal(("x", "train", 3, "freesound:6", 1.5), (item.Labels[0], item.Split, item.Fold, item.Recording, item.Seconds));
        // In any order, and by several threads.
        Parallel.For(0, 200, i => Assert.Equal(Content(i * 7 % Items), set.Items[i * 7 % Items].Packed!.ReadSound()!.Value.ToArray()));
        Assert.Null(item.Packed!.ReadFeatures());
        using var train = Read(new() { Splits = ["development"] });
        Assert.Equal(8, train.Items.Count);
        Assert.Contains("those that it has are of 'test', 'train'", Assert.Throws<DataSetException>(() => Read(new() { Splits = ["val"] })).Message, StringComparison.Ordinal);
        using var one = Read(at: "out/shard-000001.tar");
        Assert.Equal(["item 4", "item 5", "item 6", "item 7"], one.Items.Select(found => found.Id));
    }

    [Fact]
    public void Shards_Features_ComeAsFeatures()
    {
        using (var writer = new ShardWriter(_folder.At("out")))
        {
            writer.Add(new DataItem { Id = "a", Captions = ["x"] }, new ShardContent("npy", NpyArray.Write([1, 2, 3, 4, 5, 6], 3)));
            writer.Complete();
        }
        using var set = Read();
        Assert.Null(set.Items[0].Packed!.ReadSound());
        Assert.Equal([1, 2, 3, 4, 5, 6], set.Items[0].Packed!.ReadFeatures()!.Frames);
        Assert.Equal("shards", set.Origin);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Shards_CutShort_WholeItemsCountAndTheRestIsMissing(bool listed)
    {
        Pack();
        var shard = _folder.At("out/shard-000001.tar");
        var bytes = File.ReadAllBytes(shard);
        if (!listed)
            File.Delete(_folder.At("out/shards.json"));
        // Each item has two headers, its sound and its description, 512 bytes each: the third item lacks most of its description.
        const int Item = 4 * 512;
        File.WriteAllBytes(shard, bytes[..(3 * Item - 500)]);
        using var set = Read();
        Assert.Equal([.. Enumerable.Range(0, 6), 8, 9, 10], set.Items.Select(item => int.Parse(item.Id[5..])));
        Assert.Equal(listed ? 2 : 1, set.Missing.Count);
        Assert.All(set.Missing, missing => Assert.Contains($"shard-000001.tar' breaks off or is damaged at byte {2 * Item + 1024} after 2 items", missing.Sought, StringComparison.Ordinal));
        Assert.Equal(Content(5), set.Items[5].Packed!.ReadSound()!.Value.ToArray());
        // Only zeros that fill the last block are gone: the item is whole, what follows is not there.
        File.WriteAllBytes(shard, bytes[..(3 * Item - 100)]);
        using var padded = Read();
        Assert.Single(padded.Missing);
        Assert.Equal(Items - 1, padded.Items.Count);
        // Between an item's sound and its description: a sound without its captions is no item.
        File.WriteAllBytes(shard, bytes[..(2 * Item + 1024)]);
        using var between = Read();
        Assert.Equal(set.Items.Select(item => item.Id), between.Items.Select(item => item.Id));
        Assert.Contains(listed ? "were packed; 2 items are left" : $"has no end at byte {2 * Item + 1024}; 2 items are left", between.Missing[0].Sought, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_OfOthers_HaveFoldersForSplitsAndKeysThatBeginAnew()
    {
        foreach (var (split, shard) in new[] { ("train", 0), ("train", 1), ("test", 0) })
        {
            Directory.CreateDirectory(_folder.At($"theirs/{split}"));
            using var tar = new TarWriter(File.Create(_folder.At($"theirs/{split}/{shard}.tar")));
            Entry(tar, "0.flac", $"{split}{shard}");
            Entry(tar, "0.json", """{"text": ["one", "two"], "tag": ["dog"]}""");
            Entry(tar, "1.png", "picture");
            Entry(tar, "1.flac", "sound");
            Entry(tar, "1.txt", "three\n");
            Entry(tar, "1.cls", "7");
            Entry(tar, "2.txt", "no sound");
        }
        using var set = Read(at: "theirs");
        Assert.Equal(["test/0.tar/0", "test/0.tar/1", "train/0.tar/0", "train/0.tar/1", "train/1.tar/0", "train/1.tar/1"], set.Items.Select(item => item.Id));
        Assert.Equal(["test", "test", "train", "train", "train", "train"], set.Items.Select(item => item.Split));
        Assert.Equal(["one", "two"], set.Items[0].Captions);
        Assert.Equal(("three", "7"), (set.Items[1].Captions[0], set.Items[1].Labels[0]));
        Assert.Equal(["test0", "sound", "train0", "sound", "train1", "sound"], set.Items.Select(item => Encoding.UTF8.GetString(item.Packed!.ReadSound()!.Value.Span)));
        Assert.Equal(["test/0.tar/2", "train/0.tar/2", "train/1.tar/2"], set.Missing.Select(missing => missing.Sought));
    }

    [Fact]
    public void Shards_WhatIsNone_IsOneSentence()
    {
        Directory.CreateDirectory(_folder.At("nothing"));
        Assert.Contains("has no shards", Assert.Throws<DataSetException>(() => Read(at: "nothing")).Message, StringComparison.Ordinal);
        Assert.Contains("breaks off or is damaged at byte 0 after 0 items", Assert.Throws<DataSetException>(() => Read(at: _folder.Text("text.tar", new string('x', 2000)))).Message, StringComparison.Ordinal);
        using (var tar = new TarWriter(File.Create(_folder.At("bad/0.tar"))))
        {
            Entry(tar, "0.flac", "x");
            Entry(tar, "0.json", "{");
        }
        Assert.Contains("The description of '0'", Assert.Throws<DataSetException>(() => Read(at: "bad")).Message, StringComparison.Ordinal);
        Pack();
        File.Delete(_folder.At("out/shard-000000.tar"));
        Assert.Contains("'shard-000000.tar'", Assert.Throws<DataSetException>(() => Read()).Message, StringComparison.Ordinal);
    }

    private static void Entry(TarWriter tar, string name, string text) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });

    private static byte[] Content(int i) => [.. Enumerable.Repeat((byte)i, 3 + i)];

    private DataSet Read(DataReadOptions? options = null, string at = "out") => DataLayout.Find("shards").Read(Path.Combine(_folder.Root, at), options);

    private void Pack()
    {
        using var writer = new ShardWriter(_folder.At("out"), PerShard) { Origin = "clotho" };
        for (var i = 0; i < Items; i++)
        {
            writer.Add(
                new DataItem { Id = $"item {i}", Captions = [$"Über den Dächern {i}", "b"], Labels = ["x"], Split = i < 8 ? "train" : "test", Fold = 3, Recording = $"freesound:{i}", Seconds = 1.5 },
                new ShardContent("wav", Content(i)));
        }
        writer.Complete();
    }
}
