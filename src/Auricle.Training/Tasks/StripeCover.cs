namespace Auricle.Training;

/// <summary>Covers stripes of an image that lies row after row.</summary>
internal static class StripeCover
{
    /// <summary>Fills whole rows and whole columns with one value.</summary>
    /// <param name="image">[rows, width].</param>
    /// <param name="width">Values in a row.</param>
    /// <param name="rows">Stripes of rows.</param>
    /// <param name="columns">Stripes of columns.</param>
    /// <param name="value">What covers them.</param>
    public static void Fill(Span<float> image, int width, ReadOnlySpan<Stripe> rows, ReadOnlySpan<Stripe> columns, float value)
    {
        foreach (var stripe in rows)
            image.Slice(stripe.Start * width, stripe.Width * width).Fill(value);
        foreach (var stripe in columns)
        {
            for (var start = stripe.Start; start < image.Length; start += width)
                image.Slice(start, stripe.Width).Fill(value);
        }
    }
}
