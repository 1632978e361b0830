using System.Text.Json;
using Auricle.Models.Hub;
using Auricle.Models.Roles;

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
        var parts = info.GetProperty("parts");
        Assert.Equal(parameters, parts.GetProperty("encoder").GetInt64() + parts.GetProperty("captioner").GetInt64());
        var details = info.GetProperty("details");
        Assert.Equal($"{TestModel.Numbers.VocabularySize} tokens", details.GetProperty("vocabulary").GetString());
        Assert.Equal(new FileInfo(Path.Combine(TestModel.Folder, "model.safetensors")).Length, info.GetProperty("weightBytes").GetInt64());
        Assert.Equal(string.Join(", ", TestModel.Tasks), details.GetProperty("tasks").GetString());
        Assert.Equal(3, info.GetProperty("labels").GetArrayLength());
        Assert.Equal("CoNeTTE", info.GetProperty("family").GetString());
        Assert.Equal(["captions", "tags", "embeds sound", "embeds frames"], info.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));
        Assert.Equal(0, info.GetProperty("missing").GetArrayLength() + info.GetProperty("unexpected").GetArrayLength());
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
    public async Task Info_FolderWithoutWeights_NamesTheFilesThatAreThere()
    {
        using var folder = new TestFolder();
        folder.Text("half/config.json", "{}");
        folder.Text("half/epoch3.pth", "x");
        var run = await CliRun.InProcess("info", folder.At("half"));
        Assert.Equal(2, run.Code);
        Assert.Contains("epoch3.pth", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Info_Checkpoint_SaysWhatItIs()
    {
        var run = await CliRun.InProcess("info", Fixtures.Mn04, "--json");
        Assert.Equal(0, run.Code);
        var info = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal("MobileNetV3 of EfficientAT", info.GetProperty("family").GetString());
        Assert.Equal(527, info.GetProperty("labels").GetArrayLength());
        Assert.Equal(0, info.GetProperty("missing").GetArrayLength() + info.GetProperty("unexpected").GetArrayLength());
    }

    [SharedFact]
    public async Task Caption_ModelThatOnlyTags_SaysWhatItDoes()
    {
        using var folder = new TestFolder();
        var run = await CliRun.InProcess("caption", folder.Noise("noise.wav"), "--model", Fixtures.Mn04);
        Assert.Equal(2, run.Code);
        var sentence = Assert.Single(run.ErrorLines);
        Assert.Contains("tags", sentence, StringComparison.Ordinal);
        Assert.Contains("CoNeTTE", sentence, StringComparison.Ordinal);
    }

    [SharedFact]
    public void AudioModel_Roles_AreThoseOfTheCheckpoint()
    {
        using var model = AudioModel.Load(Fixtures.Mn04);
        Assert.Equal(ModelRoles.Tags | ModelRoles.EmbedsSound | ModelRoles.EmbedsFrames, model.Roles);
        Assert.Equal(ModelRoles.Captions, Assert.Throws<RoleMissingException>(model.As<ICaptioner>).Role);
        Assert.Equal(527, model.As<ITagger>().Labels.Count);
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
