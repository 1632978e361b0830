using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Torch.Tests.Checkpoints;

public sealed class TorchFileTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(ExpectedObjects.Folder, "*.pt").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_EveryFixture_MatchesDescription(string file) =>
        ExpectedObjects.Check(file[..file.IndexOf('.')], TorchFile.Read(Path.Combine(ExpectedObjects.Folder, file)));

    [Theory]
    [InlineData("state_dict.zip.pt")]
    [InlineData("state_dict.legacy.pt")]
    public void Read_StateDict_SharesTiedStoragesAndKeepsMetadata(string file)
    {
        var root = Assert.IsType<PickleDict>(TorchFile.Read(Path.Combine(ExpectedObjects.Folder, file)));
        var tensors = root.Items.ToDictionary(item => item.Key.ToString()!, item => ((PickleTensor)item.Value).Tensor);
        Assert.Same(tensors["emb.weight"].Storage, tensors["head.weight"].Storage);
        Assert.NotSame(tensors["emb.weight"].Storage, tensors["scale"].Storage);
        Assert.True(Assert.IsType<PickleDict>(root.State).TryGetValue("_metadata", out var metadata));
        var versions = Assert.IsType<PickleDict>(metadata).Items.ToDictionary(item => item.Key.ToString()!, item => (PickleDict)item.Value);
        foreach (var module in ExpectedObjects.Description.GetProperty("state_dict_metadata").EnumerateObject())
        {
            Assert.True(versions[module.Name].TryGetValue("version", out var version));
            Assert.Equal(module.Value.GetProperty("version").GetInt32(), (int)Assert.IsType<PickleInteger>(version).Value);
        }
    }

    [Theory]
    [InlineData("state_dict.zip.pt")]
    [InlineData("lightning.legacy.pt")]
    [InlineData("pann.zip.pt")]
    public void Open_TorchFile_FindsStateDict(string file)
    {
        var checkpoint = Checkpoint.Open(Path.Combine(ExpectedObjects.Folder, file));
        Assert.Contains("emb.weight", checkpoint.Tensors.Keys);
        Assert.DoesNotContain(checkpoint.Tensors.Keys, name => name.StartsWith("optimizer", StringComparison.Ordinal));
        Assert.Equal(DType.Float32, checkpoint.Tensors["emb.weight"].DType);
        Assert.NotNull(checkpoint.Root);
    }

    [Fact]
    public void DType_UnsupportedType_IsNamedOnAccess()
    {
        var root = (PickleDict)TorchFile.Read(Path.Combine(ExpectedObjects.Folder, "pann.zip.pt"));
        Assert.True(root.TryGetValue("sampler", out var sampler));
        Assert.True(((PickleDict)sampler).TryGetValue("rng", out var random));
        var state = Assert.IsType<PickleTensor>(((PickleTuple)random).Items[1]);
        Assert.Contains("uint32", Assert.Throws<WeightsException>(() => state.Tensor.DType).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PickleReader_ExtraStateOfConette_GivesVocabulary()
    {
        var path = Path.Combine(Fixtures.Folder("conette"), "hf_extra_state.safetensors");
        var bytes = ExpectedObjects.Bytes(SafetensorsFile.Read(path, out _)["_extra_state_"]);
        var root = Assert.IsType<PickleDict>(PickleReader.Read(bytes));
        var state = Assert.IsType<PickleDict>(Assert.Single(root.Items).Value);
        Assert.True(state.TryGetValue("tokenizer", out var tokenizer));
        Assert.True(((PickleDict)tokenizer).TryGetValue("itos", out var words));
        var first = Assert.IsType<PickleDict>(words);
        Assert.True(first.TryGetValue(0, out var word));
        Assert.IsType<PickleString>(word);
    }
}
