using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Systems.Clap;

/// <summary>The network that turns the vector of a sound into vectors that GPT-2 reads like the beginning of a text (clapcap of MS-CLAP 2023).</summary>
internal sealed class PrefixMapping
{
    private readonly Linear _widen;
    private readonly Tensor _learned;
    private readonly Layer[] _layers;

    /// <param name="sizes">Its numbers.</param>
    /// <param name="weights">Where its weights are.</param>
    public PrefixMapping(ClapCaptionerSizes sizes, Weights weights)
    {
        Length = sizes.PrefixLength;
        _widen = new Linear(weights / "linear", sizes.Width, (long)sizes.PrefixLength * sizes.Gpt.Width);
        _learned = weights.Get("prefix_const", [sizes.PrefixLength, sizes.Gpt.Width], Initialisers.Normal(1));
        _layers = new Layer[sizes.MappingLayers];
        for (var i = 0; i < _layers.Length; i++)
            _layers[i] = new Layer(weights / "transformer" / "layers" / i, sizes.Gpt.Width, sizes.MappingHeads);
    }

    /// <summary>The vectors that it makes.</summary>
    public int Length { get; }

    /// <param name="embeddings">[batch, width], of unit length.</param>
    /// <param name="observe">Called with what is inside: <c>linear</c> [batch, length · width]; for each layer <c>0.attn</c> and <c>0</c>, [batch, 2 length, width].</param>
    /// <returns>[batch, length, width].</returns>
    public Tensor Forward(Tensor embeddings, Action<string, Tensor>? observe = null)
    {
        using var scope = TensorScope.Begin();
        var batch = embeddings.Size(0);
        var wide = _widen.Forward(embeddings);
        observe?.Invoke("linear", wide);
        var width = _learned.Size(1);
        var x = Tensor.Cat([wide.View(batch, Length, width), _learned.Unsqueeze(0).Expand([batch, Length, width])], 1); // [batch, 2 length, width]
        for (var i = 0; i < _layers.Length; i++)
        {
            x = _layers[i].Forward(x, $"{i}", observe);
            observe?.Invoke($"{i}", x);
        }
        return scope.Keep(x.Narrow(1, Length, Length).Contiguous());
    }

    /// <summary>Norm → attention of all to all → add → norm → widen → ReLU → narrow → add.</summary>
    private sealed class Layer(Weights weights, int width, int heads)
    {
        private const double Epsilon = 1e-5;
        private const int Widening = 2;

        private readonly LayerNorm _attentionNorm = new(weights / "norm1", width, Epsilon);
        private readonly LayerNorm _hiddenNorm = new(weights / "norm2", width, Epsilon);
        private readonly Linear _queries = new(weights / "attn" / "to_queries", width, width, hasBias: false);
        private readonly Linear _keysAndValues = new(weights / "attn" / "to_keys_values", width, 2 * width, hasBias: false);
        private readonly Linear _output = new(weights / "attn" / "project", width, width);
        private readonly Linear _widen = new(weights / "mlp" / "fc1", width, Widening * width);
        private readonly Linear _narrow = new(weights / "mlp" / "fc2", Widening * width, width);

        public Tensor Forward(Tensor input, string name, Action<string, Tensor>? observe)
        {
            using var scope = TensorScope.Begin();
            var (batch, length) = (input.Size(0), input.Size(1));
            var normed = _attentionNorm.Forward(input);
            var queries = _queries.Forward(normed).View(batch, length, heads, width / heads).Transpose(1, 2);      // [batch, heads, length, head width]
            var pairs = _keysAndValues.Forward(normed).View(batch, length, 2, heads, width / heads).Permute(2, 0, 3, 1, 4).Unbind();
            var scores = queries.Matmul(pairs[0].Transpose(-2, -1)).Div(Math.Sqrt(width / heads)).Softmax(-1);
            var branch = _output.Forward(scores.Matmul(pairs[1]).Transpose(1, 2).Reshape(batch, length, width));
            observe?.Invoke(name + ".attn", branch);
            var x = input.Add(branch);
            return scope.Keep(x.Add(_narrow.Forward(_widen.Forward(_hiddenNorm.Forward(x)).Relu())));
        }
    }
}
