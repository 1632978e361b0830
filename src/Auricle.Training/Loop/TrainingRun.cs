using Auricle.Models;
using Auricle.Models.Hub;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>A recipe, from its file to a finished run.</summary>
public static class TrainingRun
{
    private static readonly string[] Tasks = ["tagging", "captioning", "conette", "mini_audio_caption", "retrieval", "masked_autoencoder", "cacophony", "pretrained", Estimation];

    /// <summary>Trains what a recipe says.</summary>
    /// <param name="recipePath">The YAML file.</param>
    /// <param name="overrides">Settings such as <c>optimizer.lr=3e-4</c> that replace the file's.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <exception cref="RecipeException">The recipe has unknown keys or impossible values; all are reported at once.</exception>
    /// <exception cref="ModelException">A model that the recipe names is not here; see <see cref="FindModels"/>.</exception>
    public static RunFolder Start(
        string recipePath, IEnumerable<string> overrides, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var recipe = Open(recipePath, overrides, null);
        return TaskOf(recipe) == Estimation
            ? EstimateCorrespondences(recipe, progress, cancellationToken)
            : Trainer.Run(TrainerOptions.Read(recipe), recipe, () => Create(recipe), progress, cancellationToken);
    }

    /// <summary>Takes a few steps of a recipe, of which nothing is kept, and tells what the whole run would take.</summary>
    /// <param name="recipePath">The YAML file.</param>
    /// <param name="overrides">Settings that replace the file's.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>The estimate, and the recipe as it would be used.</returns>
    /// <exception cref="RecipeException">The recipe has unknown keys or impossible values, or trains nothing.</exception>
    public static (TrainingEstimate Estimate, string Yaml) Estimate(string recipePath, IEnumerable<string> overrides, CancellationToken cancellationToken = default)
    {
        var recipe = Open(recipePath, overrides, null);
        if (TaskOf(recipe) == Estimation)
            throw new RecipeException(new RecipeProblem("task", Estimation, null, $"{recipePath} trains nothing: it estimates correspondences with models that are trained; run it as it is."));
        var estimate = Trainer.Estimate(TrainerOptions.Read(recipe), () => Create(recipe), cancellationToken: cancellationToken);
        return (estimate, recipe.ToYaml());
    }

    /// <summary>Looks whether every setting of a recipe is known and right. No file but the recipe is opened.</summary>
    /// <param name="recipePath">The YAML file.</param>
    /// <param name="overrides">Settings that replace the file's.</param>
    /// <returns>The recipe with every setting, as YAML.</returns>
    /// <exception cref="RecipeException">The recipe has unknown keys or impossible values; all are reported at once.</exception>
    public static string Check(string recipePath, IEnumerable<string>? overrides = null)
    {
        var recipe = RecipeReader.FromFile(recipePath, overrides);
        Check(recipe);
        return recipe.ToYaml();
    }

    /// <summary>Finds the models of the catalogue that a recipe names, and fetches with leave those that are not here.</summary>
    /// <param name="recipePath">The YAML file.</param>
    /// <param name="overrides">Settings that replace the file's.</param>
    /// <param name="fetching">Leave to fetch; without it nothing is fetched.</param>
    /// <exception cref="RecipeException">The recipe has unknown keys or impossible values; nothing is fetched then.</exception>
    /// <exception cref="ModelException">A model is not here, and may not be fetched.</exception>
    public static void FindModels(string recipePath, IEnumerable<string> overrides, ModelFetching? fetching) => Open(recipePath, overrides, fetching);

    /// <summary>Opens a recipe to run it. The models that it names are found, or fetched, once every setting is known to be right.</summary>
    private static RecipeReader Open(string recipePath, IEnumerable<string> overrides, ModelFetching? fetching)
    {
        string[] settings = [.. overrides];
        var check = RecipeReader.FromFile(recipePath, settings);
        Check(check);
        var recipe = RecipeReader.FromFile(recipePath, settings);
        recipe.FindModels(check, fetching);
        return recipe;
    }

    private static void Check(RecipeReader recipe)
    {
        recipe.OnlyCheck();
        try
        {
            if (TaskOf(recipe) == Estimation)
            {
                EstimateCorrespondences(recipe, null, CancellationToken.None);
            }
            else
            {
                TrainerOptions.Read(recipe);
                Create(recipe).Dispose();
            }
        }
        catch (RecipeCheckedException)
        {
        }
    }

    private const string Estimation = "correspondences";

    private static string TaskOf(RecipeReader recipe) => recipe.Choice("task", "tagging", Tasks);

    private static ITrainingTask Create(RecipeReader recipe) => TaskOf(recipe) switch
    {
        "captioning" => new CaptioningTask(recipe),
        "conette" => new ConetteTask(recipe),
        "mini_audio_caption" => new MiniAudioCaptionTask(recipe),
        "retrieval" => new RetrievalTask(recipe),
        "masked_autoencoder" => new MaskedAutoencoderTask(recipe),
        "cacophony" => new CacophonyTask(recipe),
        "pretrained" => new PretrainedTask(recipe),
        _ => new TaggingTask(recipe),
    };

    /// <summary>Has the models of an ensemble tell how much each sound of a training set is like each caption.</summary>
    private static RunFolder EstimateCorrespondences(RecipeReader recipe, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var section = recipe.Section("run");
        var (root, name) = (section.Text("root", TrainerOptions.DefaultRoot), section.RequiredText("name", "the name of the run's folder"));
        var device = TrainingDevice.Read(recipe);
        var loadClips = CaptionedClips.Read(recipe);
        var mostSkipped = SkippedClips.ReadShare(recipe);
        var models = recipe.Texts("models", []);
        if (models.Count == 0)
            recipe.Reject("models", "the folders of one or more trained retrieval models");
        var tokenizer = recipe.OptionalModel("tokenizer");
        recipe.Finish();
        foreach (var model in models)
            EarlierModel.Require(recipe, "models", model);
        using var data = loadClips();
        var clips = data.Train;
        var run = RunFolder.Open(root, name);
        run.SaveRecipe(recipe);
        var skipped = new SkippedClips(clips.Count, mostSkipped, data.LeftOut);
        var options = new ModelLoadOptions { Device = device, Tokenizer = tokenizer };
        CorrespondenceEstimates.Write(run.EstimatesPath, clips, models, options, skipped, (model, done, all) =>
            progress?.Report(new TrainingProgress(models.ToList().IndexOf(model), models.Count, done, all, 0, 0, [])), cancellationToken);
        run.SaveSkipped(skipped);
        return run;
    }
}
