using System.Text;
using Auricle.Audio.Tests;

namespace Auricle.Evaluation.Tests.Reading;

public sealed class CaptionFileTests
{
    [Fact]
    public void ReadReferences_Clotho_HasFiveOfEachClip()
    {
        using var folder = new TestFolder();
        var file = CaptionFile.ReadReferences(folder.Text(
            "c.csv",
            "file_name,caption_1,caption_2,caption_3,caption_4,caption_5\na.wav,One,\"Two, too\",Three,Four,Five\n\"b, c.wav\",Six,,Eight,,Ten\n"));
        Assert.Equal(["a.wav", "b, c.wav"], file.Clips.Select(clip => clip.Clip));
        Assert.Equal(["One", "Two, too", "Three", "Four", "Five"], file.Clips[0].Captions);
        Assert.Equal(["Six", "Eight", "Ten"], file.Clips[1].Captions); // empty cells are no references
    }

    [Fact]
    public async Task ReadCandidates_NamedPipe_IsReadToItsEndAndNotWaitedForWithoutEnd()
    {
        using var folder = new TestFolder();
        var pipe = folder.Pipe("pipe");
        // Nobody writes yet.
        Assert.Contains(
            "is a pipe that nobody wrote into", Assert.Throws<CaptionFileException>(() => CaptionFile.ReadCandidates(pipe)).Message, StringComparison.Ordinal);
        var writing = Task.Run(() => File.WriteAllText(pipe, "file,caption\na.wav,A dog\n"));
        Assert.Equal("A dog", Assert.Single(CaptionFile.ReadCandidates(pipe).Clips[0].Captions));
        await writing;
    }

