namespace Auricle.Training.Tests;

public sealed class RecipeReaderTests
{
    private const string Yaml = """
        # A comment
        seed: 7
        model:
          kind: small_net
          widths: [8, 16]
        optimizer:
          lr: 5e-4
          clip: null
        """;

    private enum Kind
    {
        SmallNet,
        LargeNet,
    }

    private sealed record OptimizerRecipe(double LearningRate, double WeightDecay, double? Clip)
    {
        public static OptimizerRecipe Read(RecipeReader section) => new(
            section.Number("lr", 1e-3, NumberRange.Positive),
            section.Number("weight_decay", 0.01, NumberRange.NonNegative),
            section.OptionalNumber("clip", 10, NumberRange.Positive));
    }

    private sealed record TinyRecipe(int Seed, Kind Kind, IReadOnlyList<int> Widths, string Name, bool Mixup, OptimizerRecipe Optimizer)
    {
        public static TinyRecipe Read(RecipeReader recipe)
        {
            var model = recipe.Section("model");
            var read = new TinyRecipe(
                recipe.WholeNumber("seed", 0, NumberRange.NonNegative),
                model.Choice("kind", Kind.LargeNet),
                model.WholeNumbers("widths", [4], NumberRange.AtLeast(1)),
                model.Text("name", "no: 1"),
                model.Flag("mixup", true),
                OptimizerRecipe.Read(recipe.Section("optimizer")));
            recipe.Finish();
            return read;
        }
    }

    private static RecipeException Fails(string yaml, params string[] overrides) =>
        Assert.Throws<RecipeException>(() => TinyRecipe.Read(RecipeReader.Parse(yaml, overrides)));

    [Fact]
    public void Read_FileAndOverrides_GivesValuesDefaultsAndOverrides()
    {
        var recipe = TinyRecipe.Read(RecipeReader.Parse(Yaml, ["optimizer.weight_decay=0.5", "model.mixup=false", "model.widths=[1, 2, 3]"]));

        Assert.Equal(7, recipe.Seed);
        Assert.Equal(Kind.SmallNet, recipe.Kind);
        Assert.Equal([1, 2, 3], recipe.Widths);
        Assert.Equal("no: 1", recipe.Name);
        Assert.False(recipe.Mixup);
        Assert.Equal(new OptimizerRecipe(5e-4, 0.5, null), recipe.Optimizer);
    }

    [Fact]
    public void Read_EmptyText_GivesDefaults()
    {
        var recipe = TinyRecipe.Read(RecipeReader.Parse(""));
        Assert.Equal(new OptimizerRecipe(1e-3, 0.01, 10), recipe.Optimizer);
        Assert.Equal([4], recipe.Widths);
    }

    [Fact]
    public void Read_OverrideOfAbsentSection_CreatesIt() =>
        Assert.Equal(3e-4, TinyRecipe.Read(RecipeReader.Parse("seed: 1", ["optimizer.lr=3e-4"])).Optimizer.LearningRate);

    [Fact]
    public void Read_LaterOverride_Wins() =>
        Assert.Equal(2, TinyRecipe.Read(RecipeReader.Parse("seed: 0", ["seed=1", "seed=2"])).Seed);

