using Auricle.Audio.Tests;

namespace Auricle.Data.Tests;

/// <summary>Tiny imitations of published sets of labels and of further sets of captions.</summary>
public sealed class LabelSetTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Esc50_Table_HasFoldsAndRecordings()
    {
        _folder.Text("meta/esc50.csv", "filename,fold,target,category,esc10,src_file,take\n1-100032-A-0.wav,1,0,dog,True,100032,A\n2-1-B-14.wav,2,14,chirping_birds,False,1,B\n");
        Sounds("audio/1-100032-A-0.wav", "audio/2-1-B-14.wav");
        using var set = Read("esc50");
        Assert.Equal([("dog", 1, "freesound:100032"), ("chirping_birds", 2, "freesound:1")], set.Items.Select(item => (item.Labels[0], item.Fold!.Value, item.Recording!)));
    }

    [Fact]
    public void UrbanSound8K_Table_FindsSlicesInTheirFolds()
    {
        _folder.Text("metadata/UrbanSound8K.csv", "slice_file_name,fsID,start,end,salience,fold,classID,class\n100032-3-0-0.wav,100032,0.0,0.317551,1,5,3,dog_bark\n7-2-0-1.wav,7,1.5,5.5,1,10,2,children_playing\n");
        Sounds("audio/fold5/100032-3-0-0.wav", "audio/fold10/7-2-0-1.wav");
        using var set = Read("urbansound8k");
        Assert.Equal([5, 10], set.Items.Select(item => item.Fold!.Value));
        Assert.Equal(4, set.Items[1].Seconds);
        Assert.Equal(["children_playing", "dog_bark"], set.Labels);
    }

    [Fact]
    public void Tut2017_ListsOfFolds_TellWhichEvaluates()
    {
        const string Folder = "TUT-acoustic-scenes-2017-development";
        _folder.Text($"{Folder}/meta.txt", "audio/b020_90_100.wav\tbeach\tb020\naudio/c1_0_10.wav\tcity_center\tc1\n");
        _folder.Text($"{Folder}/evaluation_setup/fold1_evaluate.txt", "audio/c1_0_10.wav\tcity_center\n");
        _folder.Text($"{Folder}/evaluation_setup/fold2_evaluate.txt", "audio/b020_90_100.wav\tbeach\n");
        Sounds($"{Folder}/audio/b020_90_100.wav", $"{Folder}/audio/c1_0_10.wav");
        using var set = Read("tut2017");
        Assert.Equal([("beach", 2, "tut:development/b020"), ("city_center", 1, "tut:development/c1")], set.Items.Select(item => (item.Labels[0], item.Fold!.Value, item.Recording!)));
    }

    [Fact]
    public void Tut2017_Maps_AreBothRead()
    {
        _folder.Text("meta_train.json", """{"a.wav": "beach"}""");
        _folder.Text("meta_eval.json", """{"a.wav": "bus"}""");
        Sounds("train/a.wav", "eval/a.wav");
        using var set = Read("tut2017");
        Assert.Equal([("development", "beach"), ("evaluation", "bus")], set.Items.Select(item => (item.Split!, item.Labels[0])));
        Assert.Contains("train", set.Items[0].Path!, StringComparison.Ordinal);
    }

    [Fact]
    public void VggSound_TableOrMap_GivesWhatIsThere()
    {
        _folder.Text("vggsound.csv", "---g-f_I2yQ,1,people marching,test\n--0PQM4-hqg,30,\"waterfall burbling, gently\",train\nABCDEFGHIJK,5,gone,test\n");
        Sounds("test/---g-f_I2yQ_000001.wav", "train/--0PQM4-hqg_30.flac");
        using (var set = Read("vggsound"))
        {
            Assert.Equal(["people marching", "waterfall burbling, gently"], set.Labels);
            Assert.Equal("test/ABCDEFGHIJK_5", Assert.Single(set.Missing).Id);
        }
        File.Delete(_folder.At("vggsound.csv"));
        _folder.Text("vggsound_full.json", """{"---g-f_I2yQ_000001": "people marching"}""");
        Sounds("test/unknown.wav");
        using var mapped = Read("vggsound");
        Assert.Equal("youtube:---g-f_I2yQ", Assert.Single(mapped.Items).Recording);
        Assert.Equal(1, mapped.LeftOut["not in the map of labels"]);
    }

    [Fact]
    public void AudioSet_Segments_HaveAllTheirLabels()
    {
        _folder.Text("class_labels_indices.csv", "index,mid,display_name\n0,/m/09x0r,\"Speech, talk\"\n1,/m/05zppz,Male speech\n");
        _folder.Text("eval_segments.csv", "# Segments csv created Sun Mar  5 10:54:25 2017\n# num_ytids=2\n# YTID, start_seconds, end_seconds, positive_labels\n--4gqARaEJE, 0.000, 10.000, \"/m/09x0r,/m/05zppz\"\n-0RWZT-miFs, 420.000, 430.000, \"/m/03v3yw\"\n");
        Sounds("eval_segments/Y--4gqARaEJE.wav", "eval_segments/-0RWZT-miFs_420000_430000.flac");
        using var set = Read("audioset");
        Assert.Equal(["Speech, talk", "Male speech"], set.Items[0].Labels);
        Assert.Equal(["/m/03v3yw"], set.Items[1].Labels);
    }

    [Fact]
    public void Macs_Annotations_BecomeCaptionsAndTags()
    {
        _folder.Text("MACS.yaml", """
            files:
            - filename: airport-barcelona-0-0-a.wav
              annotations:
              - annotator_id: 30
                sentence: People talk and walk.
                tags:
                - adults_talking
                - footsteps
              - annotator_id: 7
                sentence: 'A crowd: loud'
                tags: [adults_talking]
            - filename: bus-lyon-1-2-a.wav
              annotations: []

            """);
        Sounds("audio/airport-barcelona-0-0-a.wav", "audio/bus-lyon-1-2-a.wav");
        using var set = Read("macs");
        Assert.Equal(["People talk and walk.", "A crowd: loud"], set.Items[0].Captions);
        Assert.Equal(["adults_talking", "footsteps"], set.Items[0].Labels);
        Assert.Equal(("airport", "tau:airport-barcelona-0"), (set.Items[0].Source, set.Items[0].Recording));
        _folder.Text("MACS.yaml", "files:\n- filename: [\n");
        Assert.Contains("MACS.yaml' is no list of annotations at line", Assert.Throws<DataSetException>(() => Read("macs")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WavCaps_FourSources_AndListsOfWhatIsLeftOut()
    {
        Table("AudioSet_SL", "as_final", """{"id": "Yb0RFKhbpFJA.wav", "caption": "Wind blows.", "duration": 10.0}""");
        Table("BBC_Sound_Effects", "bbc_final", """{"id": "NHU05093039", "caption": "Birds.", "duration": 61.2}""");
        Table("FreeSound", "fsd_final", """{"id": "180913", "caption": "A car."}, {"id": "1", "caption": "A door."}""");
        Table("SoundBible", "sb_final", """{"id": "1", "caption": "A gun."}""");
        Sounds("audio/AudioSet_SL/Yb0RFKhbpFJA.flac", "audio/BBC_Sound_Effects/NHU05093039.flac", "audio/FreeSound/180913.flac", "audio/FreeSound/1.flac", "audio/SoundBible/1.flac");
        using var all = Read("wavcaps");
        Assert.Equal(5, all.Items.Count);
        Assert.Equal("youtube:b0RFKhbpFJA", all.Items.Single(item => item.Source == "AudioSet_SL").Recording);
        Assert.Contains("SoundBible", all.Items.Single(item => item.Id == "SoundBible/1").Path!, StringComparison.Ordinal);
        var list = _folder.Text("dcase2024_task6_excluded_freesound_ids.csv", "freesound_id\n1\n");
        var json = _folder.Text("blacklist.json", """{"FreeSound": [], "AudioSet": ["Yb0RFKhbpFJA.wav"]}""");
        using var some = Read("wavcaps", new() { Exclusions = [list, json] });
        // A number of Freesound is none of SoundBible.
        Assert.Equal(["BBC_Sound_Effects/NHU05093039", "SoundBible/1", "FreeSound/180913"], some.Items.Select(item => item.Id));
        using var one = Read("wavcaps", new() { Splits = ["FreeSound"] });
        Assert.Equal(2, one.Items.Count);

        void Table(string source, string file, string entries) => _folder.Text($"json_files/{source}/{file}.json", $"{{\"num_captions_per_audio\": 1, \"data\": [{entries}]}}");
    }

    private DataSet Read(string name, DataReadOptions? options = null) => DataLayout.Find(name).Read(_folder.Root, options);

    private void Sounds(params string[] files)
    {
        foreach (var file in files)
            _folder.Bytes(file, [1]);
    }
}
