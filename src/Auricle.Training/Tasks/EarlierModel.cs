namespace Auricle.Training;

/// <summary>A trained model that a recipe starts from, which is often what another recipe makes.</summary>
internal static class EarlierModel
{
    public const string ConfigFile = "config.json";
    public const string WeightFile = "model.safetensors";

    /// <summary>Says what to train first where the model is not there.</summary>
    /// <param name="recipe">The recipe that starts from the model.</param>
    /// <param name="key">The key that names the folder.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="hasConfig">Whether such models have a configuration; of others the weights tell all.</param>
    /// <exception cref="TrainingException">The folder lacks the model.</exception>
    public static void Require(RecipeReader recipe, string key, string folder, bool hasConfig = true)
    {
        if ((!hasConfig || File.Exists(Path.Combine(folder, ConfigFile))) && File.Exists(Path.Combine(folder, WeightFile)))
            return;
        throw new TrainingException(FindMaker(recipe.Name, folder) is { } maker
            ? $"{recipe.Name} starts from the model in '{folder}', which is not there yet; train it first: auricle train {maker}."
            : $"{recipe.Name} starts from the model in '{folder}', which lacks {(hasConfig ? $"{ConfigFile} or " : "")}{WeightFile}; name the folder of a trained one: {key}=FOLDER.");
    }

    /// <summary>The recipe beside the given one whose run makes the folder.</summary>
    private static string? FindMaker(string recipePath, string folder)
    {
        var place = Path.GetFullPath(folder);
        var recipes = Path.GetDirectoryName(recipePath) ?? "";
        if (!Directory.Exists(recipes.Length == 0 ? "." : recipes))
            return null;
        return Directory.EnumerateFiles(recipes.Length == 0 ? "." : recipes, "*.yaml").Order(StringComparer.Ordinal).FirstOrDefault(file =>
            RunOf(file) is { } run && place.StartsWith(run + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    private static string? RunOf(string recipePath)
    {
        try
        {
            var run = RecipeReader.FromFile(recipePath).Section("run");
            return run.OptionalText("name") is { Length: > 0 } name ? Path.GetFullPath(Path.Combine(run.Text("root", TrainerOptions.DefaultRoot), name)) : null;
        }
        catch (RecipeException)
        {
            return null;
        }
    }
}
