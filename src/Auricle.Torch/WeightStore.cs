using Auricle.Torch.Checkpoints;

namespace Auricle.Torch;

/// <summary>One named tensor of a model.</summary>
/// <param name="Name">The names from the root, joined by dots.</param>
/// <param name="Tensor">Its values; owned by the store.</param>
/// <param name="IsBuffer">Whether it is stored but not trained.</param>
public sealed record Weight(string Name, Tensor Tensor, bool IsBuffer);

/// <summary>How a checkpoint differs from what a model asked for.</summary>
/// <param name="Missing">Names that the checkpoint lacks.</param>
/// <param name="Misshapen">Names with both shapes, where they differ.</param>
/// <param name="Unexpected">Names that the model does not know.</param>
public sealed record WeightDifferences(IReadOnlyList<string> Missing, IReadOnlyList<string> Misshapen, IReadOnlyList<string> Unexpected);

/// <summary>Owns the parameters and buffers of a model, and knows where their values come from.</summary>
public sealed class WeightStore : IDisposable
{
    private readonly IReadOnlyDictionary<string, StoredTensor>? _stored;
    private readonly string? _file;
    private readonly List<Weight> _entries = [];
    private readonly HashSet<string> _names = [];
    private readonly List<Action> _releases = [];
    private readonly List<string> _missing = [];
    private readonly List<string> _misshapen = [];

    private readonly bool _fillsGaps;

    private WeightStore(IReadOnlyDictionary<string, StoredTensor>? stored, string? file, bool isTrainable, Device device, bool fillsGaps = false)
    {
        _stored = stored;
        _fillsGaps = fillsGaps;
        _file = file;
        Device = device;
        IsTrainable = isTrainable;
    }

    /// <summary>The beginning of all names.</summary>
    public Weights Root => new(this, "");

    /// <summary>Whether the parameters record gradients.</summary>
    public bool IsTrainable { get; }

    /// <summary>Where the tensors lie.</summary>
    public Device Device { get; }

    /// <summary>Everything asked for so far, in that order.</summary>
    public IReadOnlyList<Weight> Entries => _entries;

    /// <summary>A store that gives out the tensors of a checkpoint as float32 (integers and truth values as they are).</summary>
    /// <param name="stored">The checkpoint's tensors under the model's own names.</param>
    /// <param name="file">The file they came from, for error messages.</param>
    /// <param name="isTrainable">Whether the parameters record gradients.</param>
    /// <param name="device">Where the tensors go; the processor by default.</param>
    public static WeightStore Load(IReadOnlyDictionary<string, StoredTensor> stored, string? file = null, bool isTrainable = false, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return new WeightStore(stored, file, isTrainable, device ?? Device.Cpu);
    }

    /// <summary>
    /// A store that starts every parameter with its initialiser, from the processor's random numbers as they stand: a model
    /// begins with the same values on every device.
    /// </summary>
    /// <param name="device">Where the tensors go; the processor by default.</param>
    public static WeightStore Initialise(Device? device = null) => new(null, null, true, device ?? Device.Cpu);

    /// <summary>As <see cref="Initialise(Device?)"/>, but parameters that a checkpoint has in the right shape start with its values.</summary>
    /// <param name="start">The checkpoint's tensors under the model's own names.</param>
    /// <param name="file">The file they came from, for error messages.</param>
    /// <param name="device">Where the tensors go; the processor by default.</param>
    public static WeightStore InitialiseFrom(IReadOnlyDictionary<string, StoredTensor> start, string? file = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(start);
        return new WeightStore(start, file, true, device ?? Device.Cpu, fillsGaps: true);
    }

    /// <summary>A store that spends no memory and only lists names and shapes.</summary>
    public static WeightStore Shapes() => new(null, null, false, Device.Meta);

    /// <summary>A store that spends no memory and compares names and shapes with those of a checkpoint.</summary>
    /// <param name="stored">The checkpoint's tensors under the model's own names.</param>
    /// <param name="file">The file they came from, for error messages.</param>
    public static WeightStore Inspect(IReadOnlyDictionary<string, StoredTensor> stored, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return new WeightStore(stored, file, false, Device.Meta);
    }

    /// <summary>How the checkpoint differs from what the model asked for.</summary>
    /// <param name="isExpected">Names that may be in the checkpoint without being used; says nothing about missing ones.</param>
    public WeightDifferences Differences(Func<string, bool>? isExpected = null) => new(
        _missing,
        _misshapen,
        [.. (_stored?.Keys ?? []).Where(name => !_names.Contains(name) && isExpected?.Invoke(name) != true).Order(StringComparer.Ordinal)]);

