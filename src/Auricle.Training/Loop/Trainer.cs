using System.Diagnostics;
using Auricle.Torch;
using Auricle.Torch.Optimisers;

namespace Auricle.Training;

/// <summary>The one training loop. It reads from top to bottom; tasks vary what is trained, the recipe varies how.</summary>
public static class Trainer
{
    private static readonly TimeSpan TimeBetweenPictures = TimeSpan.FromSeconds(10);

    /// <summary>Trains, or continues to train, a task until its schedule ends.</summary>
    /// <param name="options">The loop's settings.</param>
    /// <param name="recipe">The recipe they came from, kept with the run.</param>
    /// <param name="createTask">Makes the task after the random generators were seeded.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">Stops after the current step; the last checkpoint remains to continue from.</param>
    /// <returns>The run's folder; its best checkpoint holds the exported model in <c>model/</c>.</returns>
    /// <exception cref="TrainingException">The loss is no longer finite.</exception>
    public static RunFolder Run(
        TrainerOptions options,
        RecipeReader recipe,
        Func<ITrainingTask> createTask,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(createTask);

        // Seed, data and model.
        TorchRuntime.Seed(options.Seed);
        using var task = createTask();
        var run = RunFolder.Open(options.Root, options.Name);
        var steps = (int)((task.ExamplesPerEpoch + options.Batch - 1) / options.Batch);
        var rate = Schedule(options, steps);

        var plateau = options.Plateau?.Invoke();

        // Optimiser.
        using var optimiser = Optimiser(options, task);
        using var average = options.AverageDecay > 0 ? new WeightAverage(task.Weights, options.AverageDecay) : null;
        var tensors = new TrainingTensors(task.Weights, optimiser, average);

        // New or resumed.
        var kind = recipe.Text("task", "");
        var state = new TrainingState { Epoch = 0, Step = 0, Task = kind };
        var resumes = options.Resume && run.CanResume;
        if (resumes)
        {
            state = run.LoadLastState();
            if (state.Task is { Length: > 0 } other && other != kind)
                throw new TrainingException($"The checkpoint in '{run.FolderPath}' is of a recipe whose task is {other}, this one's is {kind}; start the run under another run.name.");
            tensors.Load(run.LastCheckpoint);
            optimiser.Steps = state.Step;
            if (plateau is not null && state.PlateauRate is { } reached)
                (plateau.Rate, plateau.Best, plateau.Waited) = (reached, state.PlateauBest ?? double.PositiveInfinity, state.PlateauWaited ?? 0);
        }
        run.SaveRecipe(recipe);
        using var log = MetricsLog.Open(run.LogPath, resumes ? state.Step : -1);
        using var events = EventFile.Create(run.FolderPath);
        IReadOnlyList<KeyValuePair<string, double>> validation = [];
        if (options.ValidatesFirst && state.Step == 0)
        {
            validation = task.Validate(cancellationToken);
            plateau?.Observe(Measured(options, validation));
            Log(new MetricsLine(0, 0, validation), log, events);
        }
        var drawn = Stopwatch.StartNew();

        // Loop.
        var lastEpoch = Math.Min(options.Epochs, options.StopAfter ?? options.Epochs);
        for (var epoch = state.Epoch; epoch < lastEpoch; epoch++)
        {
            var clock = Stopwatch.StartNew();
            var processor = Environment.CpuUsage.TotalTime;
            double lossSum = 0, normSum = 0, learningRate = 0;
            for (var step = 0; step < steps; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                learningRate = plateau?.Rate ?? rate(options.Schedule switch { "cosine_by_epoch" => epoch, "ramp" => epoch + (double)step / steps, _ => state.Step });
                var (loss, norm) = Step(task, optimiser, options, epoch, (long)step * options.Batch, learningRate, state.Step);
                normSum += norm;
                state = state with { Step = state.Step + 1 };
                average?.Update(state.Step);
                lossSum += loss;
                progress?.Report(new TrainingProgress(
                    epoch, options.Epochs, step + 1, steps, lossSum / (step + 1), (step + 1.0) * options.Batch / clock.Elapsed.TotalSeconds, validation));
            }
            var seconds = clock.Elapsed.TotalSeconds;
            var values = new List<KeyValuePair<string, double>>
            {
                new("loss", lossSum / steps),
                new("lr", learningRate),
                new("gradient_norm", normSum / steps),
                new("samples_per_second", task.ExamplesPerEpoch / seconds),
                new("utilisation", (Environment.CpuUsage.TotalTime - processor).TotalSeconds / (seconds * TorchRuntime.Threads)),
            };
            if (task.Skipped is { } skipped)
            {
                if (skipped.Count > 0)
                    values.Add(new("skipped", skipped.Count));
                run.SaveSkipped(skipped);
            }
            state = state with { Epoch = epoch + 1 };
            var isLast = epoch + 1 == lastEpoch;
            if ((epoch + 1) % options.ValidateEvery != 0 && !isLast)
            {
                Log(new MetricsLine(state.Step, state.Epoch, values), log, events);
                if (drawn.Elapsed > TimeBetweenPictures)
                {
                    run.DrawCurves();
                    drawn.Restart();
                }
                continue;
            }

            // Evaluate and keep, with the averaged weights where there are such.
            var random = TorchRuntime.RandomState;
            average?.Swap();
            validation = task.Validate(cancellationToken);
            values.AddRange(validation);
            var score = validation.First(pair => pair.Key == task.Monitor).Value;
            var isBest = !(score <= state.BestScore);
            if (isBest)
                state = state with { BestScore = score, BestEpoch = epoch + 1 };
            if (plateau is not null)
            {
                plateau.Observe(Measured(options, validation));
                state = state with { PlateauRate = plateau.Rate, PlateauBest = plateau.Best, PlateauWaited = plateau.Waited };
            }
            Log(new MetricsLine(state.Step, state.Epoch, values), log, events);
            try
            {
                run.SaveCheckpoint(state, folder =>
                {
                    task.Export(Path.Combine(folder, "model"));
                    average?.Swap();
                    tensors.Save(folder, random);
                }, isBest);
            }
            catch (IOException error)
            {
                throw new TrainingException(
                    $"The checkpoint of epoch {state.Epoch} cannot be written to '{run.FolderPath}': {error.Message.TrimEnd('.')}; {(run.CanResume ? "the one before it is whole" : "there is none before it")}. Make room and run the recipe again.",
                    state.Step, error);
            }
            TorchRuntime.RandomState = random;
            run.DrawCurves();
            drawn.Restart();
            if (HasSettled(options, run))
                break;
        }
        return run;
    }

