using System.Numerics.Tensors;

namespace Auricle.Evaluation;

/// <summary>
/// The network of the caption parser: word and affix embeddings, two bidirectional LSTM layers, then Penn tags, a biaffine score of every head and a
/// relation for a chosen head.
/// </summary>
/// <remarks>After T. Dozat and C. D. Manning, "Deep Biaffine Attention for Neural Dependency Parsing", ICLR 2017, in small.</remarks>
internal sealed partial class ParserNetwork
{
    private const float Leak = 0.1f;

    private readonly (LstmLayer Forward, LstmLayer Backward)[] _layers;
    private readonly Dictionary<string, FloatMatrix> _parameters = [];

    /// <summary>A network of zeros.</summary>
    public ParserNetwork(ParserSizes sizes)
    {
        Sizes = sizes;
        Embeddings = Add("embeddings", sizes.Features, sizes.Embedding);
        _layers = new (LstmLayer, LstmLayer)[ParserSizes.Layers];
        for (var i = 0; i < _layers.Length; i++)
        {
            var inputs = i == 0 ? sizes.Embedding : 2 * sizes.Width;
            _layers[i] = (AddLayer($"layer{i}.forward", inputs, false), AddLayer($"layer{i}.backward", inputs, true));
        }
        var width = 2 * sizes.Width;
        TagWeight = Add("tag.weight", width, Padded(sizes.Tags));
        TagBias = Add("tag.bias", 1, Padded(sizes.Tags));
        ArcDependent = Add("arc.dependent.weight", width, sizes.Arc);
        ArcDependentBias = Add("arc.dependent.bias", 1, sizes.Arc);
        ArcHead = Add("arc.head.weight", width, sizes.Arc);
        ArcHeadBias = Add("arc.head.bias", 1, sizes.Arc);
        ArcForm = Add("arc.form", sizes.Arc, sizes.Arc);
        ArcPrior = Add("arc.prior", 1, sizes.Arc);
        RelationDependent = Add("relation.dependent.weight", width, sizes.Relation);
        RelationHead = Add("relation.head.weight", width, sizes.Relation);
        RelationHidden = Add("relation.hidden.bias", 1, sizes.Relation);
        RelationWeight = Add("relation.weight", sizes.Relation, Padded(sizes.Relations));
        RelationBias = Add("relation.bias", 1, Padded(sizes.Relations));
    }

    public ParserSizes Sizes { get; }

    /// <summary>Every parameter by name, in a fixed order.</summary>
    public IReadOnlyDictionary<string, FloatMatrix> Parameters => _parameters;

    private FloatMatrix Embeddings { get; }

    private FloatMatrix TagWeight { get; }

    private FloatMatrix TagBias { get; }

    private FloatMatrix ArcDependent { get; }

    private FloatMatrix ArcDependentBias { get; }

    private FloatMatrix ArcHead { get; }

    private FloatMatrix ArcHeadBias { get; }

    private FloatMatrix ArcForm { get; }

    private FloatMatrix ArcPrior { get; }

    private FloatMatrix RelationDependent { get; }

    private FloatMatrix RelationHead { get; }

    private FloatMatrix RelationHidden { get; }

    private FloatMatrix RelationWeight { get; }

    private FloatMatrix RelationBias { get; }

    /// <summary>Reads a batch of sentences, the longest first.</summary>
    /// <param name="sentences">For each sentence and word the features it has; the first word stands for the root.</param>
    public ParserBatch Read(IReadOnlyList<int[][]> sentences) => Read(sentences, null);

    /// <summary>The log-probability of each tag for a word.</summary>
    public double[] Tags(ParserBatch batch, int sentence, int word)
    {
        var scores = new float[TagWeight.Columns];
        TagBias.Values.CopyTo(scores, 0);
        FloatMatrix.AddProduct(batch.Output.Row(batch.RowOf(sentence, word)), TagWeight, scores, 1);
        return LogSoftmax(scores.AsSpan(0, Sizes.Tags));
    }

    /// <summary>For each word (from 1) the log-probability of each head (0 is the root), as <c>[word, head]</c>; the row and diagonal without
    /// meaning are minus infinity.</summary>
    public static double[,] Heads(ParserBatch batch, int sentence)
    {
        var length = batch.Lengths[sentence];
        var result = new double[length, length];
        var scores = new float[length];
        for (var word = 0; word < length; word++)
        {
            result[word, word] = double.NegativeInfinity;
            if (word == 0)
                continue;
            var form = batch.ArcForms.Row(batch.RowOf(sentence, word));
            for (var head = 0; head < length; head++)
                scores[head] = head == word ? float.NegativeInfinity : FloatMatrix.Dot(form, batch.ArcHeads.Row(batch.RowOf(sentence, head)));
            var logarithms = LogSoftmax(scores);
            for (var head = 0; head < length; head++)
                result[word, head] = logarithms[head];
        }
        return result;
    }

    /// <summary>The log-probability of each relation between a word and a head.</summary>
    public double[] Relations(ParserBatch batch, int sentence, int word, int head)
    {
        var hidden = new float[Sizes.Relation];
        JoinRelation(batch, sentence, word, head, hidden);
        for (var i = 0; i < hidden.Length; i++)
            hidden[i] = Rectify(hidden[i]);
        var scores = new float[RelationWeight.Columns];
        RelationBias.Values.CopyTo(scores, 0);
        FloatMatrix.AddProduct(hidden, RelationWeight, scores, 1);
        return LogSoftmax(scores.AsSpan(0, Sizes.Relations));
    }

    private static int Padded(int count) => (count + 15) / 16 * 16;

    private static float Rectify(float value) => value >= 0 ? value : Leak * value;

