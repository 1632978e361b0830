using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Systems.Cacophony;

/// <summary>One learned query asks all patches of a sound, each head for itself.</summary>
internal sealed class AudioPooling
{
    private readonly Tensor _query;
    private readonly Linear _keysAndValues, _output;
    private readonly long _width;
    private readonly int _heads;

    public AudioPooling(Weights weights, long width, int heads)
    {
        (_width, _heads) = (width, heads);
        _query = weights.Get("query", [width], Initialisers.Normal(0.02));
        _keysAndValues = new Linear(weights / "kv_proj", width, 2 * width);
        _output = new Linear(weights / "out_proj", width, width);
    }

    /// <param name="patches">[batch, patches, width].</param>
    /// <param name="padding">[batch, patches], true where a sound has fewer; or none.</param>
    /// <returns>[batch, width].</returns>
    public Tensor Forward(Tensor patches, Tensor? padding = null)
    {
        using var scope = TensorScope.Begin();
        var (batch, headWidth) = (patches.Size(0), _width / _heads);
        var both = _keysAndValues.Forward(patches).View(batch, -1, 2, _heads, headWidth).Unbind(2);     // [batch, patches, heads, head width]
        var scores = both[0].Mul(_query.View(_heads, headWidth).Div(Math.Sqrt(headWidth))).Sum([-1], keepdim: true);
        if (padding is not null)
            scores = scores.MaskedFill(padding.Unsqueeze(-1).Unsqueeze(-1), double.NegativeInfinity);
        return scope.Keep(_output.Forward(both[1].Mul(scores.Softmax(1)).Sum([1]).Reshape(batch, _width)));
    }
}

/// <summary>One learned query asks all tokens of a text; what it finds is projected into the space of sounds.</summary>
internal sealed class TextPooling
{
    private readonly Tensor _query;
    private readonly Linear _key, _value;
    private readonly long _width;

    public TextPooling(Weights weights, long width)
    {
        _width = width;
        _query = weights.Get("attention_pool_query", [1, width], Initialisers.Normal(0.02));
        _key = new Linear(weights / "key_proj", width, width);
        _value = new Linear(weights / "value_proj", width, width);
    }

    /// <param name="hidden">[batch, length, width].</param>
    /// <param name="mask">[batch, length], int64: 1 for a token, 0 for padding.</param>
    /// <returns>[batch, width].</returns>
    public Tensor Forward(Tensor hidden, Tensor mask)
    {
        using var scope = TensorScope.Begin();
        var scores = _key.Forward(hidden).Matmul(_query.View(_width, 1)).Div(Math.Sqrt(_width));       // [batch, length, 1]
        var weights = scores.MaskedFill(mask.Eq(0).Unsqueeze(-1), double.NegativeInfinity).Softmax(1);
        return scope.Keep(_value.Forward(hidden).Mul(weights).Sum([1]));
    }
}