    /// <summary>Takes a few steps of a recipe, of which nothing is kept, and tells what the whole run would take.</summary>
    /// <param name="options">The loop's settings.</param>
    /// <param name="createTask">Makes the task after the random generators were seeded.</param>
    /// <param name="steps">The most steps to take.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public static TrainingEstimate Estimate(TrainerOptions options, Func<ITrainingTask> createTask, int steps = 10, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(createTask);
        TorchRuntime.Seed(options.Seed);
        var clock = Stopwatch.StartNew();
        using var task = createTask();
        using var optimiser = Optimiser(options, task);
        var prepared = clock.Elapsed;
        var stepsPerEpoch = (int)((task.ExamplesPerEpoch + options.Batch - 1) / options.Batch);
        var taken = Math.Min(steps, stepsPerEpoch);
        clock.Restart();
        var first = TimeSpan.Zero;
        for (var step = 0; step < taken; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Step(task, optimiser, options, 0, (long)step * options.Batch, options.LearningRate, step);
            if (step == 0)
                first = clock.Elapsed;
        }
        // The first step also allocates; where there are more, they tell better.
        var perStep = taken > 1 ? (clock.Elapsed - first) / (taken - 1) : clock.Elapsed;
        using var process = Process.GetCurrentProcess();
        return new TrainingEstimate(
            task.Weights.Where(weight => !weight.IsBuffer && weight.Tensor.RequiresGrad).Sum(weight => weight.Tensor.ElementCount),
            task.Weights.Where(weight => !weight.IsBuffer).Sum(weight => weight.Tensor.ElementCount),
            task.ExamplesPerEpoch, stepsPerEpoch, (long)stepsPerEpoch * options.Epochs, process.PeakWorkingSet64, prepared, perStep, task.Skipped?.Count ?? 0);
    }

    private static AdamW Optimiser(TrainerOptions options, ITrainingTask task)
    {
        foreach (var pattern in options.Frozen.Concat(options.Groups.Select(group => group.Pattern)))
        {
            if (!task.Weights.Any(weight => TrainerOptions.Matches(pattern, weight)))
                throw new TrainingException($"No weight that learns matches '{pattern}' of optimizer.freeze or optimizer.groups; names begin like '{task.Weights[0].Name}'.");
        }
        var isFrozen = task.Weights.ToLookup(weight => options.Frozen.Any(pattern => TrainerOptions.Matches(pattern, weight)));
        foreach (var weight in isFrozen[true].Where(weight => !weight.IsBuffer))
            weight.Tensor.RequiresGrad = false;
        return new AdamW(isFrozen[false].Where(weight => weight.IsBuffer || weight.Tensor.RequiresGrad), new AdamWOptions
        {
            Beta1 = options.Beta1,
            Beta2 = options.Beta2,
            Epsilon = options.Epsilon,
            WeightDecay = options.WeightDecay,
            Decays = task.Decays,
            RateFactor = weight => options.Groups.LastOrDefault(group => TrainerOptions.Matches(group.Pattern, weight), ("", 1)).Item2,
        });
    }

    /// <summary>One step of the optimiser: the loss of the batch, and the norm of its gradients before they are clipped.</summary>
    private static (double Loss, double Norm) Step(ITrainingTask task, AdamW optimiser, TrainerOptions options, int epoch, long first, double learningRate, long number)
    {
        var loss = Accumulate(task, epoch, first, (int)Math.Min(options.Batch, task.ExamplesPerEpoch - first), options);
        if (!double.IsFinite(loss))
            throw new TrainingException($"The loss is {loss} at step {number}; lower optimizer.lr ({options.LearningRate}) or optimizer.clip_norm ({options.ClipNorm}).", number);
        var norm = optimiser.ClipGradients(options.ClipNorm);
        optimiser.Step(learningRate);
        optimiser.ZeroGrad();
        return (loss, norm);
    }

    private static double Measured(TrainerOptions options, IReadOnlyList<KeyValuePair<string, double>> validation) =>
        validation.FirstOrDefault(pair => pair.Key == options.Measure) is { Key: not null } found
            ? found.Value
            : throw new TrainingException($"The validation does not measure '{options.Measure}', which schedule.measure names; it measures {string.Join(", ", validation.Select(pair => pair.Key))}.");

    /// <summary>Whether the last measurements hardly differ. They are those of the log, so that a run that was resumed ends at the same moment.</summary>
    private static bool HasSettled(TrainerOptions options, RunFolder run)
    {
        if (options.StopDeviation == 0)
            return false;
        double[] measured = [.. MetricsLog.Read(run.LogPath).Select(line => line[options.Measure]).OfType<double>()];
        if (measured.Length < Math.Max(options.StopGrace, options.StopWindow))
            return false;
        var last = measured[^options.StopWindow..];
        var mean = last.Average();
        return Math.Sqrt(last.Average(value => (value - mean) * (value - mean))) < options.StopDeviation;
    }

    private static double Accumulate(ITrainingTask task, int epoch, long first, int count, TrainerOptions options)
    {
        using var checkpointing = Checkpointing.Begin(options.Checkpoints);
        double sum = 0;
        var parts = Math.Min(options.MicroSteps, count);
        for (var part = 0; part < parts; part++)
        {
            using var scope = TensorScope.Begin();
            var from = count * part / parts;
            var size = count * (part + 1) / parts - from;
            var loss = task.Loss(epoch, first + from, size);
            loss.Mul((double)size / count).Backward();
            sum += loss.ToDouble() * size / count;
        }
        return sum;
    }

    private static LearningRateSchedule Schedule(TrainerOptions options, int steps) => options.Schedule switch
    {
        "ramp" => LearningRate.Ramp(options.Ramp!),
        "cosine" => LearningRate.WarmupCosine(options.LearningRate, (int)(options.WarmupEpochs * steps), (int)Math.Min((long)options.Epochs * steps, int.MaxValue)),
        "cosine_by_epoch" => LearningRate.CosineByEpoch(options.LearningRate, options.Epochs),
        _ => LearningRate.Constant(options.LearningRate),
    };

    private static void Log(MetricsLine line, MetricsLog log, EventFile events)
    {
        log.Write(line);
        events.Write(line.Step, line.Values);
    }
}

