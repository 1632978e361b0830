using Auricle.Torch;
using Auricle.Torch.Layers;
using Auricle.Torch.Optimisers;

namespace Auricle.Evaluation.Neural;

/// <summary>
/// The small network that HEAR trains upon vectors: linear layers with batch norm, dropout and ReLU, in this order, and a linear one at the end. What is drawn
/// at random depends on a seed alone and not on the generator of libtorch, so that several can learn at once and results stay the same.
/// </summary>
internal sealed class HearPredictor : IDisposable
{
    private readonly WeightStore _store;
    private readonly (Linear Linear, BatchNorm Norm)[] _hidden;
    private readonly Linear _last;
    private readonly SplitMix64 _random;
    private readonly HearPoint _point;
    private readonly HearTask _task;

    /// <summary>Starts at random.</summary>
    /// <param name="task">What is predicted.</param>
    /// <param name="point">The size of the network and how it is trained.</param>
    /// <param name="width">The size of vectors.</param>
    /// <param name="seed">Decides the first weights and what dropout leaves out.</param>
    /// <param name="device">Where it computes.</param>
    public HearPredictor(HearTask task, HearPoint point, long width, ulong seed, Device device)
    {
        (_task, _point, _random) = (task, point, new SplitMix64(seed));
        _store = WeightStore.Initialise(device);
        _hidden = new (Linear, BatchNorm)[point.HiddenLayers];
        var root = _store.Root;
        for (var i = 0; i < _hidden.Length; i++)
        {
            _hidden[i] = (Layer(root / "hidden" / i, width, point.HiddenWidth, i == 0 ? 1 : Math.Sqrt(2)), new BatchNorm(root / "norms" / i, point.HiddenWidth));
            width = point.HiddenWidth;
        }
        _last = Layer(root / "last", width, task.Labels.Count, _hidden.Length == 0 ? 1 : Math.Sqrt(2));
    }

    /// <summary>The value by which the best state was chosen: the task's first score, or the loss.</summary>
    public double Validation { get; private set; } = double.NaN;

    /// <summary>After how many epochs that state was reached.</summary>
    public int Epoch { get; private set; }

    /// <summary>How events are made at that state.</summary>
    public EventPostprocessing? Postprocessing { get; private set; }

    /// <summary>Whether a value of <see cref="Validation"/> is better than another.</summary>
    public static bool IsBetter(HearTask task, double value, double than) => task.StopsByScore && !task.Measures[0].IsLowerBetter ? Known(value, 0) > Known(than, double.NegativeInfinity)
        : Known(value, double.MaxValue) < Known(than, double.PositiveInfinity);

