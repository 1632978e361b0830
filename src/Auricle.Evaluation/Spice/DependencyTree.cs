namespace Auricle.Evaluation;

/// <summary>Finds the best tree of heads without crossing arcs.</summary>
internal static class DependencyTree
{
    // Larger than any sum of log-probabilities of a sentence the parser reads at once; makes a second root a last resort.
    private const double SecondRootCost = 1e6;

    /// <summary>The projective tree with one root whose arcs score best (J. Eisner's algorithm, cubic in the number of words).</summary>
    /// <param name="scores">Score of each head for each word, as <c>[word, head]</c>; 0 is the root.</param>
    /// <returns>The head of each word from 1; the first entry is without meaning.</returns>
    public static int[] Best(double[,] scores)
    {
        var length = scores.GetLength(0);
        var chart = new Chart(length);
        for (var span = 1; span < length; span++)
        {
            for (var left = 0; left + span < length; left++)
                Fill(chart, scores, left, left + span);
        }
        var heads = new int[length];
        Collect(chart, heads, 0, length - 1, Shape.CompleteRight);
        return heads;
    }

    private static void Fill(Chart chart, double[,] scores, int left, int right)
    {
        var (best, split) = (double.NegativeInfinity, left);
        for (var middle = left; middle < right; middle++)
        {
            var value = chart[Shape.CompleteRight, left, middle] + chart[Shape.CompleteLeft, middle + 1, right];
            if (value > best)
                (best, split) = (value, middle);
        }
        var leftArc = left == 0 ? double.NegativeInfinity : scores[left, right];
        chart.Set(Shape.OpenLeft, left, right, best + leftArc, split);
        chart.Set(Shape.OpenRight, left, right, best + scores[right, left] - (left == 0 ? SecondRootCost : 0), split);
        (best, split) = (double.NegativeInfinity, left);
        for (var middle = left; middle < right; middle++)
        {
            var value = chart[Shape.CompleteLeft, left, middle] + chart[Shape.OpenLeft, middle, right];
            if (value > best)
                (best, split) = (value, middle);
        }
        chart.Set(Shape.CompleteLeft, left, right, best, split);
        (best, split) = (double.NegativeInfinity, left + 1);
        for (var middle = left + 1; middle <= right; middle++)
        {
            var value = chart[Shape.OpenRight, left, middle] + chart[Shape.CompleteRight, middle, right];
            if (value > best)
                (best, split) = (value, middle);
        }
        chart.Set(Shape.CompleteRight, left, right, best, split);
    }

    private static void Collect(Chart chart, int[] heads, int left, int right, Shape shape)
    {
        if (left == right)
            return;
        var split = chart.Split(shape, left, right);
        switch (shape)
        {
            case Shape.CompleteRight:
                Collect(chart, heads, left, split, Shape.OpenRight);
                Collect(chart, heads, split, right, Shape.CompleteRight);
                break;
            case Shape.CompleteLeft:
                Collect(chart, heads, left, split, Shape.CompleteLeft);
                Collect(chart, heads, split, right, Shape.OpenLeft);
                break;
            default:
                heads[shape == Shape.OpenRight ? right : left] = shape == Shape.OpenRight ? left : right;
                Collect(chart, heads, left, split, Shape.CompleteRight);
                Collect(chart, heads, split + 1, right, Shape.CompleteLeft);
                break;
        }
    }

    /// <summary>Parts of a tree over a span: whole or lacking the far word's other side, headed by its left word (right-going) or its right
    /// word.</summary>
    private enum Shape
    {
        CompleteRight,
        CompleteLeft,
        OpenRight,
        OpenLeft,
    }

    private sealed class Chart(int length)
    {
        private readonly double[] _values = new double[4 * length * length];
        private readonly int[] _splits = new int[4 * length * length];

        public double this[Shape shape, int left, int right] => _values[Place(shape, left, right)];

        public int Split(Shape shape, int left, int right) => _splits[Place(shape, left, right)];

        public void Set(Shape shape, int left, int right, double value, int split)
        {
            _values[Place(shape, left, right)] = value;
            _splits[Place(shape, left, right)] = split;
        }

        private int Place(Shape shape, int left, int right) => ((int)shape * length + left) * length + right;
    }
}
