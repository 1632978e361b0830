namespace Auricle.Training;

/// <summary>What the loop does, apart from the task.</summary>
public sealed record TrainerOptions
{
    internal const string DefaultRoot = "runs";

    /// <summary>Where runs are kept.</summary>
    public required string Root { get; init; }
    /// <summary>The run's name: its folder under <see cref="Root"/>.</summary>
    public required string Name { get; init; }
    /// <summary>Starts everything random.</summary>
    public ulong Seed { get; init; }
    /// <summary>Epochs in the whole schedule.</summary>
    public int Epochs { get; init; }
    /// <summary>Examples per optimiser step.</summary>
    public int Batch { get; init; }
    /// <summary>Parts a batch is computed in, to save memory.</summary>
    public int MicroSteps { get; init; }
    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; }
    /// <summary>The learning rate's course: <c>cosine</c> per step after a warm-up, <c>cosine_by_epoch</c> as CoNeTTE's, or <c>constant</c>.</summary>
    public required string Schedule { get; init; }
    /// <summary>Epochs in which the learning rate rises, for <c>cosine</c>.</summary>
    public double WarmupEpochs { get; init; }
    /// <summary>Weight decay.</summary>
    public double WeightDecay { get; init; }
    /// <summary>AdamW's first moment.</summary>
    public double Beta1 { get; init; }
    /// <summary>AdamW's second moment.</summary>
    public double Beta2 { get; init; }
    /// <summary>Added to the root of AdamW's second moment.</summary>
    public double Epsilon { get; init; }
    /// <summary>The largest norm of all gradients together.</summary>
    public double ClipNorm { get; init; }
    /// <summary>The decay of the average of the weights; 0 keeps none.</summary>
    public double AverageDecay { get; init; }
    /// <summary>Epochs from one validation and checkpoint to the next.</summary>
    public int ValidateEvery { get; init; }
    /// <summary>Whether to validate once before training.</summary>
    public bool ValidatesFirst { get; init; }
    /// <summary>Continues from the last checkpoint where there is one.</summary>
    public bool Resume { get; init; }
    /// <summary>Stops after so many epochs although the schedule is longer, as an interruption would.</summary>
    public int? StopAfter { get; init; }

    /// <summary>Reads the sections <c>run</c>, <c>optimizer</c>, <c>schedule</c> and <c>validation</c> of a recipe.</summary>
    public static TrainerOptions Read(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var run = recipe.Section("run");
        var optimizer = recipe.Section("optimizer");
        var schedule = recipe.Section("schedule");
        var validation = recipe.Section("validation");
        var one = NumberRange.AtLeast(1);
        var options = new TrainerOptions
        {
            Root = run.Text("root", DefaultRoot),
            Name = run.RequiredText("name", "the name of the run's folder"),
            Seed = (ulong)run.WholeNumber("seed", 1234, NumberRange.NonNegative),
            Resume = run.Flag("resume", true),
            StopAfter = run.OptionalWholeNumber("stop_after", null, one),
            Batch = optimizer.WholeNumber("batch", 32, NumberRange.Between(2, 1_000_000)),
            MicroSteps = optimizer.WholeNumber("micro_steps", 1, one),
            LearningRate = optimizer.Number("lr", 1e-3, NumberRange.Positive),
            WeightDecay = optimizer.Number("weight_decay", 0.05, NumberRange.NonNegative),
            Beta1 = optimizer.Number("beta1", 0.9, NumberRange.Unit),
            Beta2 = optimizer.Number("beta2", 0.999, NumberRange.Unit),
            Epsilon = optimizer.Number("eps", 1e-8, NumberRange.Positive),
            ClipNorm = optimizer.Number("clip_norm", 1, NumberRange.Positive),
            AverageDecay = optimizer.Number("average", 0, NumberRange.Between(0, 0.99999)),
            Schedule = schedule.Choice("name", "cosine", ["cosine", "cosine_by_epoch", "constant"]),
            Epochs = schedule.WholeNumber("epochs", 100, NumberRange.Between(1, 1_000_000)),
            WarmupEpochs = schedule.Number("warmup_epochs", 1, NumberRange.NonNegative),
            ValidateEvery = validation.WholeNumber("every", 1, one),
            ValidatesFirst = validation.Flag("first", false),
        };
        if (options.Schedule == "cosine" && options.WarmupEpochs >= options.Epochs)
            schedule.Reject("warmup_epochs", $"less than schedule.epochs, {options.Epochs}");
        return options;
    }
}
