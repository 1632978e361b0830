using System.Globalization;
using System.IO.Enumeration;
using Auricle.Torch;

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
    /// <summary>Whether blocks of networks are computed a second time for their gradients, to save memory; see <see cref="Checkpointing"/>.</summary>
    public bool Checkpoints { get; init; }
    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; }
    /// <summary>
    /// The learning rate's course: <c>cosine</c> per step after a warm-up, <c>cosine_by_epoch</c> as CoNeTTE's, <c>ramp</c> as SALSA's,
    /// <c>plateau</c>, which follows a measurement, or <c>constant</c>.
    /// </summary>
    public required string Schedule { get; init; }
    /// <summary>Epochs in which the learning rate rises, for <c>cosine</c>.</summary>
    public double WarmupEpochs { get; init; }
    /// <summary>The rise and fall of <c>ramp</c>, in epochs.</summary>
    public RampOptions? Ramp { get; init; }
    /// <summary>The first rate and the course of <c>plateau</c>.</summary>
    public Func<ReduceOnPlateau>? Plateau { get; init; }
    /// <summary>The validation measurement that <c>plateau</c> and <see cref="StopDeviation"/> follow; smaller is better.</summary>
    public string Measure { get; init; } = "val_loss";
    /// <summary>
    /// Ends the run when the last <see cref="StopWindow"/> measurements, of at least <see cref="StopGrace"/>, deviate less than this from
    /// their mean; 0 never does.
    /// </summary>
    public double StopDeviation { get; init; }
    /// <summary>The measurements whose deviation counts.</summary>
    public int StopWindow { get; init; }
    /// <summary>The measurements before the run may end.</summary>
    public int StopGrace { get; init; }
    /// <summary>Factors of the learning rate for weights whose names match a pattern (<c>*</c> and <c>?</c>); the last that matches counts.</summary>
    public IReadOnlyList<(string Pattern, double Factor)> Groups { get; init; } = [];
    /// <summary>Patterns of the names of weights that do not learn.</summary>
    public IReadOnlyList<string> Frozen { get; init; } = [];
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
            Checkpoints = optimizer.Flag("checkpointing", false),
            LearningRate = optimizer.Number("lr", 1e-3, NumberRange.Positive),
            WeightDecay = optimizer.Number("weight_decay", 0.05, NumberRange.NonNegative),
            Beta1 = optimizer.Number("beta1", 0.9, NumberRange.Unit),
            Beta2 = optimizer.Number("beta2", 0.999, NumberRange.Unit),
            Epsilon = optimizer.Number("eps", 1e-8, NumberRange.Positive),
            ClipNorm = optimizer.Number("clip_norm", 1, NumberRange.Positive),
            AverageDecay = optimizer.Number("average", 0, NumberRange.Between(0, 0.99999)),
            Schedule = schedule.Choice("name", "cosine", ["cosine", "cosine_by_epoch", "ramp", "plateau", "constant"]),
            Groups = ReadGroups(optimizer),
            Frozen = optimizer.Texts("freeze", []),
            Epochs = schedule.WholeNumber("epochs", 100, NumberRange.Between(1, 1_000_000)),
            WarmupEpochs = schedule.Number("warmup_epochs", 1, NumberRange.NonNegative),
            ValidateEvery = validation.WholeNumber("every", 1, one),
            ValidatesFirst = validation.Flag("first", false),
        };
        if (options.Schedule == "cosine" && options.WarmupEpochs >= options.Epochs)
            schedule.Reject("warmup_epochs", $"less than schedule.epochs, {options.Epochs}");
        options = options.Schedule switch
        {
            "ramp" => options with { Ramp = ReadRamp(schedule, options) },
            "plateau" => options with { Plateau = ReadPlateau(schedule, options) },
            _ => options,
        };
        return options with
        {
            Measure = schedule.Text("measure", options.Measure),
            StopDeviation = schedule.Number("stop_deviation", 0, NumberRange.NonNegative),
            StopWindow = schedule.WholeNumber("stop_window", 10, NumberRange.Between(2, 1_000_000)),
            StopGrace = schedule.WholeNumber("stop_grace", 60, NumberRange.NonNegative),
        };
    }

    /// <summary>Whether a weight's name matches a pattern.</summary>
    internal static bool Matches(string pattern, Weight weight) => FileSystemName.MatchesSimpleExpression(pattern, weight.Name, ignoreCase: false);

    private static RampOptions ReadRamp(RecipeReader schedule, TrainerOptions options)
    {
        var start = schedule.Number("start_epoch", options.WarmupEpochs, NumberRange.NonNegative);
        var ramp = new RampOptions
        {
            Rate = options.LearningRate,
            Lowest = schedule.Number("lowest", 1e-7, NumberRange.NonNegative),
            Warmup = options.WarmupEpochs,
            Start = start,
            Stop = schedule.Number("stop_epoch", Math.Max(start, options.Epochs), NumberRange.NonNegative),
            Rise = schedule.Choice("rise", "linear", ["linear", "exponential"]) == "linear" ? RampShape.Linear : RampShape.Exponential,
            Fall = schedule.Choice("fall", "cosine", ["cosine", "linear", "steps"]) switch { "cosine" => RampShape.Cosine, "linear" => RampShape.Linear, _ => RampShape.Steps },
            StepLength = schedule.Number("step_epochs", 1, NumberRange.Positive),
            StepFactor = schedule.Number("step_factor", 0.5, NumberRange.Unit),
        };
        if (ramp.Stop < ramp.Start)
            schedule.Reject("stop_epoch", $"at least schedule.start_epoch, {ramp.Start}");
        return ramp;
    }

    private static Func<ReduceOnPlateau> ReadPlateau(RecipeReader schedule, TrainerOptions options)
    {
        var factor = schedule.Number("factor", 0.1, NumberRange.Unit);
        var patience = schedule.WholeNumber("patience", 5, NumberRange.NonNegative);
        var threshold = schedule.Number("threshold", 0.005, NumberRange.NonNegative);
        var lowest = schedule.Number("lowest", 1e-6, NumberRange.NonNegative);
        return () => new ReduceOnPlateau(options.LearningRate, factor, patience, threshold, lowest);
    }

    private static List<(string, double)> ReadGroups(RecipeReader optimizer)
    {
        var groups = new List<(string, double)>();
        foreach (var text in optimizer.Texts("groups", []))
        {
            var split = text.LastIndexOf('=');
            if (split > 0 && double.TryParse(text.AsSpan(split + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var factor) && factor is >= 0 and <= 1e6)
                groups.Add((text[..split].Trim(), factor));
            else
                optimizer.Reject("groups", "patterns of weight names with a factor of the learning rate, such as 'audio*=0.1'");
        }
        return groups;
    }
}
