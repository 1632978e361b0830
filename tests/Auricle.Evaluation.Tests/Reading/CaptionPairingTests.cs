using Auricle.Audio.Tests;

namespace Auricle.Evaluation.Tests.Reading;

public sealed class CaptionPairingTests
{
    [Theory]
    [InlineData("a.wav", "a.wav")]
    [InlineData("a.wav", "a")]
    [InlineData("a", "a.flac")]
    [InlineData("a.wav", "a.mp3")]
    [InlineData("evaluation/a.wav", "/data/a.wav")]
    [InlineData("a.wav", "C:\\sounds\\a.wav")]
    [InlineData("Rain 2.5 m.wav", "Rain 2.5 m")]
    public void Match_NamesOfOneSound_Fit(string reference, string candidate)
    {
        using var folder = new TestFolder();
        var pairing = Match(folder, $"file_name,caption\nother.wav,x\n{reference},y\n", $"file_name,caption\n{candidate},one\nother,two\n");
        Assert.Equal(["other.wav", reference], pairing.Clips);
        Assert.Equal(["two", "one"], Assert.Single(pairing.Systems).Candidates);
    }

    [Theory]
    [InlineData("Y-ab")]
    [InlineData("-ab.wav")]
    [InlineData("Y-ab_30.wav")]
    public void Match_AudioCaps_FindsTheUsualFileNames(string name)
    {
        using var folder = new TestFolder();
        var pairing = Match(folder, "audiocap_id,youtube_id,start_time,caption\n1,-ab,30,x\n", $"file,caption\n{name},one\n");
        Assert.Equal("one", pairing.Systems[0].Candidates[0]);
    }

    [Fact]
    public void Match_SameNameInTwoFolders_NeedsTheFolder()
    {
        using var folder = new TestFolder();
        const string references = "file,caption\nx/a.wav,one\ny/a.wav,two\n";
        Assert.Equal(["1", "2"], Match(folder, references, "file,caption\ny/a.wav,2\nx/a.wav,1\n").Systems[0].Candidates);
        Assert.Contains("no references for: 'a.wav'", Refused(folder, references, "file,caption\na.wav,1\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Match_SameStemWithTwoExtensions_NeedsTheExtension()
    {
        using var folder = new TestFolder();
        const string references = "file,caption\na.wav,one\na.flac,two\n";
        Assert.Equal(["1", "2"], Match(folder, references, "file,caption\na.flac,2\na.wav,1\n").Systems[0].Candidates);
        Assert.Contains("'a'", Refused(folder, references, "file,caption\na,1\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Match_MissingClips_AreNamedWithTheRemedy()
    {
        using var folder = new TestFolder();
        var message = Refused(folder, "file,caption\na,x\nb,x\nc,x\nd,x\ne,x\n", "file,caption\na,1\n");
        Assert.Contains("no caption for 4 clips", message, StringComparison.Ordinal);
        Assert.Contains("'b', 'c', 'd' and 1 more", message, StringComparison.Ordinal);
        Assert.Contains("--common", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Match_ExtraClip_IsNamedWithTheRemedy()
    {
        using var folder = new TestFolder();
        var message = Refused(folder, "file,caption\na,x\n", "file,caption\na,1\nz.wav,1\n");
        Assert.Contains("1 clip that", message, StringComparison.Ordinal);
        Assert.Contains("'z.wav'", message, StringComparison.Ordinal);
        Assert.Contains("--common", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Match_TwoNamesOfOneClip_AreRefused()
    {
        using var folder = new TestFolder();
        Assert.Contains("'a.wav', as 'a.wav' and 'a'", Refused(folder, "file,caption\na.wav,x\n", "file,caption\na.wav,1\na,2\n"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Match_CommonOnly_LeavesOutWhatSomeFileLacks()
    {
        using var folder = new TestFolder();
        var references = CaptionFile.ReadReferences(folder.Text("r.csv", "file,caption\na,x\nb,x\nc,x\n"));
        var first = CaptionFile.ReadCandidates(folder.Text("1.csv", "file,caption\nb,1\nc,1\nz,1\n"));
        var second = CaptionFile.ReadCandidates(folder.Text("2.csv", "file,caption\nb,2\na,2\n"));
        var pairing = CaptionPairing.Match(references, [first, second], commonOnly: true);
        Assert.Equal(["b"], pairing.Clips);
        Assert.Equal(["1", "2"], pairing.Systems.Select(system => system.Candidates[0]));
        var stranger = CaptionFile.ReadCandidates(folder.Text("3.csv", "file,caption\nq,2\n"));
        Assert.Contains("same sounds",
            Assert.Throws<CaptionFileException>(() => CaptionPairing.Match(references, [stranger], commonOnly: true)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Match_SeveralCandidates_BecomeAlternatives()
    {
        using var folder = new TestFolder();
        var set = Match(folder, "file,caption\na,x\nb,x\n", "file,rank,caption\na,1,a1\na,2,a2\nb,1,b1\nb,2,b2\n").Systems[0];
        Assert.Equal(["a1", "b1"], set.Candidates);
        Assert.Equal(["a2", "b2"], Assert.Single(set.Alternatives).Candidates);
    }

    [Fact]
    public void ScoreFile_Table_GivesScoresInClipOrder()
    {
        using var folder = new TestFolder();
        var path = folder.Text("s.csv", "file,candidate,spice,other\nb.wav,x,0.5,no\na.wav,x,0.25,no\nz,x,1,no\n");
        var scores = ScoreFile.Read(path, ["a", "b"], GivenScores.Names);
        Assert.Equal("spice", Assert.Single(scores).Key);
        Assert.Equal([0.25, 0.5], scores["spice"]);
        Assert.Contains("no scores for 'c'", Assert.Throws<CaptionFileException>(() => ScoreFile.Read(path, ["c"], GivenScores.Names)).Message,
            StringComparison.Ordinal);
        var odd = folder.Text("o.csv", "file,spice\na,much\n");
        Assert.Contains("'much' as spice in line 2",
            Assert.Throws<CaptionFileException>(() => ScoreFile.Read(odd, ["a"], GivenScores.Names)).Message, StringComparison.Ordinal);
        var none = folder.Text("n.csv", "file,bleu_4\na,1\n");
        Assert.Contains("spice, fer", Assert.Throws<CaptionFileException>(() => ScoreFile.Read(none, ["a"], GivenScores.Names)).Message,
            StringComparison.Ordinal);
    }

    private static CaptionPairing Match(TestFolder folder, string references, string candidates) =>
        CaptionPairing.Match(CaptionFile.ReadReferences(folder.Text("r.csv", references)),
            [CaptionFile.ReadCandidates(folder.Text("c.csv", candidates))]);

    private static string Refused(TestFolder folder, string references, string candidates) =>
        Assert.Throws<CaptionFileException>(() => Match(folder, references, candidates)).Message;
}