    /// <summary>Learns, and ends in the state that was best on the validation rows.</summary>
    public void Train(HearRows train, HearRows validation, CancellationToken cancellationToken)
    {
        using var optimiser = new AdamW(_store.Entries, new AdamWOptions { WeightDecay = 0 });
        using var best = new Snapshot(_store);
        var waited = 0;
        for (var epoch = 1; epoch <= _point.MaximumEpochs && waited < _point.Patience; epoch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var start = 0; start < train.Count; start += _point.BatchSize)
                Step(optimiser, train, start, Math.Min(_point.BatchSize, train.Count - start));
            // A grid that ends before its first look has one at its end.
            if (epoch % _point.CheckEvery != 0 && (epoch != _point.MaximumEpochs || Epoch > 0))
                continue;
            var (value, processing) = Validate(validation);
            if (!IsBetter(_task, value, Epoch == 0 ? double.NaN : Validation))
            {
                waited++;
                continue;
            }
            (Validation, Postprocessing, Epoch, waited) = (value, processing, epoch, 0);
            best.Take();
        }
        best.Restore();
    }

    /// <summary>The probabilities of labels.</summary>
    /// <returns>[rows, labels] in row-major order.</returns>
    public float[] Predict(HearRows rows) => Predict(rows, out _);

    /// <summary>All scores of the task, events made as at the best state.</summary>
    public IReadOnlyList<(string Name, double Value)> Score(HearRows rows)
    {
        var probabilities = Predict(rows);
        if (!_task.IsOfEvents)
            return [.. _task.Measures.Select(measure => (measure.Name, measure.Of(rows.Table(probabilities))))];
        var events = rows.Events(probabilities, Postprocessing!);
        return [.. _task.Measures.SelectMany(measure => measure.Of(events))];
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => _store.Dispose();

    private static double Known(double value, double other) => double.IsNaN(value) ? other : value;

    private void Step(AdamW optimiser, HearRows rows, int start, int count)
    {
        // One row has no statistics to be normalised by.
        if (count == 1 && _hidden.Length > 0)
            return;
        using var scope = TensorScope.Begin();
        optimiser.ZeroGrad();
        Loss(Forward(rows.Vectors.Narrow(0, start, count), isTraining: true), rows.Targets.Narrow(0, start, count)).Backward();
        optimiser.Step(_point.LearningRate);
    }

    private (double Value, EventPostprocessing? Processing) Validate(HearRows rows)
    {
        var probabilities = Predict(rows, out var loss);
        var measure = _task.Measures[0];
        if (!_task.IsOfEvents)
            return (_task.StopsByScore ? measure.Of(rows.Table(probabilities)) : loss, null);
        if (!_task.StopsByScore)
            return (loss, _task.Postprocessing[0]);
        // Of equals the one that leaves out more.
        var tried = _task.Postprocessing.Select(processing => (Value: measure.Of(rows.Events(probabilities, processing))[0].Value, Processing: processing))
            .OrderBy(item => item.Processing.MedianFilterMilliseconds).ThenBy(item => item.Processing.MinimumMilliseconds).ToArray();
        var best = tried[^1];
        foreach (var item in tried.Reverse())
        {
            if (IsBetter(_task, item.Value, Known(best.Value, measure.IsLowerBetter ? double.MaxValue : 0)))
                best = item;
        }
        return best;
    }

    private float[] Predict(HearRows rows, out double loss)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var probabilities = new float[rows.Count * rows.Labels];
        var sum = 0.0;
        for (var start = 0; start < rows.Count; start += _point.BatchSize)
        {
            using var inner = TensorScope.Begin();
            var count = Math.Min(_point.BatchSize, rows.Count - start);
            var logits = Forward(rows.Vectors.Narrow(0, start, count), isTraining: false);
            sum += Loss(logits, rows.Targets.Narrow(0, start, count)).ToDouble() * count;
            (_task.IsMultilabel ? logits.Sigmoid() : logits.Softmax(1)).On(Device.Cpu).CopyTo(probabilities.AsSpan(start * rows.Labels, count * rows.Labels));
        }
        loss = sum / rows.Count;
        return probabilities;
    }

    private Tensor Loss(Tensor logits, Tensor targets) => _task.IsMultilabel ? logits.BinaryCrossEntropyWithLogits(targets) : logits.CrossEntropyLoss(targets);

    private Tensor Forward(Tensor vectors, bool isTraining)
    {
        foreach (var (linear, norm) in _hidden)
        {
            vectors = norm.Forward(linear.Forward(vectors), isTraining);
            if (isTraining && _point.Dropout > 0)
                vectors = vectors.Mul(Mask(vectors));
            vectors = vectors.Relu();
        }
        return _last.Forward(vectors);
    }

    /// <summary>Zeros where values are left out; the others make up for it.</summary>
    private Tensor Mask(Tensor values)
    {
        const int Draws = 1 << 16;
        var bound = (ulong)Math.Round(_point.Dropout * Draws);
        var kept = (float)(1 / (1 - (double)bound / Draws));
        var mask = Tensor.Empty(values.Shape.ToArray(), DType.Float32);
        var places = mask.Span<float>();
        for (var i = 0; i < places.Length;)
        {
            // Four draws of sixteen bits.
            var bits = _random.NextBits();
            for (var end = Math.Min(places.Length, i + 4); i < end; i++, bits >>= 16)
                places[i] = (bits & (Draws - 1)) < bound ? 0 : kept;
        }
        return mask.On(values.Device);
    }

    private Linear Layer(Weights weights, long inputs, long outputs, double gain)
    {
        var bound = gain * Math.Sqrt(6.0 / (inputs + outputs));
        var fanIn = 1 / Math.Sqrt(inputs);
        return new Linear(weights, inputs, outputs, initialiser: Drawn(_point.StartsNormal ? () => bound / Math.Sqrt(3) * Normal() : () => _random.Uniform(-bound, bound)),
            biasInitialiser: Drawn(() => _random.Uniform(-fanIn, fanIn)));

        static Initialiser Drawn(Func<double> draw) => parameter =>
        {
            var values = parameter.Span<float>();
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)draw();
        };
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    /// <summary>The weights as they were at one time.</summary>
    private sealed class Snapshot(WeightStore store) : IDisposable
    {
        private (Tensor From, Tensor To)[] _copies = [];

        public void Take()
        {
            using var noGrad = NoGrad.Begin();
            if (_copies.Length == 0)
                _copies = [.. store.Entries.Select(entry => (entry.Tensor, entry.Tensor.ZerosLike().Own()))];
            foreach (var (from, to) in _copies)
                to.CopyInPlace(from);
        }

        public void Restore()
        {
            using var noGrad = NoGrad.Begin();
            foreach (var (from, to) in _copies)
                from.CopyInPlace(to);
        }

        public void Dispose()
        {
            foreach (var (_, copy) in _copies)
                copy.Dispose();
        }
    }
}
