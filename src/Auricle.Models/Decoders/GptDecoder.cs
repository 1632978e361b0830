using Auricle.Models.Decoders.Rows;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders.Text;
using Auricle.Torch;

namespace Auricle.Models.Decoders;

/// <summary>GPT-2 as a writer: <see cref="GptEncoder"/>, and its matrix of words once more to name the next token. Inference is safe for concurrent use.</summary>
public sealed class GptDecoder : IStepNetwork
{
    private readonly GptEncoder _trunk;
    private readonly RowLinear _head;

    /// <summary>Loads or initialises the decoder.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="weights">Where its weights are, under the names of the Hugging Face library.</param>
    /// <param name="compute">The element type of matrix products, and of the matrices that steps of generation read: float32 or bfloat16.</param>
    public GptDecoder(GptConfig config, Weights weights, DType compute = DType.Float32)
    {
        _trunk = new GptEncoder(config, weights, compute, generates: true);
        _head = new RowLinear(weights, _trunk.Words, null, compute);
    }

    /// <summary>The numbers of the decoder.</summary>
    public GptConfig Config => _trunk.Config;

    int IStepNetwork.VocabularySize => Config.VocabularySize;

    bool IStepNetwork.HasRows => _trunk.HasRows;

    /// <summary>The logits of whole sequences.</summary>
    /// <param name="vectors">[batch, length, width]: a prefix of any origin, and tokens by <see cref="Embed"/>.</param>
    /// <returns>[batch, length, vocabulary].</returns>
    public Tensor Forward(Tensor vectors)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(_head.Forward(_trunk.ForwardVectors(vectors)));
    }

    /// <summary>Prepares generation.</summary>
    /// <param name="prefix">[clips, length, width]: the vectors that stand before each text.</param>
    public IStepModel Begin(Tensor prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return new DecoderSession(this, new KeyValueCache(Config.Layers, Config.Width, (int)prefix.Size(0), prefix.Device), prefix: prefix);
    }

    /// <summary>The vectors of tokens, before positions.</summary>
    /// <param name="ids">[…], int64.</param>
    /// <returns>[…, width].</returns>
    public Tensor Embed(Tensor ids) => _trunk.Words.Embedding(ids);

    Tensor IStepNetwork.Step(Tensor x, KeyValueCache own, KeyValueCache? memory)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(_head.Forward(_trunk.Step(x, own)));
    }

    void IStepNetwork.Step(Span<float> x, KeyValueCache own, KeyValueCache? memory, Span<float> logits) => _head.Step(_trunk.Step(x, own), logits);
}
