using Auricle.Torch;

namespace Auricle.Training;

/// <summary>Covers random stripes of log-mel images (SpecAugment, Park et al. 2019) with the image's own mean.</summary>
internal sealed record SpectrogramMasks
{
    public int TimeStripes { get; init; }
    public double TimeShare { get; init; }
    public int MelStripes { get; init; }
    public double MelShare { get; init; }

    public static SpectrogramMasks Read(RecipeReader section) => new()
    {
        TimeStripes = section.WholeNumber("time_stripes", 2, NumberRange.NonNegative),
        TimeShare = section.Number("time_share", 0.1, NumberRange.Unit),
        MelStripes = section.WholeNumber("mel_stripes", 2, NumberRange.NonNegative),
        MelShare = section.Number("mel_share", 0.15, NumberRange.Unit),
    };

    /// <summary>Images with stripes covered.</summary>
    /// <param name="logMel">[batch, 1, frames, mels].</param>
    /// <param name="random">Decides the stripes.</param>
    public Tensor Apply(Tensor logMel, Random random)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var (batch, frames, mels) = ((int)logMel.Size(0), (int)logMel.Size(2), (int)logMel.Size(3));
        var cover = new StripeCover(batch, frames, mels);
        for (var i = 0; i < batch; i++)
        {
            var rows = SpecAugment.Draw(random, frames, TimeStripes, 0, TimeShare);
            cover.Add(i, rows, SpecAugment.Draw(random, mels, MelStripes, 0, MelShare));
        }
        var covered = cover.ToTensor(logMel.Device).Unsqueeze(1);                        // [batch, 1, frames, mels]
        return scope.Keep(Tensor.Where(covered, logMel.Mean([2, 3], keepdim: true), logMel));
    }
}
