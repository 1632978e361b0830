namespace Auricle.Evaluation;

/// <summary>One way of training a predictor.</summary>
public sealed record HearPoint
{
    /// <summary>Layers before the last one; none leaves a linear probe.</summary>
    public required int HiddenLayers { get; init; }
    /// <summary>The width of each.</summary>
    public required int HiddenWidth { get; init; }
    /// <summary>The share of hidden values that is left out in training.</summary>
    public required double Dropout { get; init; }
    /// <summary>Adam's rate.</summary>
    public required double LearningRate { get; init; }
    /// <summary>Looks at the validation split without anything better after which training ends.</summary>
    public required int Patience { get; init; }
    /// <summary>The most epochs.</summary>
    public required int MaximumEpochs { get; init; }
    /// <summary>Epochs between two such looks.</summary>
    public required int CheckEvery { get; init; }
    /// <summary>Rows in a step.</summary>
    public required int BatchSize { get; init; }
    /// <summary>Whether weights start normally distributed instead of uniformly (Glorot and Bengio 2010 either way).</summary>
    public required bool StartsNormal { get; init; }
}

/// <summary>Which grid is tried.</summary>
public enum HearGridKind
{
    /// <summary>That of published figures.</summary>
    Default,

    /// <summary>At most fifty epochs.</summary>
    Fast,

    /// <summary>Small networks and ten epochs, to see whether everything runs.</summary>
    Faster,
}

/// <summary>The grid of ways of training, in the order in which the reference tries them.</summary>
public static class HearGrid
{
    /// <summary>How many points of the grid are tried in published figures.</summary>
    public const int PublishedPoints = 8;

    private const uint PublishedSeed = 42;

    /// <summary>The points for a task, shuffled as with Python's generator; the first ones are tried.</summary>
    /// <param name="kind">The grid.</param>
    /// <param name="task">May set values of its own.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="HearTaskException">A value of the task is no sensible one.</exception>
    public static IReadOnlyList<HearPoint> Points(HearGridKind kind, HearTask task, uint seed = PublishedSeed)
    {
        ArgumentNullException.ThrowIfNull(task);
        // In the order of the reference's names, of which the last runs fastest; 0 and 1 of the initialisation are uniform and normal.
        var values = new SortedDictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal)
        {
            ["batch_size"] = [1024], ["check_val_every_n_epoch"] = [3], ["dropout"] = [0.1], ["hidden_dim"] = [1024], ["hidden_layers"] = [1, 2], ["initialization"] = [0, 1],
            ["lr"] = [3.2e-3, 1e-3, 3.2e-4, 1e-4], ["max_epochs"] = [500], ["patience"] = [20],
        };
        if (kind == HearGridKind.Fast)
            (values["max_epochs"], values["check_val_every_n_epoch"]) = ([10, 50], [3, 10]);
        if (kind == HearGridKind.Faster)
        {
            (values["hidden_layers"], values["hidden_dim"], values["patience"]) = ([0, 1], [64, 128], [1, 3]);
            (values["max_epochs"], values["check_val_every_n_epoch"]) = ([10], [1]);
        }
        // Its scores take long to compute.
        if (task.TaskName == "dcase2016_task2")
            values["check_val_every_n_epoch"] = [10];
        foreach (var (name, own) in task.GridOverrides)
        {
            if (!values.ContainsKey(name))
                throw new HearTaskException($"The task '{task.Name}' sets '{name}' in task_specific_param_grid, which the grid does not have; it has {string.Join(", ", values.Keys)}.");
            var isWhole = name is not ("lr" or "dropout");
            var least = name is "hidden_layers" or "dropout" or "initialization" ? 0 : double.Epsilon;
            var most = name switch { "dropout" => 0.99, "initialization" or "lr" => 1, _ => 1e6 };
            if (own.Count == 0 || own.Any(value => !(value >= least && value <= most) || (isWhole && value != Math.Floor(value))))
                throw new HearTaskException($"The task '{task.Name}' sets {name} to {string.Join(", ", own)} in task_specific_param_grid, which is no sensible value; correct its metadata.");
            values[name] = own;
        }
        IEnumerable<Dictionary<string, double>> points = [[]];
        foreach (var (name, own) in values)
            points = points.SelectMany(point => own.Select(value => new Dictionary<string, double>(point) { [name] = value }));
        HearPoint[] grid = [.. points.Select(point => new HearPoint
        {
            HiddenLayers = (int)point["hidden_layers"], HiddenWidth = (int)point["hidden_dim"], Dropout = point["dropout"], LearningRate = point["lr"],
            Patience = (int)point["patience"], MaximumEpochs = (int)point["max_epochs"], CheckEvery = (int)point["check_val_every_n_epoch"],
            BatchSize = (int)point["batch_size"], StartsNormal = point["initialization"] != 0,
        })];
        MersenneTwister.OfPython(seed).Shuffle(grid);
        return grid;
    }
}
