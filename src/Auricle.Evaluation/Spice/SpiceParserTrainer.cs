using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Auricle.Evaluation;

/// <summary>How the caption parser is trained; the same options and data give the same parser.</summary>
public sealed record SpiceParserOptions
{
    /// <summary>Networks that parse side by side; the scores are averaged.</summary>
    public int Members { get; init; } = 4;

    /// <summary>Passes over the captions.</summary>
    public int Epochs { get; init; } = 40;

    /// <summary>Share of captions that are varied in a pass, by phrases of other captions.</summary>
    public double Varied { get; init; } = 0.8;

    /// <summary>Captions of one step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Largest learning rate; it falls to zero in a straight line.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Share of values that are dropped while learning.</summary>
    public double Dropout { get; init; } = 0.25;

    /// <summary>Width of word and affix embeddings; a multiple of 16.</summary>
    public int Embedding { get; init; } = 64;

    /// <summary>Hidden width of one direction of an LSTM layer; a multiple of 16.</summary>
    public int Width { get; init; } = 96;

    /// <summary>Seed of the first network; the others follow.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>How far training is.</summary>
/// <param name="Member">Network in work, from 0.</param>
/// <param name="Epoch">Pass that ended, from 0.</param>
/// <param name="Loss">Its mean loss of a word.</param>
public readonly record struct SpiceParserProgress(int Member, int Epoch, double Loss);

/// <summary>Trains the parser of <see cref="Spice"/> with Adam, each network on a thread of its own.</summary>
public static class SpiceParserTrainer
{
    private const double WarmUpSteps = 200;
    private const float Rareness = 0.25f;
    private const double LargestNorm = 5;

    /// <summary>Trains on parsed captions.</summary>
    /// <exception cref="ArgumentException">There are no captions.</exception>
    public static SpiceParser Train(
        IReadOnlyList<TreebankSentence> sentences, SpiceParserOptions options, IProgress<SpiceParserProgress>? progress = null,
            CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        ArgumentNullException.ThrowIfNull(options);
        if (sentences.Count == 0)
            throw new ArgumentException("There are no parsed captions to learn from.", nameof(sentences));
        var vocabulary = ParserVocabulary.Of(sentences.SelectMany(sentence => sentence.Tokens), 2, 4);
        var tags = sentences.SelectMany(sentence => sentence.Tags).Distinct().Order(StringComparer.Ordinal).ToArray();
        var relations = sentences.SelectMany(sentence => sentence.Relations).Distinct().Order(StringComparer.Ordinal).ToArray();
        var sizes = new ParserSizes(vocabulary.Count, tags.Length, relations.Length, options.Embedding, options.Width, options.Width, options.Width);
        Example ExampleOf(TreebankSentence sentence) => new(
            vocabulary.OfSentence(sentence.Tokens),
            new ParserTarget(
                [.. sentence.Tags.Select(tag => Array.IndexOf(tags, tag))],
                [.. sentence.Heads],
                [.. sentence.Relations.Select(relation => Array.IndexOf(relations, relation))]));
        var examples = sentences.Select(ExampleOf).ToArray();
        var counts = new int[vocabulary.Count];
        foreach (var word in examples.SelectMany(example => example.Features))
            counts[word[0]]++;
        var exchange = new SubtreeExchange(sentences);
        // A pass over the captions, most of them varied.
        Example[] Pass(SeededRandom random) => [.. examples.Select((example, i) => random.NextSingle() < options.Varied
            ? ExampleOf(exchange.Vary(sentences[i], random)) : example)];
        var networks = new ParserNetwork[options.Members];
        var parallel = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, options.Members, parallel, member =>
            networks[member] = TrainMember(Pass, examples.Length, counts, sizes, options, member, progress, cancellationToken));
        var parser = new SpiceParser(vocabulary, tags, relations, Lemmas(sentences), networks);
        parser.Round();
        return parser;
    }