    private static double[] LogSoftmax(ReadOnlySpan<float> scores)
    {
        var largest = double.NegativeInfinity;
        foreach (var score in scores)
            largest = Math.Max(largest, score);
        var sum = 0.0;
        foreach (var score in scores)
            sum += Math.Exp(score - largest);
        var shift = largest + Math.Log(sum);
        var result = new double[scores.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = scores[i] - shift;
        return result;
    }

    private ParserBatch Read(IReadOnlyList<int[][]> sentences, ParserNoise? noise)
    {
        var batch = new ParserBatch(sentences);
        var shape = batch.Shape;
        batch.Embedded = new FloatMatrix(shape.Rows, Sizes.Embedding);
        for (var sentence = 0; sentence < sentences.Count; sentence++)
        {
            for (var word = 0; word < sentences[sentence].Length; word++)
            {
                var target = batch.Embedded.Row(batch.RowOf(sentence, word));
                foreach (var feature in sentences[sentence][word])
                    TensorPrimitives.Add(target, Embeddings.Row(feature), target);
            }
        }
        noise?.Drop(batch.Embedded);
        var input = batch.Embedded;
        foreach (var (forward, backward) in _layers)
        {
            var states = (Forward: forward.Forward(input, shape), Backward: backward.Forward(input, shape));
            var output = Join(states.Forward.Hidden, states.Backward.Hidden);
            noise?.Drop(output);
            batch.Layers.Add((input, states.Forward, states.Backward));
            input = output;
        }
        batch.Output = input;
        batch.ArcDependents = Project(batch.Output, ArcDependent, ArcDependentBias);
        batch.ArcHeads = Project(batch.Output, ArcHead, ArcHeadBias);
        noise?.Drop(batch.ArcDependents);
        noise?.Drop(batch.ArcHeads);
        batch.ArcForms = Repeated(ArcPrior, shape.Rows);
        FloatMatrix.AddProduct(batch.ArcDependents.Values, ArcForm, batch.ArcForms.Values, shape.Rows);
        batch.RelationDependents = Repeated(RelationHidden, shape.Rows);
        FloatMatrix.AddProduct(batch.Output.Values, RelationDependent, batch.RelationDependents.Values, shape.Rows);
        batch.RelationHeads = batch.Output.Times(RelationHead);
        return batch;
    }

    private static void JoinRelation(ParserBatch batch, int sentence, int word, int head, Span<float> hidden)
    {
        TensorPrimitives.Add(
            batch.RelationDependents.Row(batch.RowOf(sentence, word)), batch.RelationHeads.Row(batch.RowOf(sentence, head)), hidden);
    }

    private static FloatMatrix Repeated(FloatMatrix row, int count)
    {
        var result = new FloatMatrix(count, row.Columns);
        for (var i = 0; i < count; i++)
            row.Values.CopyTo(result.Row(i));
        return result;
    }

    private static FloatMatrix Project(FloatMatrix input, FloatMatrix weight, FloatMatrix bias)
    {
        var result = Repeated(bias, input.Rows);
        FloatMatrix.AddProduct(input.Values, weight, result.Values, input.Rows);
        foreach (ref var value in result.Values.AsSpan())
            value = Rectify(value);
        return result;
    }

    private static FloatMatrix Join(FloatMatrix left, FloatMatrix right)
    {
        var result = new FloatMatrix(left.Rows, left.Columns + right.Columns);
        for (var row = 0; row < left.Rows; row++)
        {
            left.Row(row).CopyTo(result.Row(row));
            right.Row(row).CopyTo(result.Row(row)[left.Columns..]);
        }
        return result;
    }

    private FloatMatrix Add(string name, int rows, int columns) => _parameters[name] = new FloatMatrix(rows, columns);

    private LstmLayer AddLayer(string name, int inputs, bool isReversed) => new(
        Add($"{name}.input", inputs, 4 * Sizes.Width), Add($"{name}.recurrent", Sizes.Width, 4 * Sizes.Width),
            Add($"{name}.bias", 1, 4 * Sizes.Width), isReversed);
}

/// <summary>Sizes of the caption parser's network.</summary>
/// <param name="Features">Words and affixes with an embedding.</param>
/// <param name="Tags">Penn tags.</param>
/// <param name="Relations">Dependency relations.</param>
/// <param name="Embedding">Width of an embedding; a multiple of 16, as are the others.</param>
/// <param name="Width">Hidden width of one LSTM direction.</param>
/// <param name="Arc">Width in which heads are scored.</param>
/// <param name="Relation">Width in which relations are scored.</param>
internal sealed record ParserSizes(int Features, int Tags, int Relations, int Embedding, int Width, int Arc, int Relation)
{
    /// <summary>Number of bidirectional layers.</summary>
    public const int Layers = 2;
}

/// <summary>What the network computed of some sentences.</summary>
internal sealed class ParserBatch
{
    public ParserBatch(IReadOnlyList<int[][]> sentences)
    {
        Sentences = sentences;
        Lengths = [.. sentences.Select(words => words.Length)];
        Shape = new PackedShape(Lengths);
    }

    public IReadOnlyList<int[][]> Sentences { get; }

    public int[] Lengths { get; }

    public PackedShape Shape { get; }

    public FloatMatrix Embedded { get; set; } = null!;

    public List<(FloatMatrix Input, LstmStates Forward, LstmStates Backward)> Layers { get; } = [];

    public FloatMatrix Output { get; set; } = null!; // [words, 2 × width]

    public FloatMatrix ArcDependents { get; set; } = null!;

    public FloatMatrix ArcForms { get; set; } = null!;

    public FloatMatrix ArcHeads { get; set; } = null!;

    public FloatMatrix RelationDependents { get; set; } = null!;

    public FloatMatrix RelationHeads { get; set; } = null!;

    public int RowOf(int sentence, int word) => Shape.Starts[word] + sentence;
}