/// <summary>A run cannot begin or go on.</summary>
public sealed class TrainingException(string message, long step = 0, Exception? innerException = null) : DataException(message, innerException)
{
    /// <summary>The optimiser step at which it stopped.</summary>
    public long Step { get; } = step;
}

/// <summary>What a run would take, from a few of its steps.</summary>
/// <param name="Trained">The numbers that learn.</param>
/// <param name="Parameters">Those and the ones that a pattern freezes; encoders that do not learn are not counted.</param>
/// <param name="ExamplesPerEpoch">Examples in an epoch.</param>
/// <param name="StepsPerEpoch">Steps in an epoch.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="PeakMemory">The most memory that the process has had, in bytes.</param>
/// <param name="Preparation">How long the data and the model took.</param>
/// <param name="PerStep">How long a step takes.</param>
/// <param name="Skipped">Sounds that could not be read.</param>
public sealed record TrainingEstimate(
    long Trained, long Parameters, long ExamplesPerEpoch, int StepsPerEpoch, long Steps, long PeakMemory, TimeSpan Preparation, TimeSpan PerStep, int Skipped);

/// <summary>Where a run stands, for a progress display.</summary>
/// <param name="Epoch">The epoch now running, from 0.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Step">Steps done in this epoch.</param>
/// <param name="Steps">Steps in an epoch.</param>
/// <param name="Loss">The mean loss of this epoch so far.</param>
/// <param name="SamplesPerSecond">Examples per second of this epoch.</param>
/// <param name="Validation">The newest validation measurements; empty before the first.</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, int Step, int Steps, double Loss, double SamplesPerSecond, IReadOnlyList<KeyValuePair<string, double>> Validation);
