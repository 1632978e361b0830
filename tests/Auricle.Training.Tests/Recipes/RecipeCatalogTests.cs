using Auricle.Testing;

namespace Auricle.Training.Tests;

[Collection("tensors")]
public sealed class RecipeCatalogTests
{
    private static string Recipes => Path.Combine(Fixtures.RepositoryRoot, "recipes");

    public static TheoryData<string> Names => [.. RecipeCatalog.All(Recipes).Select(recipe => recipe.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryRecipe_IsRight_AndSaysHowItIsRun(string name)
    {
        var recipe = RecipeCatalog.All(Recipes).Single(recipe => recipe.Name == name);
        var yaml = TrainingRun.Check(recipe.Path);
        Assert.Contains("task: ", yaml, StringComparison.Ordinal);
        Assert.Contains(recipe.Header, line => line.StartsWith("Command", StringComparison.Ordinal));
        // What a run writes beside its checkpoints is a recipe itself.
        Assert.Equal(yaml, TrainingRun.Check(WriteTemporary(yaml)));
    }

    [Fact]
    public void PublishedRuns_AllHaveTheirRecipe()
    {
        string[] published = ["conette-baseline", "conette-clotho", "conette-audiocaps", "mini-audio-caption", "dcase2023-baseline",
            "estimated-correspondences-stage1", "estimated-correspondences-ensemble", "estimated-correspondences-stage2", "laion-clap",
            "cacophony-stage1", "cacophony-stage2"];
        foreach (var recipe in published.Select(name => RecipeCatalog.All(Recipes).Single(recipe => recipe.Name == name)))
            Assert.Contains(recipe.Header, line => line.StartsWith("Needs:", StringComparison.Ordinal));
    }

    [Fact]
    public void Check_WrongRecipe_NamesEveryProblem_AndOpensNoData()
    {
        var path = WriteTemporary("""
            task: retrieval
            run: { name: bad }
            data: { train: ['clotho:dev:x', 'cloto:dev'], root: nowhere }
            encoder: { file: nowhere }
            optimizer: { groups: ['no factor'], lr: none }
            schedule: { name: ramp, start_epoch: 9, stop_epoch: 3 }
            """);
        var error = Assert.Throws<RecipeException>(() => TrainingRun.Check(path));
        Assert.Equal(["data.train", "optimizer.groups", "optimizer.lr", "schedule.stop_epoch"], error.Problems.Select(problem => problem.Key).Distinct().Order());
    }

    [Fact]
    public void Find_UnknownName_SaysWhichIsNear()
    {
        var error = Assert.Throws<RecipeException>(() => RecipeCatalog.Find("conette-cloto"));
        Assert.Contains("'conette-clotho'", error.Message, StringComparison.Ordinal);
    }

    private static string WriteTemporary(string yaml)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("auricle-recipe-").FullName, "recipe.yaml");
        File.WriteAllText(path, yaml);
        return path;
    }
}
