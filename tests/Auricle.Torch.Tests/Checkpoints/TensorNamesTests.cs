using Auricle.Torch.Checkpoints;

namespace Auricle.Torch.Tests.Checkpoints;

public sealed class TensorNamesTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"auricle-{Guid.NewGuid():N}.safetensors");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("module.a.weight module.b", "a.weight b")]
    [InlineData("model.a model.b", "a b")]
    [InlineData("_orig_mod.a _orig_mod.b", "a b")]
    [InlineData("module._orig_mod.model.a module._orig_mod.model.b", "a b")]
    [InlineData("_orig_mod.module.a _orig_mod.module.b", "a b")]
    [InlineData("encoder._orig_mod.a decoder.b", "encoder.a decoder.b")] // a compiled part
    [InlineData("n_averaged module.a module.b", "a b")]                  // a running average
    [InlineData("model.a loss.b", "model.a loss.b")]                     // not around all
    [InlineData("module.a b", "module.a b")]
    [InlineData("modules.a modules.b", "modules.a modules.b")]
    [InlineData("model. model.a", "model. model.a")]                     // nothing would be left of a name
    public void WithoutWrappers_Names_AreTheModelsOwn(string names, string expected) =>
        Assert.Equal(expected.Split(' '), TensorNames.WithoutWrappers(Read(names.Split(' '))).Keys);

    [Fact]
    public void WithoutWrappers_NothingToRemove_IsTheSameDictionary()
    {
        var tensors = Read("a", "model.b");
        Assert.Same(tensors, TensorNames.WithoutWrappers(tensors));
    }

    [Fact]
    public void WithoutWrappers_Renamed_KeepsTensorsAndOrder()
    {
        var tensors = Read("module.a", "module.b");
        Assert.Equal(tensors.Values, TensorNames.WithoutWrappers(tensors).Values);
    }

    [Fact]
    public void WithoutWrappers_TwoOfOneName_IsWeightsException() =>
        Assert.Throws<WeightsException>(() => TensorNames.WithoutWrappers(Read("a._orig_mod.b", "a.b")));

    private IReadOnlyDictionary<string, StoredTensor> Read(params string[] names)
    {
        SafetensorsFile.Write(_path, names.Select(name => new SafetensorsEntry(name, DType.UInt8, [1], new byte[] { 1 })));
        return SafetensorsFile.Read(_path, out _);
    }
}
