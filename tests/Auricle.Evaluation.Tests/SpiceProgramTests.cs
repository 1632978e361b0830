using System.Text;
using System.Text.Json;

namespace Auricle.Evaluation.Tests;

public sealed class SpiceProgramTests
{
    [Fact]
    public void Constructor_FolderWithoutJar_SaysWhatBelongsThere()
    {
        var error = Assert.Throws<FileNotFoundException>(() => new SpiceProgram("no-such-folder"));
        Assert.Contains("spice-1.0.jar", error.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-folder", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("java version \"1.8.0_392\"")]
    [InlineData("openjdk version \"11.0.25\" 2024-10-15\nOpenJDK Runtime Environment")]
    [InlineData("openjdk version \"14\" 2020-03-17")]
    public void CheckVersion_JavaItRunsOn_Passes(string printed) => SpiceProgram.CheckVersion(printed);

    [Theory]
    [InlineData("openjdk version \"17.0.15\" 2025-04-15", "Java 17")]
    [InlineData("java version \"1.7.0\"", "Java 7")]
    [InlineData("no such thing", "names no version")]
    public void CheckVersion_OtherJava_IsRefused(string printed, string part) =>
        Assert.Contains(part, Assert.Throws<SpiceProgramException>(() => SpiceProgram.CheckVersion(printed)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Evaluate_MissingJava_SaysSo()
    {
        var folder = Directory.CreateTempSubdirectory("auricle-jar-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, SpiceProgram.JarName), []);
            var program = new SpiceProgram(folder, Path.Combine(folder, "no-such-java"));
            var error = await Assert.ThrowsAsync<SpiceProgramException>(() => program.EvaluateAsync(new CaptionSet(["a"], [["b"]])));
            Assert.Contains("no-such-java", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void WriteCaptions_GivesIdCandidateAndReferences()
    {
        using var document = JsonDocument.Parse(SpiceProgram.WriteCaptions(new CaptionSet(["a \"dog\"", "x"], [["b", "c"], ["y"]])));
        Assert.Equal("""[{"image_id":0,"test":"a \u0022dog\u0022","refs":["b","c"]},{"image_id":1,"test":"x","refs":["y"]}]""",
            document.RootElement.GetRawText());
    }

    [Fact]
    public void ReadScores_TakesFOfAllInOrder()
    {
        var json = """[{"image_id":0,"scores":{"All":{"pr":0.5,"re":0.25,"f":0.3333},"Object":{"f":1}}},{"image_id":1,"scores":{"All":{"f":null}}}]""";
        Assert.Equal([0.3333, 0], SpiceProgram.ReadScores(Encoding.UTF8.GetBytes(json), 2));
        Assert.Throws<SpiceProgramException>(() => SpiceProgram.ReadScores(Encoding.UTF8.GetBytes(json), 3));
        Assert.Throws<SpiceProgramException>(() => SpiceProgram.ReadScores(Encoding.UTF8.GetBytes("[{\"image_id\":"), 1));
    }
}
