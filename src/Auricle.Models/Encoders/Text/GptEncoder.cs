using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Text;

/// <summary>
/// GPT-2 (Radford et al. 2019) without the layer that names the next token: each token's vector tells of the text up to it.
/// Inference is safe for concurrent use.
/// </summary>
public sealed class GptEncoder
{
    private readonly Tensor _words, _positions;
    private readonly GptLayer[] _layers;
    private readonly LayerNorm _norm;

    /// <summary>Loads or initialises the encoder.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="weights">Where its weights are, under the names of the Hugging Face library.</param>
    /// <param name="compute">The element type of matrix products: float32 or bfloat16.</param>
    public GptEncoder(GptConfig config, Weights weights, DType compute = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _words = (weights / "wte").Get("weight", [config.VocabularySize, config.Width], GptLayer.Initial);
        _positions = (weights / "wpe").Get("weight", [config.Positions, config.Width], GptLayer.Initial);
        _layers = new GptLayer[config.Layers];
        for (var i = 0; i < _layers.Length; i++)
            _layers[i] = new GptLayer(weights / "h" / i, config, compute);
        _norm = new LayerNorm(weights / "ln_f", config.Width, config.LayerNormEpsilon);
    }

    /// <summary>The numbers of the encoder.</summary>
    public GptConfig Config { get; }

    /// <summary>Encodes tokens. What fills shorter texts on the right changes nothing to its left, so it needs no mask.</summary>
    /// <param name="ids">[batch, length], int64.</param>
    /// <param name="observe">Called with each layer's number and output, then with the number of layers and the final norm's: [batch, length, width].</param>
    /// <returns>[batch, length, width], float32.</returns>
    /// <exception cref="ArgumentException">The texts have more tokens than the encoder has positions.</exception>
    public Tensor Forward(Tensor ids, Action<int, Tensor>? observe = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var length = ids.Size(1);
        if (length > Config.Positions)
            throw new ArgumentException(
                $"A text has {length} tokens, but the encoder takes at most {Config.Positions}; cut texts when they are tokenised.", nameof(ids));
        using var scope = TensorScope.Begin();
        var x = _words.Embedding(ids).Add(_positions.Narrow(0, 0, length));                    // [batch, length, width]
        var future = Tensor.Full([length, length], double.NegativeInfinity, DType.Float32, device: ids.Device).Triu(1);
        for (var i = 0; i < _layers.Length; i++)
        {
            x = _layers[i].Forward(x, future);
            observe?.Invoke(i, x);
        }
        x = _norm.Forward(x);
        observe?.Invoke(_layers.Length, x);
        return scope.Keep(x);
    }
}
