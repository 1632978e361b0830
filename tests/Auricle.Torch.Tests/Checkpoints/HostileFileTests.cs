using System.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Torch.Tests.Checkpoints;

public sealed class HostileFileTests : IDisposable
{
    // Every byte of a pickle may be an opcode that makes an object of about a hundred bytes.
    private const long BytesPerFileByte = 400, FixedBytes = 2_000_000;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"auricle-{Guid.NewGuid():N}.bin");

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(ExpectedObjects.Folder).Where(file => Path.GetExtension(file) is ".pt" or ".safetensors").Select(file => Path.GetFileName(file))];

    public void Dispose() => File.Delete(_path);

    [Theory]
    [MemberData(nameof(Files))]
    public void Open_TruncatedFile_IsWeightsException(string file)
    {
        var whole = File.ReadAllBytes(Path.Combine(ExpectedObjects.Folder, file));
        var lengths = Enumerable.Range(0, 40).Concat(Enumerable.Range(0, 60).Select(i => whole.Length * i / 60)).Append(whole.Length - 1);
        foreach (var length in lengths.Distinct())
            Assert.False(Open(whole[..length]), $"{length} bytes were accepted");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Open_FlippedBytes_IsReadOrWeightsException(string file)
    {
        var whole = File.ReadAllBytes(Path.Combine(ExpectedObjects.Folder, file));
        var random = new Random(whole.Length);
        for (var round = 0; round < 100; round++)
        {
            var changed = (byte[])whole.Clone();
            for (var i = 0; i <= round % 3; i++)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            Open(changed);
        }
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html></html>", "web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull")]
    [InlineData("", "empty")]
    [InlineData("hello world", "no known checkpoint")]
    [InlineData("{\"a\": 1}", "weight_map")]
    public void Open_OtherKindOfFile_SaysWhich(string content, string hint)
    {
        File.WriteAllText(_path, content);
        var error = Assert.Throws<WeightsException>(() => Checkpoint.Open(_path));
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
        Assert.Equal(_path, error.File);
    }

    [Fact]
    public void Open_MissingFile_IsWeightsException() => Assert.Throws<WeightsException>(() => Checkpoint.Open(_path));

    [Theory]
    [InlineData("h\u0005.")] // a memo entry that was never stored
    [InlineData("t.")] // no mark
    [InlineData("(.")] // nothing on the stack
    [InlineData("]")] // no end
    [InlineData("(K\u0001d.")] // a key without a value
    [InlineData("K\u0001K\u0002a.")] // append to a number
    [InlineData("cos\nsystem\nK\u0001R.")] // arguments are no tuple
    [InlineData("X\u00FF\u00FF\u00FF\u007F.")] // a text longer than the file
    [InlineData("\u008E\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF.")] // bytes of negative length
    [InlineData("(X\u0007\0\0\0storageK\u0001tQ.")] // a storage outside a file
    public void PickleReader_DamagedProgram_IsWeightsException(string program) =>
        Assert.Throws<WeightsException>(() => PickleReader.Read(Encoding.Latin1.GetBytes(program)));

    [Fact]
    public void PickleReader_CallOfSystem_StaysInert()
    {
        var program = $"cos\nsystem\n(S'touch {_path}'\ntR.";
        var value = Assert.IsType<PickleObject>(PickleReader.Read(Encoding.Latin1.GetBytes(program)));
        Assert.Equal(("os", "system"), (value.Module, value.Name));
        Assert.Equal($"touch {_path}", Assert.IsType<PickleString>(Assert.Single(value.Arguments.Items)).Value);
        Assert.False(File.Exists(_path));
    }

    [Theory]
    [InlineData("(", "", "t")]
    [InlineData("(", "", "l")]
    [InlineData("N", "\u0085", "")]
    public void PickleReader_DeepNesting_IsWeightsException(string open, string repeat, string close)
    {
        const int Depth = 100_000;
        var program = repeat.Length == 0
            ? new string(open[0], Depth) + new string(close[0], Depth) + "."
            : open + new string(repeat[0], Depth) + ".";
        Assert.Throws<WeightsException>(() => PickleReader.Read(Encoding.Latin1.GetBytes(program)));
    }

    [Fact]
    public void PickleReader_ListInItself_IsRead()
    {
        var list = Assert.IsType<PickleList>(PickleReader.Read("]q\x00h\x00\x61."u8));
        Assert.Same(list, Assert.Single(list.Items));
        File.WriteAllBytes(_path, [0x80, 2, .. "]q\x00h\x00\x61."u8]);
        Assert.Empty(Checkpoint.Open(_path).Tensors);
    }

    [Fact]
    public void PickleReader_RepeatedExpansion_IsWeightsException()
    {
        var program = new StringBuilder("c_codecs\nencode\nq\u0001X\0\u0000\u0001\0").Append('x', 65536).Append("q\u0002X\u0006\0\0\0latin1\u0086q\u0003");
        for (var i = 0; i < 5000; i++)
            program.Append("h\u0001h\u0003R");
        Assert.Throws<WeightsException>(() => PickleReader.Read(Encoding.Latin1.GetBytes(program.Append('.').ToString())));
    }

    [Theory]
    [InlineData("}")] // dictionaries
    [InlineData("]")] // lists
    [InlineData(")")] // tuples
    [InlineData("\u008F")] // sets
    [InlineData("N")]
    [InlineData("(")]
    [InlineData("N\u0094")] // memo entries
    [InlineData("]\u0094(K\u0001K\u0002e")] // short lists, as programs write them
    [InlineData("}K\u0001K\u0002s")]
    [InlineData("cA\nB\n")]
    [InlineData("cA\nB\n)\u0081")] // objects
    public void PickleReader_VeryManyValues_TakeMemoryInProportion(string value)
    {
        const int Length = 2_000_000;
        var program = Encoding.Latin1.GetBytes("(" + string.Concat(Enumerable.Repeat(value, Length / value.Length)) + "l.");
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = Record.Exception(() => PickleReader.Read(program)) is { } error ? Assert.IsType<WeightsException>(error) : null;
        // Tables that grow are allocated several times over.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 * ((32L * Length) + (64 << 20)));
    }

    [Fact]
    public void PickleReader_MillionsOfEmptyDictionaries_AreRefusedInWords()
    {
        var program = Enumerable.Repeat((byte)'}', 5_000_000).Append((byte)'.').ToArray();
        Assert.Contains("hostile", Assert.Throws<WeightsException>(() => PickleReader.Read(program)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PickleReader_HalfAMillionOrdinaryValues_AreRead()
    {
        var program = new StringBuilder("(");
        for (var i = 0; i < 100_000; i++)
            program.Append(System.Globalization.CultureInfo.InvariantCulture, $"X\u0006\0\0\0{i:d6}\u0094](K\u0001G@\b\0\0\0\0\0\0Ne");
        var values = Assert.IsType<PickleDict>(PickleReader.Read(Encoding.Latin1.GetBytes(program.Append("d.").ToString())));
        Assert.Equal(100_000, values.Items.Count);
        Assert.True(values.TryGetValue("099999", out var last));
        Assert.Equal(3, Assert.IsType<PickleFloat>(Assert.IsType<PickleList>(last).Items[1]).Value);
    }

    [Fact]
    public void PickleReader_NestedRebuilding_IsWeightsException()
    {
        const int Depth = 30_000;
        var program = new StringBuilder("ctorch._utils\n_rebuild_from_type_v2\nq\u0001");
        for (var i = 0; i < Depth; i++)
            program.Append("(h\u0001N");
        program.Append(')').Append('t', Depth).Append("R.");
        Assert.Throws<WeightsException>(() => PickleReader.Read(Encoding.Latin1.GetBytes(program.ToString())));
    }

    [Fact]
    public void Open_ContainersDeeperThanTheyLook_AreRefused()
    {
        // An object's elements c1, c2 … each hold the one before, and its only item holds the last: seen first one by one, then all at once.
        const int Depth = 3000;
        var program = new StringBuilder("\u0080\u0002cA\nB\n)\u0081(]r\0\0\0\0");
        for (var i = 1; i < Depth; i++)
            program.Append("]j").Append(Latin(i - 1)).Append("ar").Append(Latin(i));
        program.Append("e(X\u0001\0\0\0kj").Append(Latin(Depth - 1)).Append("u.");
        File.WriteAllBytes(_path, Encoding.Latin1.GetBytes(program.ToString()));
        Assert.Contains("deep", Assert.Throws<WeightsException>(() => Checkpoint.Open(_path)).Message, StringComparison.Ordinal);

        static string Latin(int index) => Encoding.Latin1.GetString(BitConverter.GetBytes(index));
    }

    [Fact]
    public void Open_SharedListsOfLists_AreBounded()
    {
        var program = new StringBuilder("\u0080\u0002]q\0");
        for (var i = 0; i < 60; i++)
            program.Append("](h\0h\0eq\0");
        File.WriteAllBytes(_path, Encoding.Latin1.GetBytes(program.Append('.').ToString()));
        Assert.Throws<WeightsException>(() => Checkpoint.Open(_path));
    }

    [Fact]
    public void Open_StorageBeyondFile_IsWeightsException()
    {
        var whole = File.ReadAllBytes(Path.Combine(ExpectedObjects.Folder, "misc.zip.pt"));
        // The tensor's storage is described as (…, 'cpu', 3): the count follows the device's memo entry.
        var at = whole.AsSpan().LastIndexOf("K\x03Nt"u8) is >= 0 and var legacy ? legacy : whole.AsSpan().LastIndexOf("K\x03tq"u8);
        Assert.True(at > 0);
        whole[at + 1] = 200;
        Assert.False(Open(whole));
    }

    private bool Open(byte[] content)
    {
        File.WriteAllBytes(_path, content);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            foreach (var tensor in Checkpoint.Open(_path).Tensors.Values)
                Assert.True(tensor.ElementSize == 0 || tensor.ByteLength <= Math.Max(content.Length, 64 << 20));
            return true;
        }
        catch (WeightsException)
        {
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (BytesPerFileByte * content.Length) + FixedBytes);
        }
    }
}
