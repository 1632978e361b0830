using System.Globalization;
using System.Text.Json;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Torch.Tests.Checkpoints;

/// <summary>Compares values read from a file with the description in the fixture's <c>expected.json</c>.</summary>
internal sealed class ExpectedObjects
{
    private readonly IReadOnlyDictionary<string, StoredTensor> _tensors;

    private ExpectedObjects(string name) =>
        _tensors = SafetensorsFile.Read(Path.Combine(Folder, name + ".expected.safetensors"), out _);

    public static string Folder { get; } = Fixtures.Folder("torch-checkpoints");

    public static JsonElement Description { get; } =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json"))).RootElement;

    public static void Check(string name, PickleValue actual) =>
        new ExpectedObjects(name).Check(Description.GetProperty("objects").GetProperty(name), actual, name);

    private void Check(JsonElement expected, PickleValue actual, string path)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Null:
                Assert.IsType<PickleNone>(actual);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                Assert.Equal(expected.GetBoolean(), Assert.IsType<PickleBool>(actual).Value);
                break;
            case JsonValueKind.String:
                Assert.Equal(expected.GetString(), Assert.IsType<PickleString>(actual).Value);
                break;
            case JsonValueKind.Number:
                CheckNumber(expected, actual);
                break;
            case JsonValueKind.Array:
                CheckAll(expected, Assert.IsType<PickleList>(actual).Items, path);
                break;
            default:
                CheckTagged(expected, actual, path);
                break;
        }
    }

    private static void CheckNumber(JsonElement expected, PickleValue actual)
    {
        if (actual is PickleInteger integer)
            Assert.Equal(expected.GetDouble(), (double)integer.Value);
        else
            Assert.Equal(expected.GetDouble(), Assert.IsType<PickleFloat>(actual).Value);
    }

    private void CheckTagged(JsonElement expected, PickleValue actual, string path)
    {
        var tag = expected.EnumerateObject().First();
        switch (tag.Name)
        {
            case "$tensor" or "$ndarray":
                CheckTensor(expected, tag.Value.GetString()!, Assert.IsType<PickleTensor>(actual), tag.Name == "$ndarray");
                break;
            case "$odict" or "$dict":
                var dict = Assert.IsType<PickleDict>(actual);
                Assert.Equal(tag.Name == "$odict", dict.IsOrdered);
                Assert.Equal(tag.Value.GetArrayLength(), dict.Items.Count);
                foreach (var (pair, item) in tag.Value.EnumerateArray().Zip(dict.Items))
                {
                    Check(pair[0], item.Key, path);
                    Check(pair[1], item.Value, $"{path}.{pair[0]}");
                }
                break;
            case "$tuple":
                CheckAll(tag.Value, Assert.IsType<PickleTuple>(actual).Items, path);
                break;
            case "$set":
                CheckAll(tag.Value, Assert.IsType<PickleSet>(actual).Items, path);
                break;
            case "$namespace":
                var instance = Assert.IsType<PickleObject>(actual);
                Assert.Equal(("argparse", "Namespace"), (instance.Module, instance.Name));
                Assert.Equal(tag.Value.EnumerateObject().Count(), Assert.IsType<PickleDict>(instance.State).Items.Count);
                foreach (var attribute in tag.Value.EnumerateObject())
                {
                    Assert.True(instance.TryGetAttribute(attribute.Name, out var value), attribute.Name);
                    Check(attribute.Value, value, $"{path}.{attribute.Name}");
                }
                break;
            case "$bytes_hex":
                Assert.Equal(tag.Value.GetString(), Convert.ToHexStringLower(Assert.IsType<PickleBytes>(actual).Value.Span));
                break;
            case "$size":
                var size = Assert.IsType<PickleObject>(actual);
                Assert.Equal(("torch", "Size"), (size.Module, size.Name));
                CheckAll(tag.Value, Assert.IsType<PickleTuple>(size.Arguments.Items[0]).Items, path);
                break;
            case "$dtype":
                Assert.Equal(tag.Value.GetString(), Assert.IsType<PickleGlobal>(actual).ToString());
                break;
            case "$device":
                var device = Assert.IsType<PickleObject>(actual);
                Assert.Equal(("torch", "device"), (device.Module, device.Name));
                Check(tag.Value, Assert.Single(device.Arguments.Items), path);
                break;
            case "$npscalar":
                CheckNumber(expected.GetProperty("value"), actual);
                break;
            case "$float":
                Assert.Equal(double.Parse(tag.Value.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture), Assert.IsType<PickleFloat>(actual).Value);
                break;
            case "$int":
                Assert.Equal(tag.Value.GetString(), Assert.IsType<PickleInteger>(actual).ToString());
                break;
            default:
                Assert.Fail($"{path}: unknown tag {tag.Name}");
                break;
        }
    }

    private void CheckAll(JsonElement expected, IReadOnlyList<PickleValue> actual, string path)
    {
        Assert.Equal(expected.GetArrayLength(), actual.Count);
        for (var i = 0; i < actual.Count; i++)
            Check(expected[i], actual[i], $"{path}.{i}");
    }

    private void CheckTensor(JsonElement expected, string name, PickleTensor actual, bool isArray)
    {
        var tensor = actual.Tensor;
        Assert.Equal(expected.GetProperty("dtype").GetString(), tensor.TypeName);
        Assert.Equal(Numbers(expected, "shape"), tensor.Shape);
        Assert.Equal(isArray, actual.IsArray);
        if (!isArray)
        {
            Assert.Equal(Numbers(expected, "stride"), tensor.Strides);
            Assert.Equal(expected.GetProperty("storage_offset").GetInt64(), tensor.StorageOffset);
            Assert.Equal(expected.GetProperty("requires_grad").GetBoolean(), actual.RequiresGrad);
            Assert.Equal(expected.GetProperty("parameter").GetBoolean(), actual.IsParameter);
        }
        Assert.Equal(Bytes(_tensors[name]), Widen(tensor));
    }

    public static byte[] Bytes(StoredTensor tensor)
    {
        var bytes = new byte[tensor.ByteLength];
        tensor.CopyTo(bytes);
        return bytes;
    }

    // The expected file has no bfloat16 and uint32.
    private static byte[] Widen(StoredTensor tensor) => tensor.TypeName switch
    {
        "bfloat16" => [.. Bytes(tensor).Chunk(2).SelectMany(pair => new byte[] { 0, 0, pair[0], pair[1] })],
        "uint32" => [.. Bytes(tensor).Chunk(4).SelectMany(word => BitConverter.GetBytes((long)BitConverter.ToUInt32(word)))],
        _ => Bytes(tensor),
    };

    private static IEnumerable<long> Numbers(JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray().Select(value => value.GetInt64());
}
