using Auricle.Models.Decoding;
using Auricle.Models.Systems.Conette;
using Auricle.Models.Tests.Conette;
using Auricle.Text;
using Auricle.Torch;

namespace Auricle.Benchmarks;

/// <summary>
/// CoNeTTE written plainly: spectra by convolution, images in NCHW order, linear layers on permuted copies, and a decoder that
/// computes its whole prefix in every step. The yardstick for what layout, cache and kernels bring.
/// </summary>
internal sealed class PlainConette
{
    private const int Window = 1024;
    private const int Hop = 320;
    private static readonly int[] Depths = [3, 3, 9, 3];
    private static readonly int[] Widths = [96, 192, 384, 768];

    private readonly ConetteModel model;
    private readonly Dictionary<string, Tensor> weights;
    private readonly Tensor real, imaginary, filters;

    /// <param name="model">A float32 model whose weights are used.</param>
    public PlainConette(ConetteModel model)
    {
        this.model = model;
        weights = model.Weights.Entries.ToDictionary(weight => weight.Name, weight => weight.Tensor);
        var cosines = new float[(Window / 2 + 1) * Window];
        var sines = new float[cosines.Length];
        for (var bin = 0; bin <= Window / 2; bin++)
        {
            for (var i = 0; i < Window; i++)
            {
                var hann = 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / Window);
                var angle = 2 * Math.PI * ((long)bin * i % Window) / Window;
                cosines[bin * Window + i] = (float)(hann * Math.Cos(angle));
                sines[bin * Window + i] = (float)(-hann * Math.Sin(angle));
            }
        }
        real = Tensor.From<float>(cosines, Window / 2 + 1, 1, Window);
        imaginary = Tensor.From<float>(sines, Window / 2 + 1, 1, Window);
        var config = ((Models.Encoders.ConvNext.ConvNextConfig)model.Config.Encoder).LogMel;
        filters = Tensor.From<float>(Models.FrontEnds.MelFilterBank.Create(config), Window / 2 + 1, config.MelBands);
    }

    /// <summary>Captions waves of one length.</summary>
    /// <param name="waves">[clips, samples].</param>
    /// <param name="length">The steps of the search, each of which is taken.</param>
    public IReadOnlyList<DecodingResult> Caption(Tensor waves, int length)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var (frames, _) = Encode(LogMel(waves));
        var memory = model.Project(frames, training: false);
        var options = new DecodingOptions
        {
            Search = new BeamSearch { Size = model.Config.BeamSize },
            Filters = [new MinimumLength(length, SpecialTokens.EndId)],
            MaximumLength = length,
        };
        using var steps = new UncachedDecoder(model.Decoder, memory, null);
        return TextDecoding.Run(steps, [.. Enumerable.Repeat(new[] { model.TaskToken(null) }, (int)waves.Size(0))], options);
    }

    /// <summary>[clips, samples] → [clips, 1, frames, bands].</summary>
    public Tensor LogMel(Tensor waves)
    {
        var padded = waves.Unsqueeze(1).ReflectionPad1d([Window / 2, Window / 2]);
        var power = padded.Conv1d(real, null, [Hop]).Square().Add(padded.Conv1d(imaginary, null, [Hop]).Square());
        return power.Transpose(1, 2).Matmul(filters).Clamp(1e-10).Log10().Mul(10).Unsqueeze(1);
    }

    /// <summary>[clips, 1, frames, bands] → frame vectors and tag logits.</summary>
    public (Tensor Frames, Tensor Tags) Encode(Tensor logMel)
    {
        var x = logMel.Transpose(1, 3)
            .BatchNorm(Weight("bn0.weight"), Weight("bn0.bias"), Weight("bn0.running_mean"), Weight("bn0.running_var"), false, 0.1, 1e-5, false)
            .Transpose(1, 3);
        for (var stage = 0; stage < Widths.Length; stage++)
        {
            var down = $"downsample_layers.{stage}";
            x = stage == 0
                ? Norm(x.Conv2d(Weight($"{down}.0.weight"), Weight($"{down}.0.bias"), [4, 4], [4, 0]), $"{down}.1")
                : Norm(x, $"{down}.0").Conv2d(Weight($"{down}.1.weight"), Weight($"{down}.1.bias"), [2, 2]);
            for (var block = 0; block < Depths[stage]; block++)
                x = Block(x, $"stages.{stage}.{block}", Widths[stage]);
        }
        var frames = x.Mean([3]);
        var clip = frames.Amax([2]).Add(frames.Mean([2])).LayerNorm([Widths[^1]], Weight("norm.weight"), Weight("norm.bias"), 1e-6);
        return (frames.Transpose(1, 2).Contiguous(), clip.Linear(Weight("head_audioset.weight"), Weight("head_audioset.bias")));
    }

    private Tensor Block(Tensor x, string name, int width)
    {
        using var scope = TensorScope.Begin();
        var y = x.Conv2d(Weight($"{name}.dwconv.weight"), Weight($"{name}.dwconv.bias"), [1], [3], [1], width).Permute(0, 2, 3, 1);
        y = y.LayerNorm([width], Weight($"{name}.norm.weight"), Weight($"{name}.norm.bias"), 1e-6);
        y = y.Linear(Weight($"{name}.pwconv1.weight"), Weight($"{name}.pwconv1.bias")).Gelu();
        y = y.Linear(Weight($"{name}.pwconv2.weight"), Weight($"{name}.pwconv2.bias")).Mul(Weight($"{name}.scale_layer"));
        return scope.Keep(x.Add(y.Permute(0, 3, 1, 2)));
    }

    /// <summary>The norm of the reference, spelled out over the channels.</summary>
    private Tensor Norm(Tensor x, string name)
    {
        var centred = x.Sub(x.Mean([1], keepdim: true));
        var variance = centred.Square().Mean([1], keepdim: true);
        return centred.Div(variance.Add(1e-6).Sqrt()).Mul(Weight($"{name}.weight").View(1, -1, 1, 1)).Add(Weight($"{name}.bias").View(1, -1, 1, 1)).Contiguous();
    }

    private Tensor Weight(string name) => weights[$"preprocessor.encoder.{name}"];
}
