namespace Auricle.Training;

/// <summary>A recipe, from its file to a finished run.</summary>
public static class TrainingRun
{
    private static readonly string[] Tasks = ["tagging", "captioning"];

    /// <summary>Trains what a recipe says.</summary>
    /// <param name="recipePath">The YAML file.</param>
    /// <param name="overrides">Settings such as <c>optimizer.lr=3e-4</c> that replace the file's.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <exception cref="RecipeException">The recipe has unknown keys or impossible values; all are reported at once.</exception>
    public static RunFolder Start(
        string recipePath, IEnumerable<string> overrides, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var recipe = RecipeReader.FromFile(recipePath, overrides);
        var options = TrainerOptions.Read(recipe);
        var task = recipe.Choice("task", "tagging", Tasks);
        return Trainer.Run(options, recipe, () => task switch
        {
            "captioning" => new CaptioningTask(recipe),
            _ => new TaggingTask(recipe),
        }, progress, cancellationToken);
    }
}
