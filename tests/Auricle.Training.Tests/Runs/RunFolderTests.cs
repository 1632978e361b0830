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

    /// <summary>Ends the work before every change of a file in turn, and the recovery after it before every change of its own.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SaveCheckpoint_KilledAtAnyMoment_LeavesLastAndBestOfOneTime(bool isBest)
    {
        var (saved, kills) = (false, 0);
        for (var moment = 0; !saved; moment++)
        {
            for (var (recovered, second) = (false, 0); !recovered; second++)
            {
                var name = $"{moment}-{second}";
                var run = RunFolder.Open(_root, name);
                Save(run, 1, isBest: true);
                Save(run, 2);
                saved = RunsToItsEnd(moment, step =>
                {
                    var again = RunFolder.Open(_root, name, step);
                    again.SaveCheckpoint(State(3), folder =>
                    {
                        File.WriteAllText(Path.Combine(folder, "model.txt"), "half");
                        step("write the rest");
                        File.WriteAllText(Path.Combine(folder, "model.txt"), "weights 3");
                    }, isBest);
                });
                recovered = RunsToItsEnd(second, step => RunFolder.Open(_root, name, step));
                kills++;

                var after = RunFolder.Open(_root, name);
                var last = after.LoadLastState().Epoch;
                Assert.True(last == 3 || (last == 2 && !saved), $"{name} has the epoch {last}");
                Assert.Equal($"weights {last}", Weights(after.LastCheckpoint));
                var best = last == 3 && isBest ? 3 : 1;
                Assert.Equal($"weights {best}", Weights(after.BestCheckpoint));
                Assert.Equal(best, TrainingState.Load(Path.Combine(after.BestCheckpoint, "state.json")).Epoch);
                Assert.Equal(["best", "last"], Directory.GetDirectories(Path.Combine(_root, name, "checkpoints")).Select(Path.GetFileName).Order());
                Save(after, 4, isBest: true);
                Assert.Equal("weights 4", Weights(after.BestCheckpoint));
                Directory.Delete(Path.Combine(_root, name), recursive: true);
            }
        }
        Assert.True(kills > (isBest ? 60 : 25), $"Only {kills} moments were tried.");
    }

    private static bool RunsToItsEnd(int steps, Action<Action<string>> work)
    {
        try
        {
            work(_ =>
            {
                if (steps-- == 0)
                    throw new OperationCanceledException();
            });
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [Fact]
    public void LoadLastState_NoneOrDamaged_SaysSo()
    {
        var run = RunFolder.Open(_root, "tiny");
        Assert.Contains("no checkpoint", Assert.Throws<TrainingException>(() => run.LoadLastState()).Message, StringComparison.Ordinal);
        Save(run, 1);
        File.WriteAllText(Path.Combine(run.LastCheckpoint, "state.json"), "{\"epoch\":1}");
        Assert.Contains("state.json", Assert.Throws<TrainingException>(() => run.LoadLastState()).Message, StringComparison.Ordinal);
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