    [Fact]
    public void ToYaml_OfResolvedRecipe_ReadsBackTheSame()
    {
        var first = RecipeReader.Parse(Yaml, ["model.name='12 \"bars\"\\'''"]);
        var recipe = TinyRecipe.Read(first);
        var second = RecipeReader.Parse(first.ToYaml());
        var again = TinyRecipe.Read(second);

        Assert.Equal(first.ToYaml(), second.ToYaml());
        Assert.Equal(recipe with { Widths = [] }, again with { Widths = [] });
        Assert.Equal(recipe.Widths, again.Widths);
        Assert.Contains("optimizer:\n  lr: 0.0005\n  weight_decay: 0.01\n  clip: null\n", first.ToYaml(), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_AfterReading_ListsEveryKey()
    {
        var reader = RecipeReader.Parse("");
        TinyRecipe.Read(reader);
        Assert.Equal(
            ["model.kind", "model.widths", "model.name", "model.mixup", "seed", "optimizer.lr", "optimizer.weight_decay", "optimizer.clip"],
            reader.Keys);
    }

    [Fact]
    public void Finish_UnknownKey_SuggestsTheNearestAndListsAll()
    {
        var problem = Assert.Single(Fails(Yaml, "optimizer.wieght_decay=1").Problems);
        Assert.Equal("optimizer.wieght_decay", problem.Key);
        Assert.Equal("optimizer.weight_decay", problem.Expected);
        Assert.Equal(
            "Unknown key 'optimizer.wieght_decay' (on the command line); did you mean 'optimizer.weight_decay'? 'optimizer' takes lr, weight_decay, clip.",
            problem.Message);
    }

    [Fact]
    public void Finish_KeyOfAnotherSection_SaysWhereItBelongs()
    {
        var problem = Assert.Single(Fails("weight_decay: 1").Problems);
        Assert.Equal("optimizer.weight_decay", problem.Expected);
        Assert.Contains("line 1", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Finish_NothingAskedFor_RefusesEveryKey() =>
        Assert.Equal("Unknown key 'seed' (line 1 of the recipe); the recipe takes no keys.",
            Assert.Throws<RecipeException>(RecipeReader.Parse("seed: 1").Finish).Message);

    [Fact]
    public void Finish_SeveralProblems_ReportsAll()
    {
        var keys = Fails("seed: -1\noptimizer: { lr: fast, clip: 0 }\nmodle: {}").Problems.Select(problem => problem.Key);
        Assert.Equal(["seed", "optimizer.lr", "optimizer.clip", "modle"], keys);
    }

    [Theory]
    [InlineData("seed: 1.5", "seed", "'1.5'", "a whole number of at least 0")]
    [InlineData("seed:", "seed", "empty", "a whole number of at least 0")]
    [InlineData("optimizer: { lr: 0 }", "optimizer.lr", "'0'", "a number above 0")]
    [InlineData("optimizer: { lr: .nan }", "optimizer.lr", "'.nan'", "a number above 0")]
    [InlineData("optimizer: 3", "optimizer", "'3'", "a section with keys of its own")]
    [InlineData("model: { kind: medium }", "model.kind", "'medium'", "one of small_net, large_net")]
    [InlineData("model: { mixup: maybe }", "model.mixup", "'maybe'", "true or false")]
    [InlineData("model: { widths: [1, 0] }", "model.widths", "[1, 0]", "a list of whole numbers, each of at least 1")]
    public void Finish_WrongValue_NamesKeyValueAndExpectation(string yaml, string key, string value, string expected)
    {
        var problem = Assert.Single(Fails(yaml).Problems);
        Assert.Equal((key, value, expected), (problem.Key, problem.Value, problem.Expected));
        Assert.Equal($"'{key}' is {value} (line 1 of the recipe); expected {expected}.", problem.Message);
    }

    [Theory]
    [InlineData("- 1")]
    [InlineData("a: b: c")]
    [InlineData("seed: 1\nseed: 2")]
    public void Parse_NoMapping_Fails(string yaml) => Assert.Throws<RecipeException>(() => RecipeReader.Parse(yaml));

    [Theory]
    [InlineData("x: &a [*a]", "stands inside what it stands for")]
    [InlineData("a: &a [*a]\n? *a\n: 1", "stands inside what it stands for")]
    [InlineData("a: &a {b: &b [1]}\n? *b\n: 1", "keys are texts")]
    [InlineData("? [a]\n: 1", "keys are texts")]
    [InlineData("? ? ? ? a", "keys are texts")]
    [InlineData("...\na", "")]
    [InlineData("\0: &x", "")]
    [InlineData("a: *b", "")]
    [InlineData("a: 1\n---\nb: 2", "a second document")]
    [InlineData("a: \"\\UFFFFFFFF\"", "")]
    public void Parse_HostileYaml_IsRefusedInASentence(string yaml, string reason)
    {
        var message = Assert.Throws<RecipeException>(() => RecipeReader.Parse(yaml)).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Parse_ListsOfLists_AreCountedBeforeTheyAreBuilt()
    {
        var lines = Enumerable.Range(1, 11).Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]").Prepend("a0: &a0 [x,x,x,x,x,x,x,x,x,x]");
        Assert.Contains("more than 20000 values", Assert.Throws<RecipeException>(() => RecipeReader.Parse(string.Join('\n', lines))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Parse_TwentyThousandLevels_AreRefused(char open, char close) => Assert.Contains(
        open == '[' ? "levels deep" : "keys are texts",
        Assert.Throws<RecipeException>(() => RecipeReader.Parse("a: " + new string(open, 20_000) + new string(close, 20_000))).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_Aliases_AreCopiesThatAreSetApart()
    {
        var recipe = RecipeReader.Parse("first: &rate { lr: 1, clip: 2 }\nsecond: *rate\n", ["second.lr=3"]);
        var values = new[] { "first", "second" }.Select(name => (recipe.Section(name).Number("lr", 0), recipe.Section(name).Number("clip", 0))).ToArray();
        recipe.Finish();
        Assert.Equal([(1, 2), (3, 2)], values);
    }

    [Theory]
    [InlineData("extends: /dev/zero\n", "has more than 1 MB")]
    [InlineData("extends: base.yaml\n", "stands inside")]
    public void FromFile_HostileExtends_IsRefused(string yaml, string reason)
    {
        using var folder = new RecipeFolder();
        folder.Write("base.yaml", "x: &a [*a]\n");
        Assert.Contains(reason, Assert.Throws<RecipeException>(() => RecipeReader.FromFile(folder.Write("own.yaml", yaml))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("=1")]
    [InlineData("optimizer..lr=1")]
    [InlineData("seed.x=1")]
    public void Parse_WrongOverride_Fails(string setting) =>
        Assert.Throws<RecipeException>(() => RecipeReader.Parse("seed: 1", [setting]));

    [Fact]
    public void RequiredText_Missing_SaysWhatToGive()
    {
        var reader = RecipeReader.Parse("");
        reader.Section("data").RequiredText("folder", "the folder of the sounds");
        var error = Assert.Throws<RecipeException>(reader.Finish);
        Assert.Equal("'data.folder' is missing from the recipe; give it the folder of the sounds.", error.Message);
    }

    [Fact]
    public void Reject_AfterReading_IsReported()
    {
        var reader = RecipeReader.Parse("warmup: 9");
        reader.WholeNumber("warmup", 0);
        reader.Reject("warmup", "fewer than the 5 epochs of the run");
        Assert.Contains("is 9; expected fewer than", Assert.Throws<RecipeException>(reader.Finish).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_Missing_NamesThePath() =>
        Assert.Contains("no/such.yaml", Assert.Throws<RecipeException>(() => RecipeReader.FromFile("no/such.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void FromFile_ThatExtendsAnother_TakesWhatItDoesNotSetFromThere()
    {
        using var folder = new RecipeFolder();
        folder.Write("common/lowest.yaml", "seed: 1\noptimizer:\n  lr: 0.1\n  weight_decay: 0.2\n");
        folder.Write("common/middle.yaml", "extends: lowest.yaml\noptimizer:\n  lr: 0.3\n");
        var path = folder.Write("own.yaml", "extends: common/middle.yaml\nseed: 5\nmodel:\n  name: mine\n");
        var recipe = RecipeReader.FromFile(path, ["optimizer.clip=4"]);
        var read = TinyRecipe.Read(recipe);
        recipe.Finish();
        Assert.Equal((5, "mine"), (read.Seed, read.Name));
        Assert.Equal(new OptimizerRecipe(0.3, 0.2, 4), read.Optimizer);
        Assert.DoesNotContain("extends", recipe.ToYaml(), StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_WrongKeyOfTheRecipeItExtends_NamesThatFile()
    {
        using var folder = new RecipeFolder();
        folder.Write("base.yaml", "seed: 1\nsede: 2\n");
        var recipe = RecipeReader.FromFile(folder.Write("own.yaml", "extends: base.yaml\n\n\nseed: many\n"));
        recipe.WholeNumber("seed", 0);
        var error = Assert.Throws<RecipeException>(recipe.Finish);
        Assert.Contains(error.Problems, problem => problem.Message.Contains("line 4 of " + Path.Combine(folder.Path, "own.yaml"), StringComparison.Ordinal));
        Assert.Contains(error.Problems, problem => problem.Message.Contains("line 2 of " + Path.Combine(folder.Path, "base.yaml"), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("other.yaml", "there is no recipe")]
    [InlineData("own.yaml", "cannot extend itself")]
    [InlineData("[a, b]", "expected the path of a recipe")]
    [InlineData("", "expected the path of a recipe")]
    public void FromFile_WrongExtends_SaysWhy(string value, string reason)
    {
        using var folder = new RecipeFolder();
        var error = Assert.Throws<RecipeException>(() => RecipeReader.FromFile(folder.Write("own.yaml", $"extends: {value}\n")));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private sealed class RecipeFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("auricle-recipes-").FullName;

        public string Write(string name, string text)
        {
            var path = System.IO.Path.Combine(Path, name);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            return path;
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
