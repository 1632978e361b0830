using Auricle.Audio.Tests;
using Auricle.Data.Reading;
using Auricle.Testing;

namespace Auricle.Data.Tests;

public sealed class ReportTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedFact]
    public void Clean_CaptionsOfTheBaseline_MakesItsTexts()
    {
        var rows = Directory.GetFiles(Path.Combine(Fixtures.SharedRoot!, "data", "clotho-captions"), "*_captions.csv").SelectMany(path => DataTable.Read(path, "raw_text", "text")).ToList();
        Assert.Equal(29645, rows.Count);
        // What was edited by hand.
        Assert.InRange(rows.Count(row => CaptionCleanup.Clean(row["raw_text"]) != row["text"]), 1, 26);
    }

    [Theory]
    [InlineData("A  man walks on on a a road, and it echos.", "A man walks on a road, and it echoes.")]
    [InlineData("Echos of the The bell", "Echoes of the bell")]
    [InlineData("He had had enough; very very loud", "He had had enough; very very loud")]
    public void Correct_Slips_AreMended(string caption, string expected) => Assert.Equal(expected, CaptionCleanup.Correct(caption));

    [Fact]
    public void Report_LeaksAndSharedCaptions_AreFound()
    {
        _folder.Text("captions.csv", "file_name,caption,split,source_id\na.wav,A dog barks.,train,freesound:1\nb.wav,a dog barks,test,freesound:1\nc.wav,Rain and wind,test,freesound:2\nd.wav,,train,\ngone.wav,x,train,\n");
        foreach (var name in new[] { "a.wav", "b.wav", "c.wav", "d.wav", "more.wav" })
            _folder.Bytes(name, [1]);
        using var set = DataLayout.Find("plain").Read(_folder.Root, new() { ListsUnused = true });
        var report = DataReport.Of(set);
        Assert.Equal(new SplitReport("train", 2, 1, 1, 3, 3, 3, 3, 0), report.Splits.Single(split => split.Name == "train"));
        Assert.Equal(new SplitReport("test", 2, 0, 2, 6, 6, 3, 3, 0), report.Splits.Single(split => split.Name == "test"));
        var leak = Assert.Single(report.Leaks);
        Assert.Equal("freesound:1", leak.Recording);
        Assert.Equal(["a.wav", "b.wav"], leak.Items);
        Assert.Equal(1, report.SharedCaptions);
        Assert.Equal(["d.wav"], report.Undescribed);
        Assert.Equal(["more.wav"], set.Unused);
    }
}
