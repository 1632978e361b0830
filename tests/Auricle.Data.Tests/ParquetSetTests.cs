using Auricle.Audio;
using Auricle.Audio.Tests;
using static Auricle.Data.Tests.ParquetFiles;

namespace Auricle.Data.Tests;

/// <summary>Data sets as the hub keeps them: parquet files with sounds in them or beside them.</summary>
public sealed class ParquetSetTests : IDisposable
{
    private const int Rate = 16000;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Parquet_SplitsInSeveralFiles_GiveSoundsOfAnyFormat()
    {
        var (wav, ogg, flac) = Formats();
        await Write(_folder.At("data/train-00000-of-00002.parquet"), 2, [
            Sounds("audio", (wav, "a.wav"), (ogg, "b.ogg"), (flac, "c.flac")),
            Lists("captions", ["eine Krähe", "a crow"], [], ["rain"]),
            Numbers("label", 1, 0, -1),
        ], """{"info": {"features": {"label": {"names": ["dog", "cat"], "_type": "ClassLabel"}}}}""");
        await Write(_folder.At("data/train-00001-of-00002.parquet"), 2, [Sounds("audio", (ogg, "d.ogg")), Lists("captions", ["wind"]), Numbers("label", 7)]);
        await Write(_folder.At("data/test-00000-of-00001.parquet"), 2, [Sounds("audio", (ogg, "a.wav")), Lists("captions", ["waves"]), Numbers("label", 0)]);

        using var set = Read();
        Assert.Equal(["a.wav", "train/a.wav", "b.ogg", "c.flac", "d.ogg"], set.Items.Select(item => item.Id));
        Assert.Equal(["test", "train", "train", "train", "train"], set.Items.Select(item => item.Split));
        Assert.Equal([["waves"], ["eine Krähe", "a crow"], [], ["rain"], ["wind"]], set.Items.Select(item => item.Captions));
        // What names of labels the file has not, stays a number; the hub's -1 is none.
        Assert.Equal([["0"], ["cat"], ["dog"], [], ["7"]], set.Items.Select(item => item.Labels));
        Assert.Equal(_folder.At("data/train-00000-of-00002.parquet"), set.Items[3].Packed!.File);
        Assert.Null(set.Items[3].Packed!.ReadFeatures());
        foreach (var (item, bytes) in set.Items.Zip([ogg, wav, ogg, flac, ogg]))
        {
            Assert.Equal(bytes, item.Packed!.ReadSound()!.Value.ToArray());
            Assert.Equal(Rate / 2, DataSounds.Load(item, Rate).Samples.Length);
        }
        Assert.Equal(AudioFile.Load(_folder.At("a.wav"), Rate).Samples, DataSounds.Load(set.Items[1], Rate).Samples);
        using var test = Read(new() { Splits = ["evaluation"] });
        Assert.Equal("waves", Assert.Single(test.Items).Captions[0]);
        Assert.Contains("those that it has are of 'test', 'train'", Fault(() => Read(new() { Splits = ["val"] })), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_RowsWithoutBytes_AreMissingOrLieBeside()
    {
        var (wav, _, _) = Formats();
        File.Move(_folder.At("b.ogg"), _folder.At("sounds/b.ogg"));
        // The first group has bytes but for one row, the second none at all.
        await Write(_folder.At("train.parquet"), 3, [
            Sounds("audio", (wav, "x.wav"), (null, "gone.wav"), (wav, null), (null, "sounds/b.ogg"), (null, null)), Texts("text", "one", "two", "three", "four", "five"),
        ]);
        using var set = Read(new() { MissingLimit = 1 });
        Assert.Equal(["x.wav", "train.parquet#2", "sounds/b.ogg"], set.Items.Select(item => item.Id));
        Assert.Equal(["gone.wav", "row 4 of train.parquet, which has no bytes"], set.Missing.Select(item => item.Sought));
        Assert.Equal(Rate / 2, DataSounds.Load(set.Items[2], Rate).Samples.Length);
        Assert.All(set.Items, item => Assert.Equal("train", item.Split));
        Assert.Contains("2 of 5 clips", Fault(() => Read(new() { MissingLimit = 0.3 })), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_TableBesideSounds_TellsAllThatItHas()
    {
        _ = Formats();
        await Write(_folder.At("meta.parquet"), 10, [
            Texts("file_name", "a.wav", "b.ogg", "c.flac"), Texts("split", "train", "test", "train"), Texts("labels", "dog; cat", "rain", null), Texts("caption_1", "x", null, "y"),
            Texts("caption_2", "z", "", "w"), Numbers("fold", 1, 2, null), Texts("source", "s", "s", "s"), Numbers("duration", 3, null, 4), Texts("freesound_id", "12", null, "14"), Numbers("id", 5, 6, 7),
        ]);
        using var set = Read(at: "meta.parquet");
        var first = set.Items[0];
        Assert.Equal((_folder.At("a.wav"), "5", "train", 1, "s", 3.0, "freesound:12"), (first.Path!, first.Id, first.Split, first.Fold, first.Source, first.Seconds, first.Recording));
        Assert.Equal(["dog", "cat"], first.Labels);
        Assert.Equal([["x", "z"], [], ["y", "w"]], set.Items.Select(item => item.Captions));
        Assert.Equal((null, null, null), (set.Items[1].Seconds, set.Items[2].Fold, set.Items[1].Recording));
        using var test = Read(new() { Splits = ["test"] }, at: "meta.parquet");
        Assert.Equal("6", Assert.Single(test.Items).Id);
    }

    [Fact]
    public async Task Parquet_RowForEachCaption_IsOneSound_UnlessAllBearOneName()
    {
        var (wav, ogg, _) = Formats();
        await Write(_folder.At("rows/test.parquet"), 2, [Sounds("audio", (wav, "a.wav"), (wav, "a.wav"), (wav, "a.wav"), (ogg, "b.ogg"), (wav, "a.wav")), Texts("caption", "1", "2", "3", "4", "5")]);
        using var set = Read(at: "rows");
        Assert.Equal([["1", "2", "3"], ["4"], ["5"]], set.Items.Select(item => item.Captions));
        Assert.Equal(["a.wav", "b.ogg", "test/a.wav"], set.Items.Select(item => item.Id));
        await Write(_folder.At("same/test.parquet"), 2, [Sounds("audio", (wav, "audio.wav"), (ogg, "audio.wav")), Texts("caption", "1", "2")]);
        using var same = Read(at: "same");
        Assert.Equal([wav.Length, ogg.Length], same.Items.Select(item => item.Packed!.ReadSound()!.Value.Length));
    }

    [Fact]
    public async Task Parquet_SeveralThreads_ReadEachSoundWhole()
    {
        byte[][] sounds = [.. Enumerable.Range(0, 40).Select(i => Enumerable.Repeat((byte)i, 1000 + i).ToArray())];
        await Write(_folder.At("train.parquet"), 7, [Bytes("wav", sounds), Lists("tags", [.. sounds.Select((_, i) => new[] { $"t{i % 3}" })])]);
        using var set = Read();
        Parallel.For(0, 400, i =>
        {
            var place = i * 17 % sounds.Length;
            Assert.Equal(sounds[place], set.Items[place].Packed!.ReadSound()!.Value.ToArray());
        });
        Assert.Equal(["t0", "t1", "t2"], set.Labels);
    }

    [Fact]
    public async Task Parquet_MuchData_HoldsFewRowGroups()
    {
        var random = new Random(1);
        byte[][] sounds = [.. Enumerable.Range(0, 640).Select(_ => new byte[1 << 20])];
        foreach (var sound in sounds)
            random.NextBytes(sound.AsSpan(0, 4096));
        await Write(_folder.At("train.parquet"), 16, [Bytes("wav", sounds), Texts("text", [.. sounds.Select((_, i) => $"{i}")])]);
        Array.Clear(sounds);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var set = Read();
        var most = GC.GetTotalMemory(forceFullCollection: true) - before;
        foreach (var (place, item) in set.Items.Index())
        {
            Assert.Equal(1 << 20, item.Packed!.ReadSound()!.Value.Length);
            if (place % 40 == 0)
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }
        // 640 MiB went by.
        Assert.InRange(most, 1, 400L << 20);
    }

    [Fact]
    public async Task Parquet_WhatCannotBeRead_IsOneSentence()
    {
        var (wav, _, _) = Formats();
        var whole = _folder.At("whole/train.parquet");
        await Write(whole, 1, [Sounds("audio", (wav, "a.wav"), (wav, "b.wav")), Texts("text", "a", "b")]);
        var bytes = File.ReadAllBytes(whole);
        Assert.Contains("is no parquet file that can be read, or is cut short", Fault(() => Read(at: _folder.Bytes("cut.parquet", bytes[..(bytes.Length / 2)]))), StringComparison.Ordinal);
        Assert.Contains("no parquet file that can", Fault(() => Read(at: _folder.Text("text.parquet", "no parquet"))), StringComparison.Ordinal);
        Assert.Contains("no parquet file that can", Fault(() => Read(at: _folder.Text("empty.parquet", ""))), StringComparison.Ordinal);
        Assert.Contains("git lfs pull", Fault(() => Read(at: _folder.Text("pointer.parquet", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"))), StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.At("nothing"));
        Assert.Contains("has no parquet files", Fault(() => Read(at: "nothing")), StringComparison.Ordinal);

        await Write(_folder.At("words.parquet"), 1, [Sounds("audio", (wav, "a.wav")), Texts("words", "a"), Numbers("count", 1)]);
        var fault = Fault(() => Read(at: "words.parquet"));
        Assert.Contains("'audio' (struct), 'words' (text), 'count' (int64)", fault, StringComparison.Ordinal);
        await Write(_folder.At("types.parquet"), 1, [Numbers("audio", 3), Numbers("text", 1), Texts("caption", "a")]);
        Assert.Contains("needs a column of sounds", Fault(() => Read(at: "types.parquet")), StringComparison.Ordinal);

        // Damage within a column costs its sounds and nothing else.
        var damaged = (byte[])bytes.Clone();
        damaged.AsSpan(4, 24).Fill(0xff);
        using var set = Read(at: _folder.Bytes("damaged.parquet", damaged));
        Assert.Equal(2, set.Items.Count);
        Assert.Contains("of row group 0", Assert.Throws<DataSetException>(() => set.Items[0].Packed!.ReadSound()).Message, StringComparison.Ordinal);
        Assert.Contains("a.wav", Assert.Throws<AudioException>(() => DataSounds.Load(set.Items[0], Rate)).Message, StringComparison.Ordinal);
        Assert.Equal(wav, set.Items[1].Packed!.ReadSound()!.Value.ToArray());

        // A part that was not fetched.
        await Write(_folder.At("parts/train-00001-of-00003.parquet"), 1, [Sounds("audio", (wav, "a.wav"), (wav, "b.wav")), Texts("text", "a", "b")]);
        using var parts = Read(at: "parts");
        Assert.Equal(["train-00000-of-00003.parquet", "train-00002-of-00003.parquet"], parts.Missing.Select(item => item.Id));
    }

    private static string Fault(Action read) => Assert.Throws<DataSetException>(read).Message;

    private DataSet Read(DataReadOptions? options = null, string at = "") => DataLayout.Find("parquet").Read(Path.Combine(_folder.Root, at), options);

    /// <summary>Half a second of noise as three files: a.wav, b.ogg, c.flac.</summary>
    private (byte[] Wav, byte[] Ogg, byte[] Flac) Formats()
    {
        var random = new Random(3);
        var wav = _folder.Wav("a.wav", [.. Enumerable.Range(0, Rate / 2).Select(_ => random.NextSingle() - 0.5f)], Rate, pcm: true);
        Ffmpeg.Run("-i", wav, "-c:a", "libvorbis", _folder.At("b.ogg"));
        Ffmpeg.Run("-i", wav, _folder.At("c.flac"));
        return (File.ReadAllBytes(wav), File.ReadAllBytes(_folder.At("b.ogg")), File.ReadAllBytes(_folder.At("c.flac")));
    }
}
