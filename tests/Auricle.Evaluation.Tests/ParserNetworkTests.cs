namespace Auricle.Evaluation.Tests;

public sealed class ParserNetworkTests
{
    [Theory]
    [InlineData(1, 3, 16)]
    [InlineData(5, 7, 32)]
    [InlineData(9, 16, 48)]
    public void AddProduct_AnyRows_EqualsPlainSum(int rows, int inner, int columns)
    {
        var random = new SeededRandom(3);
        var left = Random(random, rows, inner);
        var right = Random(random, inner, columns);
        var product = left.Times(right);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var sum = 0.0;
                for (var k = 0; k < inner; k++)
                    sum += (double)left.Row(row)[k] * right.Row(k)[column];
                Assert.Equal(sum, product.Row(row)[column], 1e-5);
            }
        }
    }

    [Fact]
    public void Learn_EveryParameter_GivesTheSlopeOfTheLoss()
    {
        var sizes = new ParserSizes(9, 3, 4, 16, 16, 16, 16);
        var random = new SeededRandom(5);
        var network = new ParserNetwork(sizes);
        network.Randomize(random);
        int[][][] sentences = [[[0], [2, 5], [3], [4, 6, 7]], [[0], [1, 8], [2]]];
        ParserTarget[] gold = [new([0, 1, 2], [2, 0, 2], [1, 0, 3]), new([1, 0], [0, 1], [0, 2])];
        double Loss() => network.Learn(sentences, gold, new ParserNoise(new SeededRandom(1), 0), new ParserNetwork(sizes));
        var gradients = new ParserNetwork(sizes);
        network.Learn(sentences, gold, new ParserNoise(new SeededRandom(1), 0), gradients);
        const float Step = 5e-4f; // small, for the rectifiers' slope jumps at zero
        foreach (var (name, parameter) in network.Parameters)
        {
            for (var trial = 0; trial < 12; trial++)
            {
                var place = random.NextInt(parameter.Values.Length);
                var value = parameter.Values[place];
                parameter.Values[place] = value + Step;
                var above = Loss();
                parameter.Values[place] = value - Step;
                var below = Loss();
                parameter.Values[place] = value;
                var slope = (above - below) / (2 * Step);
                var gradient = gradients.Parameters[name].Values[place];
                Assert.True(Math.Abs(slope - gradient) < 2e-3 + 0.03 * Math.Abs(slope), $"{name}[{place}]: slope {slope}, gradient {gradient}");
            }
        }
    }

    [Fact]
    public void Read_Batch_EqualsSentencesAlone()
    {
        var network = new ParserNetwork(new ParserSizes(9, 3, 4, 16, 16, 16, 16));
        network.Randomize(new SeededRandom(6));
        int[][][] sentences = [[[0], [2, 5], [3], [4, 6, 7]], [[0], [1, 8], [2]], [[0], [5]]];
        var batch = network.Read(sentences);
        for (var i = 0; i < sentences.Length; i++)
        {
            var alone = network.Read([sentences[i]]);
            var (expected, actual) = (ParserNetwork.Heads(alone, 0), ParserNetwork.Heads(batch, i));
            for (var word = 1; word < sentences[i].Length; word++)
            {
                Assert.Equal(network.Tags(alone, 0, word)[1], network.Tags(batch, i, word)[1], 1e-5);
                for (var head = 0; head < sentences[i].Length; head++)
                    Assert.True(head == word || Math.Abs(expected[word, head] - actual[word, head]) < 1e-5);
            }
        }
    }

    [Fact]
    public void Best_SmallSentences_EqualsTheBestOfAllTrees()
    {
        var random = new SeededRandom(7);
        for (var trial = 0; trial < 200; trial++)
        {
            var length = 2 + trial % 5;
            var scores = new double[length, length];
            for (var word = 1; word < length; word++)
            {
                for (var head = 0; head < length; head++)
                    scores[word, head] = head == word ? double.NegativeInfinity : -5 * random.NextSingle();
            }
            Assert.Equal(Trees(length).Max(heads => Sum(scores, heads)), Sum(scores, DependencyTree.Best(scores)), 1e-9);
        }

        static double Sum(double[,] scores, int[] heads) => Enumerable.Range(1, heads.Length - 1).Sum(word => scores[word, heads[word]]);
    }

    private static FloatMatrix Random(SeededRandom random, int rows, int columns)
    {
        var matrix = new FloatMatrix(rows, columns);
        foreach (ref var value in matrix.Values.AsSpan())
            value = 2 * random.NextSingle() - 1;
        return matrix;
    }

    /// <summary>Every tree over words 1 to length − 1 with one root and no crossing arcs.</summary>
    private static IEnumerable<int[]> Trees(int length)
    {
        var heads = new int[length];
        var count = (int)Math.Pow(length, length - 1);
        for (var code = 0; code < count; code++)
        {
            var rest = code;
            for (var word = 1; word < length; word++, rest /= length)
                heads[word] = rest % length;
            if (IsTree(heads))
                yield return [.. heads];
        }
    }

    private static bool IsTree(int[] heads)
    {
        if (heads.Skip(1).Count(head => head == 0) != 1)
            return false;
        for (var word = 1; word < heads.Length; word++)
        {
            var steps = 0;
            for (var place = word; place != 0; place = heads[place])
            {
                if (steps++ > heads.Length)
                    return false;
            }
            for (var other = 1; other < heads.Length; other++)
            {
                var (a, b) = (Math.Min(word, heads[word]), Math.Max(word, heads[word]));
                var (c, d) = (Math.Min(other, heads[other]), Math.Max(other, heads[other]));
                if (a < c && c < b && b < d)
                    return false;
            }
        }
        return true;
    }
}
