namespace Auricle.Cli.Tests;

public sealed class TrainSpiceParserTests : IDisposable
{
    private const string Parses =
        """
        {"caption":"a dog barks","tokens":[["a","dog","barks"]],"tags":[["DT","NN","VBZ"]],"lemmas":[["a","dog","bark"]],"basic_dependencies":[[["det",2,1],["nsubj",3,2],["root",0,3]]],"tuples":[["dog"]]}
        {"caption":"a cat meows","tokens":[["a","cat","meows"]],"tags":[["DT","NN","VBZ"]],"lemmas":[["a","cat","meow"]],"basic_dependencies":[[["det",2,1],["nsubj",3,2],["root",0,3]]],"tuples":[["cat"]]}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-parser-").FullName;

    public TrainSpiceParserTests() => File.WriteAllText(At("parses.jsonl"), Parses);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Train_FewCaptions_WritesAParser()
    {
        var run = await Train("--data", _folder, "--output", At("a.bin"), "--members", "1", "--epochs", "2");
        Assert.Equal(0, run.Code);
        Assert.Contains(At("a.bin"), Assert.Single(run.Lines), StringComparison.Ordinal);
        Assert.Contains("Learning from 2 of 2 captions.", run.Error, StringComparison.Ordinal);
        Assert.True(new FileInfo(At("a.bin")).Length > 0);
    }

    [Theory]
    [InlineData(2, "does not exist; make it first", "--output", "nowhere/a.bin")]
    [InlineData(2, "--words", "--output", "a.bin", "--hold-out", "clips.json")]
    [InlineData(1, "no parsed captions at", "--output", "a.bin", "--data", "absent")]
    public async Task Train_WrongArguments_AreNamedInOneSentence(int code, string part, params string[] args)
    {
        var run = await Train(args.Contains("--data") ? args : ["--data", _folder, .. args]);
        Assert.Equal(code, run.Code);
        Assert.Empty(run.Out);
        Assert.Contains(part, run.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_DamagedData_IsNamedInOneSentence()
    {
        File.WriteAllText(At("parses.jsonl"), "{}");
        var run = await Train("--data", _folder, "--output", At("c.bin"));
        Assert.Equal(1, run.Code);
        Assert.Contains("Line 1 of", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.False(File.Exists(At("c.bin")));
    }

    [Fact]
    public async Task Help_ListsOnlyItsOwnArguments()
    {
        var run = await Train("--help");
        Assert.Equal(0, run.Code);
        Assert.Contains("auricle train spice-parser [options]", run.Out, StringComparison.Ordinal);
        Assert.Contains("<RECIPE>", (await CliRun.InProcess("train", "--help")).Out, StringComparison.Ordinal);
    }

    private static Task<CliRun> Train(params string[] args) => CliRun.InProcess(["train", "spice-parser", .. args]);

    private string At(string name) => Path.Combine(_folder, name);
}
