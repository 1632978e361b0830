using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.HtsAt;

/// <summary>Cuts an image into patches and gives each a vector. Fusion models mix in excerpts of a clip that was shrunk to fit.</summary>
internal sealed class PatchEmbedding
{
    private const double Epsilon = 1e-5;
    // Time is shrunk, so patches of the excerpts are longer.
    private const int Stretch = 3;

    private readonly Tensor _weight, _bias;
    private readonly Tensor? _excerptWeight, _excerptBias;
    private readonly FeatureFusion? _fusion;
    private readonly LayerNorm _norm;
    private readonly HtsAtConfig _config;

    public PatchEmbedding(Weights weights, HtsAtConfig config)
    {
        _config = config;
        var size = config.PatchSize;
        _weight = (weights / "proj").Get("weight", [config.PatchWidth, 1, size, size], Initialisers.FanIn(size * size));
        _bias = (weights / "proj").Get("bias", [config.PatchWidth], Initialisers.FanIn(size * size));
        _norm = new LayerNorm(weights / "norm", config.PatchWidth, Epsilon);
        if (!config.IsFused)
            return;
        var place = weights / "mel_conv2d";
        _excerptWeight = place.Get("weight", [config.PatchWidth, 1, size, Stretch * size], Initialisers.FanIn(Stretch * size * size));
        _excerptBias = place.Get("bias", [config.PatchWidth], Initialisers.FanIn(Stretch * size * size));
        _fusion = new FeatureFusion(weights / "fusion_model", config.PatchWidth);
    }

    /// <param name="image">[batch, 1 or 4, side, side]: the whole, then excerpts.</param>
    /// <param name="isLong">For each clip whether its excerpts are mixed in; none are where it is absent.</param>
    /// <param name="observe">Called with <c>patch_embed.proj</c>, <c>patch_embed.mel_conv2d</c>, <c>patch_embed.fusion_model</c> and their output.</param>
    /// <returns>[batch, patches, width].</returns>
    public Tensor Forward(Tensor image, IReadOnlyList<bool>? isLong, Action<string, Tensor>? observe)
    {
        using var scope = TensorScope.Begin();
        var x = image.Narrow(1, 0, 1).Conv2d(_weight, _bias, [_config.PatchSize]);              // [batch, width, side, side]
        observe?.Invoke("patch_embed.proj", x);
        if (isLong?.Contains(true) == true)
            x = Tensor.Cat([.. isLong.Select((mixes, i) => mixes ? Mix(x.Narrow(0, i, 1), image.Narrow(0, i, 1), observe) : x.Narrow(0, i, 1))]);
        return scope.Keep(_norm.Forward(x.Flatten(2).Transpose(1, 2)));
    }

    private Tensor Mix(Tensor whole, Tensor image, Action<string, Tensor>? observe)
    {
        var excerpts = image.Narrow(1, 1, image.Size(1) - 1).Transpose(0, 1);                // [excerpts, 1, side, side]
        var parts = excerpts.Conv2d(_excerptWeight!, _excerptBias, [_config.PatchSize, Stretch * _config.PatchSize]);
        observe?.Invoke("patch_embed.mel_conv2d", parts);
        var (count, width, rows, columns) = (parts.Size(0), parts.Size(1), parts.Size(2), parts.Size(3));
        var joined = parts.Permute(1, 2, 0, 3).Reshape(1, width, rows, count * columns).Pad([0, whole.Size(3) - count * columns]);
        var mixed = _fusion!.Forward(whole, joined);
        observe?.Invoke("patch_embed.fusion_model", mixed);
        return mixed;
    }
}
