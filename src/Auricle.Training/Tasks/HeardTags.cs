using Auricle.Torch;

namespace Auricle.Training;

/// <summary>The tags of some examples, as a decoder is to read them.</summary>
internal sealed class HeardTags
{
    private readonly float[] _clips, _windows;
    private readonly int _labels, _most;

    /// <param name="clips">Logits, [batch, labels].</param>
    /// <param name="windows">Logits, [batch, windows, labels].</param>
    public HeardTags(Tensor clips, Tensor windows)
    {
        (_labels, _most) = ((int)clips.Size(1), (int)windows.Size(1));
        (_clips, _windows) = (clips.ToArray<float>(), windows.ToArray<float>());
    }

    /// <summary>The highest tags of an example, falling.</summary>
    public int[] Highest(int row, int count)
    {
        var tags = _clips.AsSpan(row * _labels, _labels);
        var best = Ranking.Best<float>(tags);
        return count == 1 ? [best] : [best, Ranking.Best<float>(tags, best)];
    }

    /// <summary>The share of an example's highest tag.</summary>
    public float Surest(int row)
    {
        var shares = new float[_labels];
        System.Numerics.Tensors.TensorPrimitives.SoftMax(_clips.AsSpan(row * _labels, _labels), shares);
        return System.Numerics.Tensors.TensorPrimitives.Max<float>(shares);
    }

    /// <summary>The highest tag of the windows before one, and the highest other tag from there on.</summary>
    /// <param name="row">The example.</param>
    /// <param name="middle">Where the second part begins.</param>
    /// <param name="count">How many windows the example has.</param>
    public int[] InTurn(int row, int middle, int count)
    {
        var first = Ranking.Best<float>(Sum(0, middle));
        return [first, Ranking.Best<float>(Sum(Math.Min(middle, count - 1), count), first)];

        float[] Sum(int from, int to)
        {
            var sum = new float[_labels];
            for (var window = from; window < to; window++)
                System.Numerics.Tensors.TensorPrimitives.Add(sum, _windows.AsSpan((row * _most + window) * _labels, _labels), sum);
            return sum;
        }
    }

    /// <summary>Lets two labels change places everywhere in an example.</summary>
    public void Exchange(int row, int one, int other)
    {
        Swap(_clips, row);
        for (var window = 0; window < _most; window++)
            Swap(_windows, row * _most + window);

        void Swap(float[] tags, int at) => (tags[at * _labels + one], tags[at * _labels + other]) = (tags[at * _labels + other], tags[at * _labels + one]);
    }

    /// <returns>[batch, labels].</returns>
    public Tensor Clips() => Tensor.From<float>(_clips, _clips.Length / _labels, _labels);

    /// <returns>[batch, windows, labels].</returns>
    public Tensor Windows() => Tensor.From<float>(_windows, _clips.Length / _labels, _most, _labels);
}
