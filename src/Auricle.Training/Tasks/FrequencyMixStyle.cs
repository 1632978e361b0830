using Auricle.Models.Systems.Conette;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// Gives each log-mel image the mean and spread of every mel band of a mixture of its own and another's (Zhou et al. 2021,
/// "MixStyle"; Schmid et al. 2022 for frequencies): recording chains colour bands, and a tagger should not go by that.
/// </summary>
internal sealed record FrequencyMixStyle
{
    private const double Least = 1e-6;

    public double Probability { get; init; }
    public double Alpha { get; init; }

    public static FrequencyMixStyle Read(RecipeReader section) => new()
    {
        Probability = section.Number("probability", 0, NumberRange.Unit),
        Alpha = section.Number("alpha", 0.3, NumberRange.Positive),
    };

    /// <summary>The images, restyled or as they are.</summary>
    /// <param name="logMel">[batch, 1, frames, mels].</param>
    /// <param name="random">Decides whether, with whom and how much.</param>
    public Tensor Apply(Tensor logMel, SplitMix64 random)
    {
        if (Probability == 0 || logMel.Size(0) < 2 || !random.Chance(Probability))
            return logMel;
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var mixup = Mixup.Draw(random, (int)logMel.Size(0), Alpha).ForTensors();
        var mean = logMel.Mean([2], keepdim: true);                                      // [batch, 1, 1, mels]
        var spread = logMel.Std([2], unbiased: false, keepdim: true).Add(Least);
        return scope.Keep(logMel.Sub(mean).Div(spread).Mul(mixup.Mix(spread)).Add(mixup.Mix(mean)));
    }
}
