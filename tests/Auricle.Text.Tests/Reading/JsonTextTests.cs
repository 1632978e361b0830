using System.Text;
using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Text.Tests.Reading;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("{", "is no JSON at line 1 (")]
    [InlineData("{\"a\":\n\n}", "is no JSON at line 3 (")]
    [InlineData("{\"a\":\n\"\\ud800\"}", "is no JSON at line 2 (a text holds half a surrogate pair)")]
    [InlineData("{\"\\ud800\":\n1}", "is no JSON at line 1 (a text holds half a surrogate pair)")]
    [InlineData("{\"a\":1,\"a\":2}", "is no JSON (Duplicate property 'a'")]
    [InlineData("[{\"a\":{\"b\":1,\"\\u0062\":2}}]", "is no JSON (Duplicate property 'b'")]
    public void Parse_WhatOnlyShowsWhenAsked_IsRefusedAtOnce(string text, string expected)
    {
        var error = Assert.Throws<FormatException>(() => JsonText.Parse(text, Fault));
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TooDeep_IsRefused() =>
        Assert.Throws<FormatException>(() => JsonText.Parse(new string('[', 100_000) + new string(']', 100_000), Fault));

    [Fact]
    public void Parse_BytesThatAreNoUtf8_SaysSo()
    {
        byte[] bytes = [.. "{\"a\":\""u8, 0xe9, .. "\"}"u8];
        Assert.StartsWith("is no text in UTF-8", Assert.Throws<FormatException>(() => JsonText.Parse(bytes, Fault)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ByteOrderMarkAndEscapes_AreRead()
    {
        using var document = JsonText.Parse(Encoding.UTF8.GetPreamble().Concat("{\"caf\\u00e9\":\"\\ud83d\\ude00\",\"none\":null}"u8.ToArray()).ToArray(), Fault);
        Assert.Equal("😀", document.RootElement.Member("café")?.GetString());
        Assert.Null(document.RootElement.Member("none"));
        Assert.Null(document.RootElement.GetProperty("café").Member("x"));
    }

    [Fact]
    public void Read_FileLargerThanTheLimit_IsRefusedBeforeItIsRead()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, new string('a', 101));
            Assert.Equal(101, WholeFile.Read(path, 101, Fault).Length);
            Assert.Equal("has more than 100 bytes", Assert.Throws<FormatException>(() => WholeFile.Read(path, 100, Fault)).Message);
            File.WriteAllBytes(path, [0x61, 0xff]);
            Assert.Equal("is no text in UTF-8", Assert.Throws<FormatException>(() => WholeFile.ReadText(path, 100, Fault)).Message);
            File.WriteAllText(path, "café", Encoding.Unicode);
            Assert.Equal("café", WholeFile.ReadText(path, 100, Fault));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("/dev/zero", "has more than 1 MB")]
    [InlineData("/no/such/file", "cannot be read (")]
    [InlineData("/", "cannot be read (")]
    [InlineData("a\0b", "cannot be read (")]
    public void Read_WhatIsNoFile_EndsWithTheReadersOwnFault(string path, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<FormatException>(() => WholeFile.Read(path, 1 << 20, Fault)).Message, StringComparison.Ordinal);

    private static FormatException Fault(FileProblem problem) => new(problem.What, problem.Inner);
}