    [Fact]
    public void ReadCandidates_DamagedJson_SaysSoInOneLine()
    {
        using var folder = new TestFolder();
        var error = Assert.Throws<CaptionFileException>(() => CaptionFile.ReadCandidates(folder.Text("a.json", $"[{{\"file\": n\n{new string('x', 1000)}}}]")));
        Assert.DoesNotContain('\n', error.Message);
        Assert.InRange(error.Message.Length, 1, 400);
        Assert.Contains("is no JSON at line 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LabelFile_CellsQuotedForSpreadsheets_AreReadAsTheyWere()
    {
        using var folder = new TestFolder();
        var clip = Assert.Single(LabelFile.Read(folder.Text("l.csv", "file,label\n'=a.wav,'-x\n")));
        Assert.Equal(("=a.wav", "-x"), (clip.Clip, clip.Label));
    }

    [Fact]
    public void ReadReferences_AudioCaps_GroupsByVideo()
    {
        using var folder = new TestFolder();
        var file = CaptionFile.ReadReferences(folder.Text(
            "a.csv", "audiocap_id,youtube_id,start_time,caption\n1,-xyz,30,A dog barks\n2,abc,5,Rain\n3,-xyz,30,Barking of a dog\n"));
        Assert.Equal(["-xyz", "abc"], file.Clips.Select(clip => clip.Clip));
        Assert.Equal(["A dog barks", "Barking of a dog"], file.Clips[0].Captions);
        Assert.Contains("Y-xyz_30", file.Clips[0].Aliases);
    }

    [Fact]
    public void ReadReferences_OneCaptionALine_GroupsByClip()
    {
        using var folder = new TestFolder();
        var file = CaptionFile.ReadReferences(folder.Text("c.csv", "fname,raw_text,text\na.wav,A dog.,a dog\na.wav,\"Dogs, loud.\",dogs loud\n"));
        Assert.Equal(["A dog.", "Dogs, loud."], Assert.Single(file.Clips).Captions);
    }

    [Theory]
    [InlineData("audio,task,candidate\r\na.wav,clotho,a dog\r\nb.wav,clotho,\"rain, wind\"\r\n")]
    [InlineData("file_name,caption_predicted\na.wav,a dog\nb.wav,\"rain, wind\"\n")]
    [InlineData("\uFEFFFile_Name;Caption\na.wav;a dog\nb.wav;rain, wind\n")]
    [InlineData("file\tcaption\na.wav\ta dog\nb.wav\train, wind")]
    [InlineData("file,start,end,rank,caption,score,tags,task,model,version\na.wav,0,3,1,a dog,-0.5,,t,m,1\nb.wav,0,3,1,\"rain, wind\",-0.5,,t,m,1\n")]
    [InlineData("[{\"file\": \"a.wav\", \"caption\": \"a dog\"},\n {\"file\": \"b.wav\", \"caption\": \"rain, wind\"}]")]
    [InlineData("{\"file\": \"a.wav\", \"caption\": \"a dog\"}\n\n{\"file\": \"b.wav\", \"caption\": \"rain, wind\"}\n")]
    [InlineData("{\n \"a.wav\": \"a dog\",\n \"b.wav\": [\"rain, wind\"]\n}")]
    [InlineData("{\"a.wav\": \"a dog\", \"b.wav\": \"rain, wind\"}")]
    [InlineData("[{\"image_id\": \"a.wav\", \"caption\": \"a dog\"}, {\"image_id\": \"b.wav\", \"caption\": \"rain, wind\"}]")]
    [InlineData("{\"num_captions_per_audio\": 1,\n\"data\": [{\"id\": \"a.wav\", \"caption\": \"a dog\", \"duration\": 3.5},\n {\"id\": \"b.wav\", \"caption\": \"rain, wind\"}]}")]
    [InlineData("{\"images\": [{\"id\": 1, \"file_name\": \"a.wav\"}], \"annotations\": [{\"image_id\": 1, \"caption\": \"a dog\"}, {\"image_id\": \"b.wav\", \"caption\": \"rain, wind\"}]}")]
    public void ReadCandidates_EachForm_IsUnderstood(string content)
    {
        using var folder = new TestFolder();
        var file = CaptionFile.ReadCandidates(folder.Text("x", content));
        Assert.Equal(["a.wav", "b.wav"], file.Clips.Select(clip => clip.Clip));
        Assert.Equal(["a dog", "rain, wind"], file.Clips.Select(clip => Assert.Single(clip.Captions)));
    }

    [Theory]
    [InlineData("file,start,end,rank,caption\na,0,3,2,second\na,0,3,1,first\n")]
    [InlineData("{\"file\":\"a\",\"caption\":\"first\",\"candidates\":[{\"caption\":\"first\",\"score\":-1},{\"caption\":\"second\",\"score\":-2}],\"segments\":[]}")]
    [InlineData("{\"a\":[\"first\",\"second\"]}")]
    public void ReadCandidates_Ranked_KeepsTheirOrder(string content)
    {
        using var folder = new TestFolder();
        Assert.Equal(["first", "second"], Assert.Single(CaptionFile.ReadCandidates(folder.Text("x", content)).Clips).Captions);
    }

    [Theory]
    [InlineData("[{\"file\": \"a\", \"captions\": [\"x\", \"y\"]}]")]
    [InlineData("{\"file\": \"a\", \"references\": [\"x\", \"y\"]}")]
    [InlineData("{\"fname\": \"a\", \"caption_1\": \"x\", \"caption_2\": \"y\"}")]
    [InlineData("{\"a\": [\"x\", \"y\"]}")]
    [InlineData("{\"file\": \"a\", \"caption\": \"x\"}\n{\"file\": \"a\", \"caption\": \"y\"}")]
    public void ReadReferences_Json_HasAllOfAClip(string content)
    {
        using var folder = new TestFolder();
        Assert.Equal(["x", "y"], Assert.Single(CaptionFile.ReadReferences(folder.Text("x", content)).Clips).Captions);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(" \n", "is empty")]
    [InlineData("file_name,caption\n", "no captions")]
    [InlineData("[]", "no captions")]
    [InlineData("name of sound,sentence\na,b\n", "columns 'name of sound', 'sentence'")]
    [InlineData("file_name,duration\na.wav,3\n", "caption_1")]
    [InlineData("file,caption\na,x\nb,y\na,z\n", "two captions for 'a', in lines 2 and 4")]
    [InlineData("[{\"file\":\"a\",\"caption\":\"x\"},{\"file\":\"a\",\"caption\":\"y\"}]", "in items 1 and 2")]
    [InlineData("file,caption\na,x,y\n", "3 fields in line 2 but 2 columns")]
    [InlineData("file,caption\na\n", "1 fields in line 2")]
    [InlineData("file,caption\n,x\n", "name the clip in line 2")]
    [InlineData("file,caption\na,\"x\nb,y\n", "quote in line 2")]
    [InlineData("file,start,caption\na,0,x\na,10,y\n", "--segments")]
    [InlineData("file,rank,caption\na,first,x\n", "rank 'first' in line 2")]
    [InlineData("file,rank,caption\na,1,x\na,2,y\nb,1,z\n", "1 candidates for 'b' but 2 for 'a'")]
    [InlineData("{\"file\":\"a\",\"caption\":\"x\"}\n{\"file\":", "JSON at line 2")]
    [InlineData("[{\"file\":\"a\",\n\"caption\":}]", "JSON at line 2")]
    [InlineData("[{\"file\":\"a\"}]", "no caption for 'a'")]
    [InlineData("[{\"caption\":\"a\"}]", "name the clip in item 1")]
    [InlineData("[\"a\"]", "no object in item 1")]
    [InlineData("{\"a\": 3}", "number where 'a'")]
    [InlineData("{\"a\": [\"x\", {\"b\": 1}]}", "an object where 'a'")]
    [InlineData("{\"a\": \"x\", \"a\": \"y\"}", "Duplicate property 'a'")]
    [InlineData("{\"a\": \"\\ud800\"}", "JSON at line 1 (a text holds half a surrogate pair)")]
    [InlineData("{\"file\": \"a\", \"caption\": \"x\"}\n{\"file\": \"b\", \"\\udc00\": \"y\"}", "JSON at line 2")]
    [InlineData("{\"annotations\": [{\"caption\": \"x\"}]}", "name the clip in annotation 1")]
    [InlineData("{\"annotations\": [3]}", "name the clip in annotation 1")]
    [InlineData("{\"annotations\": [{\"image_id\": 1, \"caption\": [\"x\"]}]}", "a list where 'caption' of '1'")]
    [InlineData("{\"annotations\": [{\"image_id\": 1, \"caption\": \"x\"}, {\"image_id\": 1, \"caption\": \"y\"}]}", "two captions for '1'")]
    [InlineData("{\"file\":\"a\",\"caption\":\"x; y\",\"candidates\":[],\"segments\":[{\"start\":0}]}", "--segments")]
    public void ReadCandidates_BadFile_IsRefusedInASentenceThatNamesIt(string content, string part)
    {
        using var folder = new TestFolder();
        var path = folder.Text("bad.csv", content);
        var error = Assert.Throws<CaptionFileException>(() => CaptionFile.ReadCandidates(path));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Equal(path, error.File);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("file_name,caption_1,caption_2\na,x,y\nb,,\n", "no reference caption for 'b' (line 3)")]
    [InlineData("file_name,caption_1,caption_2\na,x,y\na,z,w\n", "references of 'a' twice, in lines 2 and 3")]
    [InlineData("{\"a\": []}", "no reference caption for 'a'")]
    public void ReadReferences_BadFile_IsRefusedInASentence(string content, string part)
    {
        using var folder = new TestFolder();
        var error = Assert.Throws<CaptionFileException>(() => CaptionFile.ReadReferences(folder.Text("bad.csv", content)));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadReferences_Coco_GroupsAnnotationsByImage()
    {
        using var folder = new TestFolder();
        var file = CaptionFile.ReadReferences(folder.Text("coco.json", """
            {"info": {}, "images": [{"id": 1}, {"id": 2}], "licenses": [], "type": "captions", "annotations": [
              {"image_id": 1, "id": 1, "caption": "a dog barks"}, {"image_id": 2, "id": 3, "caption": "rain falls"},
              {"image_id": 1, "id": 2, "caption": "the dog barks"}]}
            """));
        Assert.Equal(["1", "2"], file.Clips.Select(clip => clip.Clip));
        Assert.Equal(["a dog barks", "the dog barks"], file.Clips[0].Captions);
    }

    [Fact]
    public void ReadReferences_TwoClipsOfOneVideo_StayTwo()
    {
        using var folder = new TestFolder();
        var file = CaptionFile.ReadReferences(folder.Text("a.csv", "youtube_id,start_time,caption\n--aO5cdqSAg,30,A dog\n--aO5cdqSAg,50,Rain\n--aO5cdqSAg,30,Dogs\n"));
        Assert.Equal(["--aO5cdqSAg_30", "--aO5cdqSAg_50"], file.Clips.Select(clip => clip.Clip));
        Assert.Equal(["A dog", "Dogs"], file.Clips[0].Captions);
    }

    [Fact]
    public void ReadCandidates_LongHeaderThatIsNoTable_IsQuotedInPart()
    {
        using var folder = new TestFolder();
        var path = folder.Text("long.csv", string.Join(',', Enumerable.Range(0, 3000).Select(i => $"{i}{new string('x', 100)}")) + "\n");
        var message = Assert.Throws<CaptionFileException>(() => CaptionFile.ReadCandidates(path)).Message;
        Assert.Contains("and 2988 more", message, StringComparison.Ordinal);
        Assert.True(message.Length < 2000);
    }

    [Fact]
    public void ReadCandidates_NoFile_IsRefused()
    {
        using var folder = new TestFolder();
        Assert.Contains("There is no file", Assert.Throws<CaptionFileException>(() => CaptionFile.ReadCandidates(folder.At("missing.csv"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<CaptionFileException>(() => CaptionFile.ReadCandidates(folder.Root)).Message,
            StringComparison.Ordinal);
        Assert.Contains("There is no file ''", Assert.Throws<CaptionFileException>(() => CaptionFile.ReadCandidates("")).Message, StringComparison.Ordinal);
        var latin = folder.At("latin.csv");
        File.WriteAllBytes(latin, [.. "file,caption\na,caf"u8, 0xe9, (byte)'\n']);
        Assert.Contains("UTF-8", Assert.Throws<CaptionFileException>(() => CaptionFile.ReadCandidates(latin)).Message, StringComparison.Ordinal);
        var wide = folder.At("wide.csv");
        File.WriteAllText(wide, "file,caption\na,café\n", Encoding.Unicode); // its byte order mark tells
        Assert.Equal("café", Assert.Single(CaptionFile.ReadCandidates(wide).Clips).Captions[0]);
    }

    [Fact]
    public void ReadCandidates_OddTexts_AreKeptAsTheyAre()
    {
        using var folder = new TestFolder();
        var longCaption = string.Join(' ', Enumerable.Repeat("wörd", 10_000));
        var file = CaptionFile.ReadCandidates(
            folder.Text("x.csv", $"file,caption\n犬.wav,犬が吠える 🐶\nb.wav,the \"big\" dog\nc.wav,\nd.wav,{longCaption}\n"));
        Assert.Equal(["犬が吠える 🐶", "the \"big\" dog", "", longCaption], file.Clips.Select(clip => clip.Captions[0]));
    }
}
