using Auricle.Audio.Tests;
using PureHDF;

namespace Auricle.Data.Tests;

/// <summary>Packed sets as CoNeTTE's preparation writes them.</summary>
public sealed class PackedSetTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ConetteHdf_PaddedItems_AreCutToTheirSizes()
    {
        var path = Write();
        using var set = DataLayout.Find("conette-hdf").Read(path);
        Assert.Equal(["a.wav", "b.wav"], set.Items.Select(item => item.Id));
        Assert.Equal([2, 1], set.Items.Select(item => item.Captions.Count));
        Assert.Equal("ein Käuzchen ruft", set.Items[0].Captions[1]);
        Assert.Equal("dev", set.Items[0].Split);
        var (first, second) = (set.Items[0].Packed!.ReadFeatures()!, set.Items[1].Packed!.ReadFeatures()!);
        Assert.Equal((4, 8, 12), (first.Width, first.Frames.Length, second.Frames.Length));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], first.Frames);
        Assert.Equal([100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111], second.Frames);
        Assert.Equal([0.25f, 0.75f], second.Tags);
        // Items are read by several threads.
        Parallel.For(0, 64, i => Assert.Equal(i % 2 == 0 ? 8 : 12, set.Items[i % 2].Packed!.ReadFeatures()!.Frames.Length));
    }

    [Fact]
    public void ConetteHdf_CutShortOrForeign_IsToldOf()
    {
        var path = Write();
        var bytes = File.ReadAllBytes(path);
        var cut = _folder.Bytes("cut.hdf", bytes[..(bytes.Length / 3)]);
        Assert.Contains("cut.hdf", Assert.Throws<DataSetException>(() => DataLayout.Find("conette-hdf").Read(cut)).Message, StringComparison.Ordinal);
        var text = _folder.Text("text.hdf", "no HDF5 at all");
        Assert.Contains("no HDF5 file", Assert.Throws<DataSetException>(() => DataLayout.Find("conette-hdf").Read(text)).Message, StringComparison.Ordinal);
        var other = _folder.At("other.hdf");
        new H5File { ["features"] = new float[2, 3] }.Write(other);
        Assert.Contains("'features'", Assert.Throws<DataSetException>(() => DataLayout.Find("conette-hdf").Read(other)).Message, StringComparison.Ordinal);
    }

    private string Write()
    {
        // (items, channel, frames, width), zeros behind the shorter one.
        var audio = new float[2, 1, 3, 4];
        for (var item = 0; item < 2; item++)
        {
            for (var i = 0; i < (item == 0 ? 8 : 12); i++)
                audio[item, 0, i / 4, i % 4] = 100 * item + i;
        }
        var path = _folder.At("clotho_dev_resample_mean_convnext_ident_bl.hdf");
        new H5File
        {
            ["audio"] = audio,
            ["audio_shape"] = new int[,] { { 1, 2, 4 }, { 1, 3, 4 } },
            ["clipwise_output"] = new float[,,] { { { 0.5f, 0.5f } }, { { 0.25f, 0.75f } } },
            ["captions"] = new string[,] { { "an owl hoots", "ein Käuzchen ruft" }, { "rain", "" } },
            ["fname"] = new[] { "a.wav", "b.wav" },
            ["subset"] = new[] { "dev", "dev" },
        }.Write(path);
        return path;
    }
}
