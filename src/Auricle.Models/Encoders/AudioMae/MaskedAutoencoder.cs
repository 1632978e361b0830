using Auricle.Models.Encoders.Transformers;
using Auricle.Models.Families;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.AudioMae;

/// <summary>
/// A masked autoencoder of sound (Huang et al. 2022), the first stage of Cacophony's training: the encoder hears some patches of an image, and a decoder of
/// the same blocks imagines the others from what it says and from their places.
/// </summary>
internal sealed class MaskedAutoencoder : IDisposable
{
    // As AudioMAE adds to the variance of a patch.
    private const double SmallestVariance = 1e-6;

    private readonly Linear _input, _output;
    private readonly Tensor _rowPlaces, _removed;
    private readonly VisionBlock[] _blocks;
    private readonly LayerNorm _norm;

    /// <summary>Loads or initialises both parts.</summary>
    /// <param name="config">The sizes of the encoder, whose width the decoder shares.</param>
    /// <param name="decoderLayers">Blocks of the decoder.</param>
    /// <param name="store">The weights; the autoencoder owns them.</param>
    /// <param name="compute">The element type of matrix products: float32 or bfloat16.</param>
    public MaskedAutoencoder(AudioMaeConfig config, int decoderLayers, WeightStore store, DType compute = DType.Float32)
    {
        Weights = store;
        Encoder = new AudioMaeEncoder(config, store.Root / "encoder", compute);
        var weights = store.Root / "decoder";
        long width = config.PatchWidth;
        _input = new Linear(weights / "input_proj", width, width);
        _rowPlaces = weights.Get("freq_positional_embedding", [config.Rows, width], Initialisers.Normal(0.02));
        _removed = weights.Get("restore_patch", [width], Initialisers.Normal(0.02));
        _blocks = new VisionBlock[decoderLayers];
        for (var i = 0; i < _blocks.Length; i++)
            _blocks[i] = new VisionBlock(weights / "layers" / i, width, config.Heads, config.Expansion * width, compute, epsilon: config.LayerNormEpsilon, usesSilu: true);
        _norm = new LayerNorm(weights / "norm", width, config.LayerNormEpsilon);
        _output = new Linear(weights / "output_proj", width, config.PatchSize * config.PatchSize);
    }

    /// <summary>All parameters.</summary>
    public WeightStore Weights { get; }

    /// <summary>What remains after training.</summary>
    public AudioMaeEncoder Encoder { get; }

    /// <summary>Imagines patches.</summary>
    /// <param name="image">[batch, 1, frames, bands].</param>
    /// <param name="kept">The patches that are heard.</param>
    /// <param name="removed">Those that are imagined.</param>
    /// <param name="training">Whether gradients are recorded.</param>
    /// <returns>[batch, most kept + most removed, values]: the kept patches, then the others, each in the order of its choice.</returns>
    public Tensor Reconstruct(Tensor image, PatchChoice kept, PatchChoice removed, bool training = false)
    {
        using var scope = TensorScope.Begin();
        var places = Encoder.Places(image, _rowPlaces);
        var x = Tensor.Cat([_input.Forward(Encoder.EncodeChosen(image, kept, training)).Add(kept.OfTable(places)), removed.OfTable(places).Add(_removed)], 1);
        var bias = (kept.Bias(image.Device), removed.Bias(image.Device)) switch
        {
            (null, null) => null,
            var (heard, imagined) => Tensor.Cat([heard ?? Nothing(kept), imagined ?? Nothing(removed)], -1),
        };
        foreach (var block in _blocks)
            x = block.Forward(x, training, bias);
        return scope.Keep(_output.Forward(_norm.Forward(x)));

        Tensor Nothing(PatchChoice all) => Tensor.Zeros([all.Numbers.Count, 1, 1, all.Longest], DType.Float32, image.Device);
    }

    /// <summary>How far what is imagined is from what was taken away.</summary>
    /// <param name="image">As for <see cref="Reconstruct"/>.</param>
    /// <param name="kept">As there.</param>
    /// <param name="removed">As there.</param>
    /// <param name="normalises">Whether each patch is compared after its own mean and deviation are taken out, as AudioMAE does.</param>
    /// <param name="training">Whether gradients are recorded.</param>
    /// <returns>The mean squared error over all values of the removed patches, and their mean squared deviation from the mean of their patch: what
    /// is not known where nothing is.</returns>
    public (Tensor Error, Tensor Deviation) Errors(Tensor image, PatchChoice kept, PatchChoice removed, bool normalises, bool training = false)
    {
        using var scope = TensorScope.Begin();
        var target = removed.OfImages(Encoder.Cut(image));
        var apart = target.Sub(target.Mean([-1], keepdim: true));
        if (normalises)
        {
            var variance = apart.Square().Sum([-1], keepdim: true).Div(target.Size(-1) - 1);
            target = apart = apart.Div(variance.Add(SmallestVariance).Sqrt());
        }
        var imagined = Reconstruct(image, kept, removed, training).Narrow(1, kept.Longest, removed.Longest);
        var counts = removed.Padding(image.Device).LogicalNot().To(DType.Float32).Unsqueeze(-1);       // [batch, removed, 1]
        Tensor Mean(Tensor squares) => squares.Mul(counts).Sum().Div((double)removed.Count * target.Size(-1));
        return (scope.Keep(Mean(imagined.Sub(target).Square())), scope.Keep(Mean(apart.Square())));
    }

    /// <summary>Writes both parts as the torch port's first stage has them. The folder is loaded as an encoder, and the second stage starts from it.</summary>
    /// <param name="folder">Where to; made if it does not exist.</param>
    public void Save(string folder) => ModelFiles.WriteWeights(folder, Weights.Entries, AudioMaeWeights.TorchName);

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Weights.Dispose();
}
