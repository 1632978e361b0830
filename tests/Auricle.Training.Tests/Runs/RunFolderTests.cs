namespace Auricle.Training.Tests;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("auricle-runs-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static TrainingState State(int epoch) => new()
    {
        Epoch = epoch,
        Step = 100L * epoch,
        BestScore = 0.1 + 1e-17 * epoch,
        BestEpoch = epoch,
    };

    private static void Save(RunFolder run, int epoch, bool isBest = false) =>
        run.SaveCheckpoint(State(epoch), folder => File.WriteAllText(Path.Combine(folder, "model.txt"), $"weights {epoch}"), isBest);

    private static string Weights(string checkpoint) => File.ReadAllText(Path.Combine(checkpoint, "model.txt"));

    [Fact]
    public void SaveCheckpoint_SeveralTimes_KeepsLastAndBest()
    {
        var run = RunFolder.Open(_root, "tiny");
        Assert.False(run.CanResume);
        Save(run, 1);
        Save(run, 2, isBest: true);
        Save(run, 3);

        var again = RunFolder.Open(_root, "tiny");
        Assert.True(again.CanResume);
        Assert.Equal("weights 3", Weights(again.LastCheckpoint));
        Assert.Equal("weights 2", Weights(again.BestCheckpoint));
        Assert.Equal(State(3), again.LoadLastState());
        Assert.Equal(["best", "last"], Directory.GetDirectories(Path.Combine(_root, "tiny", "checkpoints")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void SaveCheckpoint_FailureWhileWriting_LeavesTheOldOne()
    {
        var run = RunFolder.Open(_root, "tiny");
        Save(run, 1);
        Assert.Throws<IOException>(() => run.SaveCheckpoint(State(2), folder =>
        {
            File.WriteAllText(Path.Combine(folder, "model.txt"), "half");
            throw new IOException("disk full");
        }));
        Assert.Equal("weights 1", Weights(run.LastCheckpoint));
        Assert.Equal(1, RunFolder.Open(_root, "tiny").LoadLastState().Epoch);
        Assert.Single(Directory.GetDirectories(Path.Combine(_root, "tiny", "checkpoints")));
    }

    [Fact]
    public void Open_AfterACrashBetweenRenames_PutsTheOldOneBack()
    {
        var run = RunFolder.Open(_root, "tiny");
        Save(run, 1);
        Directory.Move(run.LastCheckpoint, run.LastCheckpoint + ".old");
        Assert.Equal(1, RunFolder.Open(_root, "tiny").LoadLastState().Epoch);
    }

    [Fact]
    public void LoadLastState_NoneOrDamaged_SaysSo()
    {
        var run = RunFolder.Open(_root, "tiny");
        Assert.Contains("no checkpoint", Assert.Throws<InvalidDataException>(() => run.LoadLastState()).Message, StringComparison.Ordinal);
        Save(run, 1);
        File.WriteAllText(Path.Combine(run.LastCheckpoint, "state.json"), "{\"epoch\":1}");
        Assert.Contains("state.json", Assert.Throws<InvalidDataException>(() => run.LoadLastState()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    public void Open_NameThatIsNoFolderName_Fails(string name) => Assert.Throws<ArgumentException>(() => RunFolder.Open(_root, name));

    [Fact]
    public void SaveRecipeAndDrawCurves_WriteTheirFiles()
    {
        var run = RunFolder.Open(_root, "tiny");
        var recipe = RecipeReader.Parse("seed: 4");
        recipe.WholeNumber("seed", 0);
        run.SaveRecipe(recipe);
        using (var log = MetricsLog.Open(run.LogPath))
            log.Write(new MetricsLine(1, 1, [new("loss", 2)]));
        run.DrawCurves();
        Assert.Equal("seed: 4\n", File.ReadAllText(run.RecipePath));
        Assert.Contains("<svg", File.ReadAllText(run.CurvesPath), StringComparison.Ordinal);
    }

    [Fact]
    public void AtomicFile_FailureWhileWriting_LeavesTheOldContentAndNoRest()
    {
        var path = Path.Combine(_root, "file.txt");
        AtomicFile.WriteText(path, "old");
        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new IOException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        AtomicFile.Replace(path, temporary => File.WriteAllText(temporary, "new"));
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_root));
    }
}
