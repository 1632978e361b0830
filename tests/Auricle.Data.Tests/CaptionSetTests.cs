using Auricle.Audio.Tests;

namespace Auricle.Data.Tests;

/// <summary>Tiny imitations of published sets of captions, laid out as their authors do.</summary>
public sealed class CaptionSetTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Clotho_AuthorsTables_GivesCaptionsSplitsAndRecordings()
    {
        Clotho();
        using var set = Read("clotho", new() { ListsUnused = true });
        Assert.Equal(["development/rain, in a street .wav", "development/rain.wav", "evaluation/rain.wav"], set.Items.Select(item => item.Id));
        // Two splits have a sound of one name; each finds its own.
        Assert.Equal(["development", "evaluation"], set.Items.Skip(1).Select(item => Path.GetFileName(Path.GetDirectoryName(item.Path))));
        Assert.Equal(["a, quoted", "b", "c", "d", "e"], set.Items[0].Captions);
        Assert.Equal(["development", "evaluation"], set.Splits);
        Assert.Equal("freesound:4711", set.Items[0].Recording);
        Assert.Equal("freesound:12", set.Items[1].Recording);
        Assert.Equal("development/gone.wav", Assert.Single(set.Missing).Id);
        Assert.Contains("1 of 4 clips", set.MissingSummary, StringComparison.Ordinal);
        Assert.Equal([Path.Combine("development", "unnamed.flac")], set.Unused);
        using var test = Read("clotho", new() { Splits = ["test"] });
        Assert.Equal("evaluation", Assert.Single(test.Items).Split);
    }

    [Fact]
    public void Clotho_TablesOfTheBaseline_GroupCaptionsByClip()
    {
        _folder.Text("development_captions.csv", "fname,raw_text,text\nA b.wav,A dog barks.,a dog barks\nA b.wav,\"Rain, then a dog.\",rain then a dog\n");
        _folder.Bytes("clotho_audio_development/A b.wav", [1]);
        using var set = Read("clotho");
        Assert.Equal(["A dog barks.", "Rain, then a dog."], Assert.Single(set.Items).Captions);
    }

    [Fact]
    public void Clotho_Exclusions_LeaveRecordingsOut()
    {
        Clotho();
        var list = _folder.Text("excluded.csv", "sound_id\n4711\n");
        using var set = Read("clotho", new() { Exclusions = [list] });
        Assert.DoesNotContain(set.Items, item => item.Recording == "freesound:4711");
        Assert.Equal(1, set.LeftOut.Values.Single());
        var foreign = _folder.Text("foreign.csv", "sound_id\n99\n");
        Assert.Contains("None of the", Assert.Throws<DataSetException>(() => Read("clotho", new() { Exclusions = [foreign] })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("audiocaps", "dataset")]
    [InlineData("audiocaps-v2", "dataset2.0")]
    public void AudioCaps_NamesThatPeopleGive_AreAllFound(string name, string tables)
    {
        _folder.Text($"{tables}/test.csv", """
            audiocap_id,youtube_id,start_time,caption
            101,-AheI8Epim4,30,A man speaks
            102,-AheI8Epim4,30,"A man speaks, then a dog barks"
            103,Abcdefghij1,0,Rain
            104,Abcdefghij2,7.5,Wind
            105,Abcdefghij3,20,Birds
            106,Abcdefghij4,20,Gone

            """);
        foreach (var file in new[] { "test/-AheI8Epim4_30.wav", "clips/YAbcdefghij1.flac", "clips/Abcdefghij2_7500_17500.mp3", "clips/YAbcdefghij3_20.000_30.000.wav" })
            _folder.Bytes(file, [1]);
        using var set = Read(name);
        Assert.Equal([2, 1, 1, 1], set.Items.Select(item => item.Captions.Count));
        Assert.Equal("youtube:-AheI8Epim4", set.Items[0].Recording);
        Assert.Equal("Abcdefghij4_20", Assert.Single(set.Missing).Sought);
    }

    [Fact]
    public void Plain_Table_HasCaptionsLabelsSplitsAndFolds()
    {
        var table = _folder.Text("my.csv", "file_name,caption,labels,split,fold\na.wav,One,dog;rain,train,1\na.wav,Two,dog,train,1\nsub/b.wav,Three,,test,2\n");
        _folder.Bytes("a.wav", [1]);
        _folder.Bytes("sub/b.flac", [1]);
        using var set = DataLayout.Find("plain").Read(table);
        Assert.Equal(["One", "Two"], set.Items[0].Captions);
        Assert.Equal(["dog", "rain"], set.Labels);
        Assert.Equal((1, 2), (set.Items[0].Fold!.Value, set.Items[1].Fold!.Value));
        using var test = DataLayout.Find("plain").Read(table, new() { Splits = ["evaluation"] });
        Assert.Equal("sub/b.wav", Assert.Single(test.Items).Id);
    }

    [Fact]
    public void Plain_Folder_TakesSidecarsAndFolderNames()
    {
        _folder.Bytes("x/a.wav", [1]);
        _folder.Bytes("x/b.wav", [1]);
        _folder.Bytes("loose.wav", [1]);
        _folder.Bytes("c.wav", [1]);
        _folder.Text("c.json", """{"text": ["A cat", "A cat meows"], "tag": ["cat"]}""");
        _folder.Text("x/b.txt", "A bird\n\n");
        using var set = Read("plain");
        Assert.Equal(["c.wav", "x/a.wav", "x/b.wav"], set.Items.Select(item => item.Id).Order());
        Assert.Equal(["x"], set.Labels);
        Assert.Equal(1, set.LeftOut["a sound without caption or label"]);
    }

    [Fact]
    public void Read_WhatIsNotThere_SaysWhatIsExpected()
    {
        Assert.Contains("clotho_captions_development.csv", Fault("clotho"), StringComparison.Ordinal);
        Assert.Contains("dataset/train.csv", Fault("audiocaps"), StringComparison.Ordinal);
        Assert.Contains("no data set 'cloto'", Assert.Throws<DataSetException>(() => DataLayout.Find("cloto")).Message, StringComparison.Ordinal);
        Assert.Contains("no split 'third'", Assert.Throws<DataSetException>(() => Read("clotho", new() { Splits = ["third"] })).Message, StringComparison.Ordinal);
        Clotho();
        File.Delete(_folder.At("development/rain.wav"));
        File.Delete(_folder.At("evaluation/rain.wav"));
        Assert.Contains("At most 50", Fault("clotho"), StringComparison.Ordinal);
        _folder.Text("clotho_captions_evaluation.csv", "file_name,caption\nx.wav,a\n");
        Assert.Contains("no column 'caption_1'", Fault("clotho"), StringComparison.Ordinal);
        _folder.Text("clotho_captions_evaluation.csv", "file_name,caption_1\nx.wav,\"a\n");
        Assert.Contains("never closed", Fault("clotho"), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SoundsOfOneName_AreNotGuessed()
    {
        _folder.Text("clotho_captions_development.csv", "file_name,caption_1\na.wav,x\nb.wav,y\n");
        foreach (var file in new[] { "16k/a.wav", "44k/a.wav", "44k/b.wav" })
            _folder.Bytes(file, [1]);
        using var set = Read("clotho");
        Assert.Contains("2 files have this name", Assert.Single(set.Missing).Sought, StringComparison.Ordinal);
    }

    private string Fault(string name) => Assert.Throws<DataSetException>(() => Read(name)).Message;

    private DataSet Read(string name, DataReadOptions? options = null) => DataLayout.Find(name).Read(_folder.Root, options);

    private void Clotho()
    {
        _folder.Text("clotho_captions_development.csv", """
            file_name,caption_1,caption_2,caption_3,caption_4,caption_5
            "rain, in a street .wav","a, quoted",b,c,d,e
            rain.wav,f,g,h,i,j
            gone.wav,k,l,m,n,o

            """);
        _folder.Text("clotho_captions_evaluation.csv", "file_name,caption_1,caption_2,caption_3,caption_4,caption_5\nrain.wav,p,q,r,s,t\n");
        // The authors' metadata are ISO 8859-1.
        _folder.Bytes("clotho_metadata_development.csv", System.Text.Encoding.Latin1.GetBytes(
            "file_name,keywords,sound_id,sound_link,start_end_samples,manufacturer,license\n\"rain, in a street .wav\",rue;été,4711,https://freesound.org/people/é/sounds/4711,\"[0, 1]\",é,x\nrain.wav,rain,Not found,https://freesound.org/people/x/sounds/12/,,y,z\n"));
        foreach (var file in new[] { "development/rain, in a street.wav", "development/rain.wav", "evaluation/rain.wav", "development/unnamed.flac" })
            _folder.Bytes(file, [1]);
    }
}
