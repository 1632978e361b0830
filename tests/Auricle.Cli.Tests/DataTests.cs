using System.Text.Json;
using Auricle.Data;
using Auricle.Data.Tests;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class DataTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task List_EveryLayout_IsShown()
    {
        var run = await CliRun.InProcess("data", "list");
        Assert.Equal(0, run.Code);
        Assert.Equal(DataLayout.All.Select(layout => layout.Name), run.Lines.Skip(1).Select(line => line.Split('\t')[0]));
    }

    [Fact]
    public async Task Check_Clotho_CountsListsAndDecodes()
    {
        Clotho();
        _folder.Text("clotho/development/broken.wav", "no sound");
        var run = await CliRun.InProcess("data", "check", "clotho", _folder.At("clotho"), "--decode", "--json");
        Assert.Equal(1, run.Code);
        var report = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal("development/gone.wav", report.GetProperty("missing")[0].GetProperty("id").GetString());
        Assert.Equal("development/broken.wav", report.GetProperty("unreadable")[0].GetProperty("id").GetString());
        Assert.Equal("freesound:7", report.GetProperty("leaks")[0].GetProperty("recording").GetString());
        var printed = await CliRun.InProcess("data", "check", "clotho", _folder.At("clotho"));
        Assert.Equal(0, printed.Code);
        Assert.StartsWith("development\t2\t1\t4\t", printed.Lines[1], StringComparison.Ordinal);
        Assert.Contains(printed.Lines, line => line.StartsWith("1 recordings that lie in more than one split: freesound:7", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pack_SoundsAndFeatures_AreReadBack()
    {
        Clotho();
        _folder.Text("clotho/development/broken.wav", "no sound");
        var files = await CliRun.InProcess("data", "pack", "clotho", _folder.At("clotho"), _folder.At("files"), "--per-shard", "1");
        Assert.Equal(0, files.Code);
        Assert.Equal(3, new ShardReader(_folder.At("files")).Shards);
        var decoded = await CliRun.InProcess("data", "pack", "clotho", _folder.At("clotho"), _folder.At("decoded"), "--rate", "8000");
        Assert.Equal(1, decoded.Code);
        Assert.Contains(decoded.ErrorLines, line => line.Contains("broken.wav", StringComparison.Ordinal));
        var item = new ShardReader(_folder.At("decoded")).Read().First();
        Assert.Equal(("development/a.wav", "wav"), (item.Item.Id, item.Content.Extension));
        Assert.Equal(8000, BitConverter.ToInt32(item.Content.Bytes.Span[24..28]));
        var features = await CliRun.InProcess("data", "pack", "clotho", _folder.At("clotho"), _folder.At("features"), "--split", "evaluation", "--features");
        Assert.Equal(0, features.Code);
        var vectors = NpyArray.Read(new ShardReader(_folder.At("features")).Read().Single().Content.Bytes.Span, "x");
        Assert.True(vectors.Frames.Length > 0 && vectors.Frames.Length % vectors.Width == 0);
        var again = await CliRun.InProcess("data", "pack", "clotho", _folder.At("clotho"), _folder.At("files"));
        Assert.Contains("already has shards", Assert.Single(again.ErrorLines, line => line.Contains("shards", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_IsCheckedDecodedAndPacked()
    {
        var sound = File.ReadAllBytes(_folder.Noise("a.wav", seed: 1));
        await ParquetFiles.Write(_folder.At("hub/data/train-00000-of-00001.parquet"), 2, [
            ParquetFiles.Sounds("audio", (sound, "a.wav"), ("no sound"u8.ToArray(), "broken.wav"), (null, "gone.wav"), (sound, "z.wav")), ParquetFiles.Texts("caption", "A dog.", "Rain.", "Birds.", "Wind."),
        ]);
        var run = await CliRun.InProcess("data", "check", "parquet", _folder.At("hub"), "--decode", "--json");
        Assert.Equal(1, run.Code);
        var report = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal(("train", 3), (report.GetProperty("splits")[0].GetProperty("name").GetString(), report.GetProperty("splits")[0].GetProperty("items").GetInt32()));
        Assert.Equal("gone.wav", report.GetProperty("missing")[0].GetProperty("id").GetString());
        Assert.Equal("broken.wav", Assert.Single(report.GetProperty("unreadable").EnumerateArray()).GetProperty("id").GetString());

        var pack = await CliRun.InProcess("data", "pack", "parquet", _folder.At("hub"), _folder.At("shards"), "--per-shard", "2");
        Assert.Equal(0, pack.Code);
        var packed = await CliRun.InProcess("data", "check", "shards", _folder.At("shards"), "--decode", "--json");
        report = JsonDocument.Parse(packed.Out).RootElement;
        Assert.Equal("broken.wav", Assert.Single(report.GetProperty("unreadable").EnumerateArray()).GetProperty("id").GetString());
        var shard = _folder.At("shards/shard-000001.tar");
        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..2000]);
        var cut = await CliRun.InProcess("data", "check", "shards", _folder.At("shards"));
        Assert.Contains(cut.Lines, line => line.Contains("shard-000001.tar' breaks off or is damaged at byte 0 after 0 items", StringComparison.Ordinal));

        var none = await CliRun.InProcess("data", "check", "parquet", _folder.At("shards"));
        Assert.NotEqual(0, none.Code);
        Assert.Contains("has no parquet files", Assert.Single(none.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no data set 'nope'", "check", "nope", ".")]
    [InlineData("cannot be fetched by a program", "pull", "wavcaps", "nowhere")]
    [InlineData("is no address", "pull", "esc50", "nowhere", "--mirror", "ftp://x")]
    [InlineData("There is no folder", "check", "esc50", "nowhere")]
    public async Task Data_WhatCannotBe_IsOneSentence(string message, params string[] args)
    {
        var run = await CliRun.InProcess(["data", .. args]);
        Assert.NotEqual(0, run.Code);
        Assert.Contains(message, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private void Clotho()
    {
        _folder.Text("clotho/clotho_captions_development.csv", "file_name,caption_1,caption_2\na.wav,A dog barks.,A dog.\nbroken.wav,Rain.,It rains.\ngone.wav,Birds.,Birds sing.\n");
        _folder.Text("clotho/clotho_captions_evaluation.csv", "file_name,caption_1,caption_2\nz.wav,Wind.,Wind blows.\n");
        _folder.Text("clotho/clotho_metadata_development.csv", "file_name,keywords,sound_id,sound_link\na.wav,x,7,\n");
        _folder.Text("clotho/clotho_metadata_evaluation.csv", "file_name,keywords,sound_id,sound_link\nz.wav,x,7,\n");
        _folder.Noise("clotho/development/a.wav", seed: 1);
        _folder.Noise("clotho/evaluation/z.wav", seed: 2);
    }
}
