using Auricle.Torch;

namespace Auricle.Training;

/// <summary>Which values of a batch of images stripes cover: whole rows and whole columns.</summary>
internal sealed class StripeCover(int batch, int rows, int columns)
{
    private readonly bool[] _coveredRows = new bool[batch * rows];
    private readonly bool[] _coveredColumns = new bool[batch * columns];

    /// <summary>Adds the stripes of one image.</summary>
    /// <param name="image">Its number in the batch.</param>
    /// <param name="rowStripes">Stripes of rows.</param>
    /// <param name="columnStripes">Stripes of columns.</param>
    public void Add(int image, ReadOnlySpan<Stripe> rowStripes, ReadOnlySpan<Stripe> columnStripes)
    {
        foreach (var stripe in rowStripes)
            _coveredRows.AsSpan(image * rows + stripe.Start, stripe.Width).Fill(true);
        foreach (var stripe in columnStripes)
            _coveredColumns.AsSpan(image * columns + stripe.Start, stripe.Width).Fill(true);
    }

    /// <summary>True where a stripe lies.</summary>
    /// <returns>[batch, rows, columns].</returns>
    public Tensor ToTensor(Device device)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var ofRows = Tensor.From<bool>(_coveredRows, batch, rows, 1).On(device);
        var ofColumns = Tensor.From<bool>(_coveredColumns, batch, 1, columns).On(device);
        return scope.Keep(ofRows.LogicalOr(ofColumns));
    }
}
