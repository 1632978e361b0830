using System.Diagnostics;
using Auricle.Torch;
using Auricle.Torch.Optimisers;

namespace Auricle.Training;

/// <summary>The one training loop. It reads from top to bottom; tasks vary what is trained, the recipe varies how.</summary>
public static class Trainer
{
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

        // Optimiser.
        using var optimiser = new AdamW(task.Weights, new AdamWOptions
        {
            Beta1 = options.Beta1,
            Beta2 = options.Beta2,
            Epsilon = options.Epsilon,
            WeightDecay = options.WeightDecay,
            Decays = task.Decays,
        });
        using var average = options.AverageDecay > 0 ? new WeightAverage(task.Weights, options.AverageDecay) : null;
        var tensors = new TrainingTensors(task.Weights, optimiser, average);

        // New or resumed.
        var state = new TrainingState { Epoch = 0, Step = 0 };
        var resumes = options.Resume && run.CanResume;
        if (resumes)
        {
            state = run.LoadLastState();
            tensors.Load(run.LastCheckpoint);
            optimiser.Steps = state.Step;
        }
        run.SaveRecipe(recipe);
        using var log = MetricsLog.Open(run.LogPath, resumes ? state.Step : -1);
        using var events = EventFile.Create(run.FolderPath);
        IReadOnlyList<KeyValuePair<string, double>> validation = [];
        if (options.ValidatesFirst && state.Step == 0)
        {
            validation = task.Validate(cancellationToken);
            Log(new MetricsLine(0, 0, validation), log, events);
        }

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
                learningRate = rate(options.Schedule == "cosine_by_epoch" ? epoch : state.Step);
                var first = (long)step * options.Batch;
                var loss = Accumulate(task, epoch, first, (int)Math.Min(options.Batch, task.ExamplesPerEpoch - first), options.MicroSteps);
                if (!double.IsFinite(loss))
                    throw new TrainingException($"The loss is {loss} at step {state.Step}; lower optimizer.lr ({options.LearningRate}) or optimizer.clip_norm ({options.ClipNorm}).", state.Step);
                normSum += optimiser.ClipGradients(options.ClipNorm);
                optimiser.Step(learningRate);
                optimiser.ZeroGrad();
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
            state = state with { Epoch = epoch + 1 };
            var isLast = epoch + 1 == lastEpoch;
            if ((epoch + 1) % options.ValidateEvery != 0 && !isLast)
            {
                Log(new MetricsLine(state.Step, state.Epoch, values), log, events);
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
            Log(new MetricsLine(state.Step, state.Epoch, values), log, events);
            run.SaveCheckpoint(state, folder =>
            {
                task.Export(Path.Combine(folder, "model"));
                average?.Swap();
                tensors.Save(folder, random);
            }, isBest);
            TorchRuntime.RandomState = random;
            run.DrawCurves();
        }
        return run;
    }

    private static double Accumulate(ITrainingTask task, int epoch, long first, int count, int microSteps)
    {
        double sum = 0;
        var parts = Math.Min(microSteps, count);
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
