using Auricle.Torch;

namespace Auricle.Models.Encoders.Text;

/// <summary>
/// MPNet's bias of attention by distance (after Raffel et al. 2020): near distances have a class each, far ones share
/// classes that widen logarithmically; keys after the query have classes of their own. All layers share the table.
/// </summary>
internal sealed class RelativePositions
{
    private const int MaximumDistance = 128;

    private readonly Tensor _table;
    private readonly int _buckets;

    public RelativePositions(Weights weights, TextEncoderConfig config)
    {
        _buckets = config.RelativeBuckets;
        _table = weights.Get("weight", [_buckets, config.Heads], Initialisers.Normal(config.InitializerRange));
    }

    /// <returns>[1, heads, length, length]: query, then key.</returns>
    public Tensor Forward(long length)
    {
        using var scope = TensorScope.Begin();
        var classes = new long[length * length];
        for (var query = 0; query < length; query++)
        {
            for (var key = 0; key < length; key++)
                classes[query * length + key] = Bucket(key - query, _buckets);
        }
        var ids = Tensor.From<long>(classes, length, length).On(_table.Device);
        return scope.Keep(_table.Embedding(ids).Permute(2, 0, 1).Unsqueeze(0));
    }

    /// <summary>The class of a distance, key minus query.</summary>
    internal static int Bucket(int distance, int buckets)
    {
        var half = buckets / 2;
        var exact = half / 2;
        var start = distance > 0 ? half : 0;
        var far = Math.Abs(distance);
        if (far < exact)
            return start + far;
        // In single precision, as the reference computes it: at powers of two the result is a whole number up to rounding.
        var step = MathF.Log(far / (float)exact) / (float)Math.Log((double)MaximumDistance / exact) * (half - exact);
        return start + Math.Min(half - 1, exact + (int)step);
    }
}
