using System.Globalization;

namespace Auricle.Torch;

/// <summary>
/// A place in a <see cref="WeightStore"/>: <c>weights / "stages" / 0 / "dwconv"</c>, then <c>Get("weight", [96, 1, 7, 7])</c>.
/// The code that builds a model from it is the same whether the store holds a checkpoint, starts at random or only
/// lists names and shapes.
/// </summary>
public readonly struct Weights
{
    private readonly WeightStore _store;

    internal Weights(WeightStore store, string path) => (_store, Path) = (store, path);

    /// <summary>The names from the root to here, joined by dots.</summary>
    public string Path { get; }

    /// <summary>Whether the store's tensors are to be trained: then nothing derived from them may be stored in their place.</summary>
    public bool IsTrainable => _store.IsTrainable;

    /// <summary>Where the store's tensors lie, and so where what belongs to them must.</summary>
    public Device Device => _store.Device;

    /// <summary>Goes one name down.</summary>
    public static Weights operator /(Weights weights, string name) => new(weights._store, weights.Join(name));

    /// <summary>Goes one index down.</summary>
    public static Weights operator /(Weights weights, int index) => weights / index.ToString(CultureInfo.InvariantCulture);

    /// <summary>Goes one name down; the spelled-out form of the operator.</summary>
    public static Weights Divide(Weights left, string right) => left / right;

    /// <summary>A parameter by name. The store owns it.</summary>
    /// <param name="name">The last part of the name.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <param name="initialiser">Fills a new one where the model starts at random.</param>
    public Tensor Get(string name, ReadOnlySpan<long> shape, Initialiser initialiser) => _store.Get(Join(name), shape, initialiser, isBuffer: false);

    /// <summary>A tensor that is stored with the model but not trained, such as running statistics.</summary>
    public Tensor GetBuffer(string name, ReadOnlySpan<long> shape, Initialiser initialiser) => _store.Get(Join(name), shape, initialiser, isBuffer: true);

    /// <summary>Has something released together with the store: what a layer derived from its weights and keeps.</summary>
    /// <param name="release">Called once.</param>
    public void OnRelease(Action release) => _store.OnRelease(release);

    private string Join(string name) => Path.Length == 0 ? name : $"{Path}.{name}";
}

/// <summary>Fills a new parameter in place.</summary>
public delegate void Initialiser(Tensor parameter);

/// <summary>The usual initial values of parameters.</summary>
public static class Initialisers
{
    /// <summary>All zero.</summary>
    public static void Zeros(Tensor parameter) => parameter.ZeroInPlace();

    /// <summary>All one.</summary>
    public static void Ones(Tensor parameter) => parameter.FillInPlace(1);

    /// <summary>All the same value.</summary>
    public static Initialiser Constant(double value) => parameter => parameter.FillInPlace(value);

    /// <summary>Normally distributed around zero.</summary>
    public static Initialiser Normal(double standardDeviation) => parameter => parameter.NormalInPlace(0, standardDeviation);

    /// <summary>Normal, with what lies beyond two standard deviations moved to the edge.</summary>
    public static Initialiser TruncatedNormal(double standardDeviation) => parameter =>
    {
        parameter.NormalInPlace(0, standardDeviation);
        parameter.ClampInPlace(-2 * standardDeviation, 2 * standardDeviation);
    };

    /// <summary>Uniform in ±bound.</summary>
    public static Initialiser Uniform(double bound) => parameter => parameter.UniformInPlace(-bound, bound);

    /// <summary>PyTorch's default for linear and convolution layers: uniform in ±1/√(inputs of one output).</summary>
    public static Initialiser FanIn(long inputs) => Uniform(1 / Math.Sqrt(inputs));

    /// <summary>Uniform in ±√(6 / (rows + columns)) of a matrix (Glorot and Bengio 2010).</summary>
    public static void XavierUniform(Tensor parameter)
    {
        var bound = Math.Sqrt(6.0 / (parameter.Size(0) + parameter.Size(1)));
        parameter.UniformInPlace(-bound, bound);
    }
}
