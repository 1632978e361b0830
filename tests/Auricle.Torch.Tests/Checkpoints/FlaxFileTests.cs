using Auricle.Testing;
using Auricle.Torch.Checkpoints;

namespace Auricle.Torch.Tests.Checkpoints;

[NoLeaks]
[Collection("tensors")]
public sealed class FlaxFileTests : IDisposable
{
    private static readonly Dictionary<string, object?> Tree = new()
    {
        ["0"] = new Dictionary<string, object?>
        {
            ["opt_state"] = new Dictionary<string, object?> { ["mu"] = new Dictionary<string, object?> { ["params"] = new Dictionary<string, object?> { ["scale"] = FlaxArray.Of([1], [9]) } } },
            ["step"] = 1000,
            ["params"] = new Dictionary<string, object?>
            {
                ["Dense_0"] = new Dictionary<string, object?> { ["kernel"] = FlaxArray.Of([2, 3], [1, 2, 3, 4, 5, 6]), ["bias"] = new FlaxArray("bfloat16", [2], [0x80, 0x3f, 0, 0xc0]) },
                ["scale"] = FlaxArray.Of([], [2.5f]),
                ["count"] = new FlaxArray("int64", [1], BitConverter.GetBytes(7L)),
                ["nothing"] = null,
                ["phase"] = new System.Numerics.Complex(1, 2),
            },
        },
        ["note"] = "trained for a test",
    };

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"auricle-{Guid.NewGuid():N}.ckpt");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(1 << 30)]
    [InlineData(8)]
    public void Open_TrainingState_GivesItsParameters(int chunkBytes)
    {
        FlaxWriter.Write(_path, Tree, chunkBytes);
        var tensors = Checkpoint.Open(_path).Tensors;
        Assert.Equal(["Dense_0.kernel", "Dense_0.bias", "scale", "count"], tensors.Keys);
        Assert.Equal([1f, 2, 3, 4, 5, 6], Values(tensors["Dense_0.kernel"]));
        Assert.Equal([1f, 4, 2, 5, 3, 6], Values(tensors["Dense_0.kernel"].Transpose()));
        Assert.Equal([4f, 5, 6], Values(tensors["Dense_0.kernel"].Select(1)));
        Assert.Equal([3L, 2], tensors["Dense_0.kernel"].Reshape(3, 2).Shape);
        Assert.Equal(DType.BFloat16, tensors["Dense_0.bias"].DType);
        Assert.Equal([1f, -2], Values(tensors["Dense_0.bias"]));
        Assert.Empty(tensors["scale"].Shape);
        Assert.Equal([2.5f], Values(tensors["scale"]));
        Assert.Equal([7f], Values(tensors["count"]));
    }

    [Fact]
    public void Open_TreeWithoutParameters_GivesAllArrays()
    {
        FlaxWriter.Write(_path, new Dictionary<string, object?> { ["encoder"] = new Dictionary<string, object?> { ["kernel"] = FlaxArray.Of([1], [3]) } });
        Assert.Equal(["encoder.kernel"], Checkpoint.Open(_path).Tensors.Keys);
    }

    [Fact]
    public void Open_CutAnywhere_SaysWhere()
    {
        var whole = FlaxWriter.Bytes(Tree, 8);
        for (var length = 2; length < whole.Length; length++)
            Assert.Contains("msgpack", Refusal(whole[..length]), StringComparison.Ordinal);
        Assert.Contains("more follows", Refusal([.. whole, 0xc0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AnyByteChanged_IsReadOrRefused()
    {
        var whole = FlaxWriter.Bytes(Tree, 8);
        for (var place = 0; place < whole.Length; place++)
        {
            foreach (var value in new byte[] { 0, 0x7f, 0x80, 0xc6, 0xc9, 0xdd, 0xdf, 0xff })
            {
                var changed = (byte[])whole.Clone();
                changed[place] = value;
                File.WriteAllBytes(_path, changed);
                try
                {
                    _ = Checkpoint.Open(_path).Tensors;
                }
                catch (WeightsException)
                {
                    // Refused in words.
                }
            }
        }
    }

    // In order: a map of four thousand million entries, a text, an array and an extension as long, sizes beyond the bytes, too few bytes, other parts.
    [Theory]
    [InlineData("DFFFFFFFFFA161C0", "length")]
    [InlineData("81A161DBFFFFFFFF", "length")]
    [InlineData("81A161DDFFFFFFFF", "length")]
    [InlineData("81A161C9FFFFFFFF01", "length")]
    [InlineData("81A161C7160193 92CE7FFFFFFF04 A7666C6F61743332 C40400000000", "shape [2147483647, 4] and type float32 has 4 bytes")]
    [InlineData("81A161C7110193 9102 A7666C6F61743332 C40400000000", "shape [2] and type float32 has 4 bytes")]
    [InlineData("81A161C7030192 9102", "other parts")]
    [InlineData("81A161C7120193 9101 A7666C6F61743332 C40400000000 C0", "takes 17")]
    [InlineData("81A161C7050193 91D1FFFF", "length")]
    public void Open_FileThatLies_SaysWhatItClaims(string bytes, string claim)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Refusal(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
        Assert.Contains(claim, message, StringComparison.Ordinal);
        Assert.Contains("fetch it again", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DeepMaps_AreRefused() =>
        Assert.Contains("deep", Refusal([.. Enumerable.Range(0, 100_000).SelectMany(_ => new byte[] { 0x81, 0xa1, 0x61 }), 0xc0]), StringComparison.Ordinal);

    [Fact]
    public void Open_DeepLists_AreRefused() =>
        Assert.Contains("deep", Refusal([0x81, 0xa1, 0x61, .. Enumerable.Repeat((byte)0x91, 100_000), 0xc0]), StringComparison.Ordinal);

    private string Refusal(byte[] bytes)
    {
        File.WriteAllBytes(_path, bytes);
        var error = Assert.Throws<WeightsException>(() => Checkpoint.Open(_path));
        Assert.Equal(_path, error.File);
        return error.Message;
    }

    private static float[] Values(StoredTensor stored)
    {
        using var scope = TensorScope.Begin();
        return Tensor.From(stored).To(DType.Float32).ToArray<float>();
    }
}
