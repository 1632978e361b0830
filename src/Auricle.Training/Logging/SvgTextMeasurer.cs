using OxyPlot;

namespace Auricle.Training;

/// <summary>
/// How much room texts get in an SVG image. Which font a viewer has is not known when it is drawn; room for a wide one keeps texts apart in all.
/// </summary>
/// <param name="width">The width of the image.</param>
/// <param name="height">Its height.</param>
public sealed class SvgTextMeasurer(double width, double height) : PdfRenderContext(width, height, OxyColors.White)
{
    private const double WidestFont = 1.45;
    private const double TallestFont = 1.4;

    /// <inheritdoc/>
    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
    {
        var size = base.MeasureText(text, "Arial", fontSize, fontWeight);
        return new OxySize(size.Width * WidestFont, size.Height * TallestFont);
    }
}
