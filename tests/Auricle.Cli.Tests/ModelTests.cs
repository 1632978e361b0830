using System.Text.Json;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class ModelTests
{
    [Fact]
    public async Task Info_Model_CountsWhatTheModelHolds()
    {
        var parameters = TestModel.Numbers.Parameters;
        var run = await CliRun.InProcess("info", TestModel.Name, "--json");
        Assert.Equal(0, run.Code);
        var info = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal(parameters, info.GetProperty("parameters").GetInt64());
        Assert.Equal(parameters, info.GetProperty("encoderParameters").GetInt64() + info.GetProperty("captionerParameters").GetInt64());
        Assert.Equal(TestModel.Numbers.VocabularySize, info.GetProperty("vocabularySize").GetInt32());
        Assert.Equal(new FileInfo(Path.Combine(TestModel.Folder, "model.safetensors")).Length, info.GetProperty("weightBytes").GetInt64());
        Assert.Equal(TestModel.Tasks, info.GetProperty("tasks").EnumerateArray().Select(task => task.GetString()));
        Assert.Equal(3, info.GetProperty("tagCount").GetInt32());
        Assert.Equal("cc-by-4.0", info.GetProperty("license").GetString());
    }

    [Fact]
    public async Task Info_Folder_PrintsForPeople()
    {
        _ = TestModel.Numbers;
        var run = await CliRun.InProcess("info", TestModel.Folder);
        Assert.Contains(run.Lines, line => line.StartsWith("tasks", StringComparison.Ordinal) && line.EndsWith("clotho, audiocaps", StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.StartsWith("licence", StringComparison.Ordinal) && line.EndsWith("cc-by-4.0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Info_UnknownModel_ListsTheKnown()
    {
        _ = TestModel.Numbers;
        var run = await CliRun.InProcess("info", "nonsense");
        Assert.Equal(2, run.Code);
        Assert.Contains(TestModel.Name, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void Catalog_HubCache_FindsTheSnapshotOfMain()
    {
        _ = TestModel.Numbers;
        using var folder = new TestFolder();
        foreach (var snapshot in new[] { "aaa", "bbb" })
        {
            foreach (var file in new[] { "config.json", "model.safetensors" })
                File.Copy(Path.Combine(TestModel.Folder, file), folder.At($"hub/models--owner--name/snapshots/{snapshot}/{file}"));
        }
        folder.Text("hub/models--owner--name/refs/main", "bbb\n");
        folder.Text("hub/models--owner--half/snapshots/ccc/config.json", "{}");
        var before = Environment.GetEnvironmentVariable("HF_HUB_CACHE");
        try
        {
            Environment.SetEnvironmentVariable("HF_HUB_CACHE", Path.Combine(folder.Root, "hub"));
            Assert.Equal(folder.At("hub/models--owner--name/snapshots/bbb"), ModelCatalog.Find("owner/name").Path);
            Assert.Contains(ModelCatalog.List(), model => model.Name == "owner/name");
            Assert.DoesNotContain(ModelCatalog.List(), model => model.Name == "owner/half");
            Assert.Throws<ModelNotFoundException>(() => ModelCatalog.Find("owner/half"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("HF_HUB_CACHE", before);
        }
    }

    [Fact]
    public void Catalog_NameOfAModel_WinsOverAFolderBesideTheUser()
    {
        _ = TestModel.Numbers;
        Assert.Equal(TestModel.Folder, ModelCatalog.Find(TestModel.Name).Path);
        var error = Assert.Throws<ModelNotFoundException>(() => ModelCatalog.Find("nonsense"));
        Assert.Equal("nonsense", error.Name);
        Assert.Contains(TestModel.Name, error.KnownModels);
    }
}
