using System.Text.Json;
using Auricle.Testing;
using Auricle.Torch.Checkpoints;
using Microsoft.Data.Sqlite;
using Tensor = Auricle.Torch.Tensor;

namespace Auricle.Evaluation.Neural.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class RetrievalTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-scores-").FullName;

    private static RetrievalTable Small => new(
        [new("f0", "rain.wav"), new("f1", "dog.wav")],
        [new("t0", 0, "Rain falls"), new("t1", 1, "A dog, it's barking"), new("t2", 0, "Drops")],
        [0.5f, -0.25f, 0.1f, 0.9f, 0.3f, 0.3f]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The reference's order of tied captions is that of its sorting.
    public static TheoryData<string> Sets
    {
        get
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("retrieval"), "metrics.json")));
            return [.. FixtureInputs.Read("retrieval")["metrics", "sets"].EnumerateArray().Select(set => set.GetString()!)
                .Where(set => document.RootElement.GetProperty(set).GetProperty("tied_queries").GetInt32() == 0)];
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Load_SavedFixture_EvaluatesAsTheReference(string set)
    {
        var stored = SafetensorsFile.Read(Path.Combine(Fixtures.Folder("retrieval"), "metrics.safetensors"), out _);
        using var tensor = Tensor.From(stored[set + ".scores"]);
        var perClip = FixtureInputs.Read("retrieval")["metrics"].GetProperty("captions_per_clip").GetInt32();
        var (texts, clips) = ((int)tensor.Size(0), (int)tensor.Size(1));
        var table = new RetrievalTable(
            [.. Enumerable.Range(0, clips).Select(i => new RetrievalClip($"f{i}", $"{i}.wav"))],
            [.. Enumerable.Range(0, texts).Select(i => new RetrievalText($"t{i}", i / perClip, $"caption {i}"))], tensor.ToArray<float>());
        var file = Path.Combine(_folder, "eval_xmodal_scores.db");
        table.Save(file);
        var loaded = RetrievalTable.Load(file);
        Assert.Equal(table.Clips, loaded.Clips);
        Assert.Equal(table.Texts, loaded.Texts);
        Assert.True(table.Scores.SequenceEqual(loaded.Scores));

        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("retrieval"), "metrics.json")));
        var found = loaded.Evaluate();
        var expected = document.RootElement.GetProperty(set);
        foreach (var (direction, scores) in new[] { ("text_to_audio", found.TextToAudio), ("audio_to_text", found.AudioToText) })
        {
            var values = expected.GetProperty("baseline_" + direction);
            Assert.Equal(values.GetProperty("mAP@10").GetProperty("mean").GetDouble(), scores.MeanAveragePrecision(10), 1e-6);
            Assert.Equal(values.GetProperty("R@1").GetProperty("mean").GetDouble(), scores.Recall(1), 1e-6);
        }
    }

    [Fact]
    public void Save_Views_RankFromEitherSide()
    {
        var file = Path.Combine(_folder, "scores.db");
        File.WriteAllText(file, "an older file");
        Small.Save(file);
        Assert.Equal(["scores.db"], Directory.GetFiles(_folder).Select(Path.GetFileName));
        Assert.Equal(["f0 t1 0.1", "f1 t1 0.9"], Query(file, "SELECT fid || ' ' || tid || ' ' || round(score, 3) FROM xmodal_scores WHERE tid = 't1' ORDER BY fid"));
        Assert.Equal(["rain.wav 1 1", "dog.wav 2 0"], Query(file, "SELECT fname || ' ' || rank || ' ' || target FROM text_to_audio WHERE tid = 't2' ORDER BY rank"));
        Assert.Equal(["t0 1 1", "t2 2 1", "t1 3 0"], Query(file, "SELECT tid || ' ' || rank || ' ' || target FROM audio_to_text WHERE fid = 'f0' ORDER BY rank"));
    }

    [Fact]
    public void Constructor_WhatDoesNotFit_IsRefused()
    {
        Refuses("no clip", [], [], []);
        Refuses("belongs to clip 2", Small.Clips, [new("t", 2, "x")], new float[2]);
        Refuses("Clip 1 has no caption", Small.Clips, [new("t", 0, "x")], new float[2]);
        Refuses("There are 1 scores", Small.Clips, Small.Texts, new float[1]);
        Refuses("Two captions have the id 't'", Small.Clips, [new("t", 0, "x"), new("t", 1, "y")], new float[4]);

        static void Refuses(string part, IReadOnlyList<RetrievalClip> clips, IReadOnlyList<RetrievalText> texts, float[] scores) =>
            Assert.Contains(part, Assert.Throws<MetricInputException>(() => new RetrievalTable(clips, texts, scores)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OtherFiles_SaysSo()
    {
        var file = Path.Combine(_folder, "other.db");
        Assert.Throws<FileNotFoundException>(() => RetrievalTable.Load(file));
        File.WriteAllText(file, new string('x', 5000));
        Assert.Contains(file, Assert.Throws<MetricInputException>(() => RetrievalTable.Load(file)).Message, StringComparison.Ordinal);
        Small.Save(file);
        using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DELETE FROM scores WHERE text = 1";
            command.ExecuteNonQuery();
        }
        Assert.Contains("4 scores", Assert.Throws<MetricInputException>(() => RetrievalTable.Load(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_FolderThatIsNotThere_SaysSo()
    {
        var file = Path.Combine(_folder, "none", "scores.db");
        Assert.Contains(file, Assert.ThrowsAny<IOException>(() => Small.Save(file)).Message, StringComparison.Ordinal);
    }

    private static string[] Query(string file, string query)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = query;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(reader.GetString(0));
        return [.. rows];
    }
}
