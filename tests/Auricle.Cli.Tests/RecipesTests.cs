namespace Auricle.Cli.Tests;

public sealed class RecipesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-runs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Curves_TwoRuns_AreInOneDiagram_AndWhatIsMissingIsSaid()
    {
        var (one, other, picture) = (Run("one", 3, 2), Run("other", 3, 1), Path.Combine(_folder, "curves.svg"));
        var run = await CliRun.InProcess("recipes", "curves", one, other, "--measure", "val_map10", "-o", picture);
        Assert.Equal(0, run.Code);
        var svg = await File.ReadAllTextAsync(picture);
        Assert.Contains(">one 2<", svg, StringComparison.Ordinal);
        Assert.Contains(">other 1<", svg, StringComparison.Ordinal);

        var missing = await CliRun.InProcess("recipes", "curves", one, _folder, "-o", picture);
        Assert.Equal(2, missing.Code);
        Assert.Contains(_folder, Assert.Single(missing.ErrorLines), StringComparison.Ordinal);
        var unmeasured = await CliRun.InProcess("recipes", "curves", one, "-o", picture);
        Assert.Equal(2, unmeasured.Code);
        Assert.Contains("val_map10", Assert.Single(unmeasured.ErrorLines), StringComparison.Ordinal);
    }

    private string Run(string name, params int[] scores)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        File.WriteAllLines(Path.Combine(folder, "log.jsonl"), scores.Select((score, i) => $$"""{"step":{{i + 1}},"epoch":{{i + 1}},"val_map10":{{score}}}"""));
        return folder;
    }
}