    /// <summary>Checks that the checkpoint had every weight the model asked for, in the right shape, and nothing else.</summary>
    /// <param name="isExpected">Names that may be in the checkpoint without being used; says nothing about missing ones.</param>
    /// <exception cref="WeightsException">It did not; every difference is reported at once.</exception>
    public void ThrowIfMismatched(Func<string, bool>? isExpected = null)
    {
        var (missing, misshapen, unexpected) = Differences(isExpected);
        if (missing.Count + misshapen.Count + unexpected.Count == 0)
            return;
        var parts = new List<string>();
        if (misshapen.Count > 0)
            parts.Add($"with another shape: {List(misshapen)}");
        if (missing.Count > 0)
            parts.Add($"missing: {List(missing)}");
        if (unexpected.Count > 0)
            parts.Add($"unexpected: {List(unexpected)}");
        throw new WeightsException($"The weights in '{_file ?? "the checkpoint"}' do not fit the model ({string.Join("; ", parts)}). Check that its configuration belongs to it.")
        {
            File = _file,
            Names = [.. missing, .. misshapen, .. unexpected],
        };
    }

    /// <summary>Looks whether a result that was computed from these weights is made of numbers.</summary>
    /// <param name="result">Of any shape.</param>
    /// <returns>The result.</returns>
    /// <exception cref="WeightsException">It holds NaN or an infinite value; the first weight that does is named.</exception>
    public Tensor RequireFinite(Tensor result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return IsFinite(result) ? result : throw NotFinite();
    }

    /// <summary>As <see cref="RequireFinite(Tensor)"/>, for values that were fetched.</summary>
    public float[] RequireFinite(float[] result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Array.TrueForAll(result, float.IsFinite) ? result : throw NotFinite();
    }

    /// <summary>The error for results that are no numbers. Weights are looked at only now, so that loading stays cheap.</summary>
    public WeightsException NotFinite()
    {
        var culprit = _entries.Find(entry => entry.Tensor.DType.IsFloatingPoint() && !IsFinite(entry.Tensor));
        var file = _file ?? "the checkpoint";
        return new WeightsException(culprit is null
            ? $"What the model computes is not finite, although all weights in '{file}' are: they are too large, or do not belong to this network. Fetch or train them again."
            : $"The weights in '{file}' are damaged: '{culprit.Name}' holds values that are not finite (NaN or infinite). Fetch or train them again.")
        {
            File = _file,
            Names = culprit is null ? [] : [culprit.Name],
        };
    }

    /// <summary>Releases every tensor given out.</summary>
    public void Dispose()
    {
        foreach (var entry in _entries)
            entry.Tensor.Dispose();
        _entries.Clear();
        foreach (var release in _releases)
            release();
        _releases.Clear();
    }

    internal void OnRelease(Action release) => _releases.Add(release);

    internal Tensor Get(string name, ReadOnlySpan<long> shape, Initialiser initialiser, bool isBuffer)
    {
        if (!_names.Add(name))
            throw new InvalidOperationException($"The weight '{name}' was asked for twice.");
        var tensor = Make(name, shape, initialiser).Own();
        if (IsTrainable && !isBuffer)
            tensor.RequiresGrad = true;
        _entries.Add(new Weight(name, tensor, isBuffer));
        return tensor;
    }

    private Tensor Make(string name, ReadOnlySpan<long> shape, Initialiser initialiser)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        if (_stored is not null)
        {
            if (!_stored.TryGetValue(name, out var entry))
                _missing.Add(name);
            else if (!shape.SequenceEqual([.. entry.Shape]))
                _misshapen.Add($"'{name}' [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", shape.ToArray())}]");
            else
                return scope.Keep(Device.Type == DeviceType.Meta ? Tensor.Empty(shape, DType.Float32, Device) : Convert(Tensor.From(entry)));
        }
        if ((_stored is not null && !_fillsGaps) || Device.Type == DeviceType.Meta)
            return scope.Keep(Tensor.Empty(shape, DType.Float32, Device));
        var created = Tensor.Empty(shape, DType.Float32);
        initialiser(created);
        return scope.Keep(created.To(Device, DType.Float32));
    }

    private static bool IsFinite(Tensor tensor)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return tensor.Isfinite().All().ToArray<bool>()[0];
    }

    private Tensor Convert(Tensor tensor)
    {
        var dtype = tensor.DType.IsFloatingPoint() ? DType.Float32 : tensor.DType;
        return tensor.To(Device, dtype);
    }

    private static string List(IReadOnlyList<string> names)
    {
        const int Shown = 10;
        return names.Count <= Shown ? string.Join(", ", names) : $"{string.Join(", ", names.Take(Shown))} and {names.Count - Shown} more";
    }
}

/// <summary>A checkpoint cannot be read, or does not hold the weights that a model expects.</summary>
public sealed class WeightsException : ModelException
{
    /// <summary>Creates the error with one sentence that names the values and the remedy.</summary>
    public WeightsException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <summary>The checkpoint file the error is about, where one is known.</summary>
    public string? File { get; init; }

    /// <summary>The names of the weights the error is about.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}
