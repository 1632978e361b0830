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
        TimeStripes = section.WholeNumber("time_stripes", 2, Interval.NonNegative),
        TimeShare = section.Number("time_share", 0.1, Interval.Unit),
        MelStripes = section.WholeNumber("mel_stripes", 2, Interval.NonNegative),
        MelShare = section.Number("mel_share", 0.15, Interval.Unit),
    };

    /// <summary>Changes the images in place.</summary>
    /// <param name="logMel">[batch, 1, frames, mels], contiguous.</param>
    /// <param name="random">Decides the stripes.</param>
    public void Apply(Tensor logMel, Random random)
    {
        var frames = (int)logMel.Size(2);
        var mels = (int)logMel.Size(3);
        var all = logMel.Span<float>();
        for (var start = 0; start < all.Length; start += frames * mels)
        {
            var image = all.Slice(start, frames * mels);
            var mean = System.Numerics.Tensors.TensorPrimitives.Sum<float>(image) / image.Length;
            var rows = SpecAugment.Draw(random, frames, TimeStripes, 0, TimeShare);
            StripeCover.Fill(image, mels, rows, SpecAugment.Draw(random, mels, MelStripes, 0, MelShare), mean);
        }
    }
}