    /// <summary>Lemmas that spelling alone does not give, by the first letter of the tag and the word.</summary>
    internal static Dictionary<string, string> Lemmas(IReadOnlyList<TreebankSentence> sentences)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var sentence in sentences)
        {
            for (var i = 0; i < sentence.Tokens.Count; i++)
            {
                if (SpiceLemmatizer.Of(sentence.Tokens[i], sentence.Tags[i]) != sentence.Lemmas[i])
                    result[$"{SpiceLemmatizer.Class(sentence.Tags[i])}{sentence.Tokens[i].ToLowerInvariant()}"] = sentence.Lemmas[i];
            }
        }
        return new(result, StringComparer.Ordinal);
    }

    private static ParserNetwork TrainMember(
        Func<SeededRandom, Example[]> pass, int count, int[] counts, ParserSizes sizes, SpiceParserOptions options, int member,
            IProgress<SpiceParserProgress>? progress, CancellationToken cancellationToken)
    {
        var random = new SeededRandom((ulong)(options.Seed + member));
        var network = new ParserNetwork(sizes);
        network.Randomize(random);
        var noise = new ParserNoise(random, (float)options.Dropout);
        var optimizer = new Adam(network);
        var order = Enumerable.Range(0, count).ToArray();
        var steps = options.Epochs * ((count + options.BatchSize - 1) / options.BatchSize);
        var step = 0;
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            var loss = 0.0;
            var examples = pass(random);
            var batches = Batches(examples, order, options.BatchSize, random);
            foreach (var batch in batches)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var features = batch.Select(index => Forget(examples[index].Features, counts, random)).ToArray();
                loss += network.Learn(features, [.. batch.Select(index => examples[index].Target)], noise, optimizer.Gradients);
                step++;
                var rate = options.LearningRate * Math.Min(step / WarmUpSteps, 1) * (1 - (double)(step - 1) / steps);
                optimizer.Step(rate, LargestNorm);
            }
            progress?.Report(new SpiceParserProgress(member, epoch, loss / batches.Count));
        }
        return network;
    }

    /// <summary>Captions of like length stand together, so that few words wait for others; batches come in random order.</summary>
    private static List<int[]> Batches(Example[] examples, int[] order, int size, SeededRandom random)
    {
        random.Shuffle<int>(order);
        var sorted = order.OrderByDescending(index => examples[index].Features.Length).ToArray();
        var batches = sorted.Chunk(size).ToArray();
        random.Shuffle<int[]>(batches);
        return [.. batches];
    }

    /// <summary>Takes rare words for unknown ones now and then, so that the unknown word is learned as well.</summary>
    private static int[][] Forget(int[][] features, int[] counts, SeededRandom random) => Array.ConvertAll(features, word =>
        word[0] > ParserVocabulary.Unknown && random.NextSingle() < Rareness / (Rareness + counts[word[0]])
            ? [ParserVocabulary.Unknown, .. word.AsSpan(1)] : word);

    private sealed record Example(int[][] Features, ParserTarget Target);

    /// <summary>Adam with a bound on the gradient's norm.</summary>
    private sealed class Adam(ParserNetwork network)
    {
        private const float First = 0.9f;
        private const float Second = 0.98f;
        private const float Tiny = 1e-8f;

        private readonly ParserNetwork _means = new(network.Sizes);
        private readonly ParserNetwork _squares = new(network.Sizes);
        private int _steps;

        public ParserNetwork Gradients { get; } = new(network.Sizes);

        public void Step(double rate, double largestNorm)
        {
            _steps++;
            var norm = Math.Sqrt(Gradients.Parameters.Values.Sum(values => (double)TensorPrimitives.SumOfSquares<float>(values.Values)));
            var scale = norm > largestNorm ? (float)(largestNorm / norm) : 1;
            var size = (float)(rate * Math.Sqrt(1 - Math.Pow(Second, _steps)) / (1 - Math.Pow(First, _steps)));
            foreach (var (name, parameter) in network.Parameters)
                Update(parameter.Values, Gradients.Parameters[name].Values, _means.Parameters[name].Values, _squares.Parameters[name].Values,
                    scale, size);
        }

        private static void Update(Span<float> values, Span<float> gradients, Span<float> means, Span<float> squares, float scale, float size)
        {
            // Every parameter has a multiple of 16 values.
            for (var i = 0; i < values.Length; i += Vector256<float>.Count)
            {
                var gradient = scale * Vector256.Create<float>(gradients[i..]);
                var mean = First * Vector256.Create<float>(means[i..]) + (1 - First) * gradient;
                var square = Second * Vector256.Create<float>(squares[i..]) + (1 - Second) * gradient * gradient;
                mean.CopyTo(means[i..]);
                square.CopyTo(squares[i..]);
                (Vector256.Create<float>(values[i..]) - size * mean / (Vector256.Sqrt(square) + Vector256.Create(Tiny))).CopyTo(values[i..]);
            }
            gradients.Clear();
        }
    }
}
