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
    [InlineData(" typical street in town.wav", "evaluation/ typical street in town.wav")]
    [InlineData("evaluation/ typical street in town.wav", "typical street in town")]
    [InlineData("rain .wav", "rain.flac")]
    [InlineData("Caf\u00e9.wav", "Cafe\u0301.wav")]
    [InlineData("Cafe\u0301", "sounds/Caf\u00e9.wav")]
    [InlineData("\ud55c\uae00.wav", "\u1112\u1161\u11ab\u1100\u1173\u11af.mp3")]
    [InlineData("Y--aO5cdqSAg_30000_40000.wav", "--aO5cdqSAg_30.000_40.000")]
    [InlineData("--aO5cdqSAg_30.wav", "Y--aO5cdqSAg_30.000_40.000.flac")]
    [InlineData("--aO5cdqSAg_30_40.wav", "Y--aO5cdqSAg_30000.wav")]
    [InlineData("Y--aO5cdqSAg_30.000_38.500", "--aO5cdqSAg_30000_38500.wav")]
    [InlineData("--aO5cdqSAg_0_10.wav", "Y--aO5cdqSAg_0.wav")]
    [InlineData("--aO5cdqSAg.wav", "Y--aO5cdqSAg.wav")]
    public void Match_NamesOfOneSound_Fit(string reference, string candidate)
    {
        using var folder = new TestFolder();
        var pairing = Match(folder, $"file_name,caption\nother.wav,x\n{reference},y\n", $"file_name,caption\n{candidate},one\nother,two\n");
        Assert.Equal(["other.wav", reference.Trim()], pairing.Clips);
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

    [Theory]
    [InlineData("Y--aO5cdqSAg_30000_40000.wav")]
    [InlineData("--aO5cdqSAg_30.000_40.000")]
    [InlineData("--aO5cdqSAg_30_40.wav")]
    [InlineData("Y--aO5cdqSAg_30000.wav")]
    [InlineData("Y--aO5cdqSAg.wav")]
    [InlineData("audio/--aO5cdqSAg_30.0.m4a")]
    public void Match_VideoAndStart_FindEverySpelling(string name)
    {
        using var folder = new TestFolder();
        const string clips = "audiocap_id,youtube_id,start_time,caption\n1,--aO5cdqSAg,30,x\n2,-0xzrMun0Rs,30,y\n";
        var pairing = Match(folder, clips, $"file,caption\n-0xzrMun0Rs_30.wav,two\n{name},one\n");
        Assert.Equal(["one", "two"], pairing.Systems[0].Candidates);
        Assert.Equal([0], CaptionPairing.Find(["--aO5cdqSAg_30", "-0xzrMun0Rs_30"], [name == "Y--aO5cdqSAg.wav" ? "--aO5cdqSAg_30" : name]));
    }

    [Theory]
    [InlineData("--aO5cdqSAg_40_50.wav")] // another part of the video
    [InlineData("--aO5cdqSAg_40000.wav")]
    public void Match_AnotherPartOfTheVideo_IsAnotherClip(string name)
    {
        using var folder = new TestFolder();
        Assert.Contains("no references for", Refused(folder, "youtube_id,start_time,caption\n--aO5cdqSAg,30,x\n", $"file,caption\n{name},one\n"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dog_barking.wav", "dog_barking_1.wav")] // eleven letters, as an id of a video has, by chance
    [InlineData("dog_barking_1.wav", "dog_barking.wav")]
    [InlineData("dog_barking_1.wav", "dog_barking_2.wav")]
    public void Match_NamesThatOnlyLookLikeVideos_AreNotMistaken(string reference, string candidate)
    {
        using var folder = new TestFolder();
        Assert.Contains("no references for", Refused(folder, $"file,caption\n{reference},x\n", $"file,caption\n{candidate},one\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Match_CocoFiles_FitByImage()
    {
        using var folder = new TestFolder();
        var pairing = Match(
            folder,
            """{"images": [{"id": 1, "file_name": "a.wav"}, {"id": 2}], "annotations": [{"image_id": 1, "caption": "x"}, {"image_id": 2, "caption": "y"}]}""",
            """[{"image_id": 2, "caption": "two"}, {"image_id": 1, "caption": "one"}]""");
        Assert.Equal(["a.wav", "2"], pairing.Clips);
        Assert.Equal(["one", "two"], pairing.Systems[0].Candidates);
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
