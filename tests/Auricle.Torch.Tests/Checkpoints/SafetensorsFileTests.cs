using System.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Torch.Tests.Checkpoints;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("auricle").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_AllTypes_ReadsBackAlignedAndWhole()
    {
        var path = Path.Combine(_folder, "all.safetensors");
        var entries = Enum.GetValues<DType>()
            .Select(dtype => new SafetensorsEntry($"t.{dtype}", dtype, [3, 1], Enumerable.Range(1, 3 * dtype.Size()).Select(i => (byte)i).ToArray()))
            .Append(new SafetensorsEntry("empty", DType.BFloat16, [0, 7], ReadOnlyMemory<byte>.Empty))
            .Append(new SafetensorsEntry("scalar", DType.BFloat16, [], new byte[] { 0x80, 0x3F }))
            .ToList();
        File.WriteAllText(path, "older");
        SafetensorsFile.Write(path, entries, new Dictionary<string, string> { ["format"] = "pt", ["é"] = "漢" });

        var tensors = SafetensorsFile.Read(path, out var metadata);
        Assert.Equal("漢", metadata["é"]);
        Assert.Equal(entries.Count, tensors.Count);
        foreach (var entry in entries)
        {
            var data = new MemoryStream();
            entry.Write(data);
            var tensor = tensors[entry.Name];
            Assert.Equal(entry.DType, tensor.DType);
            Assert.Equal(data.ToArray(), ExpectedObjects.Bytes(tensor));
            Assert.Equal(entry.Shape, tensor.Shape);
            Assert.Equal(0, tensor.Storage.Address % Math.Max(1, tensor.ElementSize));
        }
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Write_WrongLength_LeavesOldFile()
    {
        var path = Path.Combine(_folder, "a.safetensors");
        File.WriteAllText(path, "older");
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, [new("a", DType.Float32, [2], new byte[4])]));
        Assert.Equal("older", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Open_ShardedIndex_GathersTensors()
    {
        SafetensorsFile.Write(Path.Combine(_folder, "1.safetensors"), [new("a", DType.UInt8, [1], new byte[] { 1 })]);
        SafetensorsFile.Write(Path.Combine(_folder, "2.safetensors"), [new("b", DType.UInt8, [1], new byte[] { 2 })]);
        var index = Path.Combine(_folder, "model.safetensors.index.json");
        File.WriteAllText(index, """{"metadata":{"total_size":2},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""");
        var checkpoint = Checkpoint.Open(index);
        Assert.Equal([2], ExpectedObjects.Bytes(checkpoint.Tensors["b"]));
        Assert.Equal("2", checkpoint.Metadata["total_size"]);
        File.WriteAllText(index, """{"weight_map":{"b":"1.safetensors"}}""");
        Assert.Throws<WeightsException>(() => Checkpoint.Open(index));
        File.WriteAllText(index, """{"weight_map":{"b":"../1.safetensors"}}""");
        Assert.Throws<WeightsException>(() => Checkpoint.Open(index));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0)]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 9)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4)]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":7}""", 0)]
    [InlineData("""{"a":{"dtype":"F32",""", 0)]
    public void Read_DamagedHeader_IsWeightsException(string header, int dataLength) =>
        Assert.Throws<WeightsException>(() => SafetensorsFile.Read(Save(header, dataLength), out _));

    [Fact]
    public void Read_HugeHeaderLength_IsWeightsException()
    {
        var path = Path.Combine(_folder, "huge.safetensors");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes(long.MaxValue), .. "{}"u8]);
        Assert.Throws<WeightsException>(() => SafetensorsFile.Read(path, out _));
    }

    [Fact]
    public void Read_UnsupportedType_FailsOnAccessOnly()
    {
        var tensors = SafetensorsFile.Read(Save("""{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}""", 1), out _);
        Assert.Contains("F4", Assert.Throws<WeightsException>(() => tensors["a"].DType).Message, StringComparison.Ordinal);
    }

    private string Save(string header, int dataLength)
    {
        var path = Path.Combine(_folder, "x.safetensors");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. new byte[dataLength]]);
        return path;
    }
}
