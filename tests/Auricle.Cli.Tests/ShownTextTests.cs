using System.Text.Json;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class ShownTextTests
{
    [Theory]
    [InlineData("plain ä's", "plain ä's")]
    [InlineData("a\nb\tc\rd", "a\\nb\\tc\\rd")]
    [InlineData("\u001b[31mred", "\\e[31mred")]
    [InlineData("\u009b31m", "\\u009b31m")]
    [InlineData("\u202egnp.wav", "\\u202egnp.wav")]
    [InlineData("a\u200bb\u2028c\ufeff", "a\\u200bb\\u2028c\\ufeff")]
    [InlineData("\U0001f600\U000e0041", "\U0001f600\\udb40\\udc41")]
    public void Of_TextThatSteersATerminal_IsShown(string text, string shown) => Assert.Equal(shown, ShownText.Of(text));

    [Fact]
    public async Task Caption_NamesThatSteerATerminal_AreShownInTablesAndMessages()
    {
        using var folder = new TestFolder();
        string[] files = [folder.Noise("nl\nx.wav"), folder.Noise("esc\u001b[31mred.wav")];
        var run = await CliRun.Caption([.. files, folder.At("no\u202e.wav")]);
        Assert.Equal([folder.At("nl\\nx.wav"), folder.At("esc\\e[31mred.wav")], run.Lines.Select(line => line.Split('\t')[0]));
        Assert.Contains("no\\u202e.wav", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.DoesNotContain(run.Out + run.Error, letter => char.IsControl(letter) && letter is not ('\n' or '\t'));

        var json = await CliRun.Caption(files[1], folder.Noise("b\u202e.wav"), "--format", "jsonl");
        Assert.DoesNotContain('\u202e', json.Out);
        Assert.Equal(folder.At("b\u202e.wav"), JsonDocument.Parse(json.Lines[1]).RootElement.GetProperty("file").GetString());
    }

    [Fact]
    public async Task Caption_NamesThatASpreadsheetWouldRun_AreQuotedAndReadBack()
    {
        using var folder = new TestFolder();
        var name = "=cmd|'.wav";
        File.Copy(folder.Noise("a.wav"), folder.At(name));
        var before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder.Root;
        try
        {
            Assert.Equal(0, (await CliRun.Caption(name, "-o", "out.csv", "--csv_export", "export.csv")).Code);
            foreach (var table in new[] { "out.csv", "export.csv" })
                Assert.StartsWith("'=cmd|'.wav,", (await File.ReadAllLinesAsync(table))[1], StringComparison.Ordinal);
            var written = await File.ReadAllTextAsync("out.csv");
            var again = await CliRun.Caption(name, "-o", "out.csv", "--csv_export", "export.csv", "--resume");
            Assert.Equal((0, ""), (again.Code, again.Error));
            Assert.Equal(written, await File.ReadAllTextAsync("out.csv"));
            Assert.Equal(name, Assert.Single(Auricle.Evaluation.CaptionFile.ReadCandidates("out.csv").Clips).Clip);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }
}
