namespace Auricle.Evaluation.Tests;

/// <summary>Tasks as they lie on the disk.</summary>
public sealed class HearTaskTests : IDisposable
{
    private const string Scene = """{"task_name":"pets","version":"v1","mode":"full","embedding_type":"scene","prediction_type":"multiclass","split_mode":"presplit_kfold","nfolds":3,"sample_duration":1.0,"evaluation":["top1_acc","mAP"]}""";
    private const string Event = """{"task_name":"dcase2016_task2","embedding_type":"event","prediction_type":"multilabel","split_mode":"trainvaltest","splits":["train","valid","test"],"evaluation":["event_onset_200ms_fms","segment_1s_er"],"evaluation_params":{"event_postprocessing_grid":{"median_filter_ms":[150],"min_duration":[50,100]},"task_specific_param_grid":{"max_epochs":[7]}}}""";

    private readonly string _root = Directory.CreateTempSubdirectory("auricle-hear-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Load_Folds_ValidatesOnTheNextAndComparesLabelsAsTexts()
    {
        var task = HearTask.Load(Make("pets-v1-full", Scene));
        Assert.Equal(("pets", false, false, true), (task.TaskName, task.IsOfEvents, task.IsMultilabel, task.StopsByScore));
        Assert.Equal(["7", "10"], task.Labels);
        Assert.Equal(["fold00>fold01|fold02", "fold01>fold02|fold00", "fold02>fold00|fold01"], task.Folds.Select(fold => $"{fold.Test}>{fold.Validation}|{string.Join('+', fold.Train)}"));
        Assert.Equal(1, task.Clips["fold01"].Single(clip => clip.File == "b.wav").Labels.Single());
        Assert.Equal((16000, 48000, 48000), (task.RateFor(16000), task.RateFor(22050), task.RateFor(96000)));
        Assert.Equal(Path.Combine(task.Folder, "16000", "fold00", "a.wav"), task.PathOf(task.Clips["fold00"].Single(clip => clip.File == "a.wav"), 16000));
        Assert.Equal(16, HearGrid.Points(HearGridKind.Default, task).Count);
        var first = HearGrid.Points(HearGridKind.Default, task)[0];
        // Number 7 of layers, starts and rates in this order: one layer, normal, the smallest rate.
        Assert.Equal((1, true, 1e-4, 500, 20, 3), (first.HiddenLayers, first.StartsNormal, first.LearningRate, first.MaximumEpochs, first.Patience, first.CheckEvery));
        Assert.Equal(64, HearGrid.Points(HearGridKind.Fast, task).Count);
    }

    [Fact]
    public void Load_Events_AreInSecondsWithTheTasksOwnGrid()
    {
        var task = HearTask.Load(Make("dcase-v1", Event, """{"a.wav":[{"label":7,"start":100,"end":250.5}],"b.wav":[]}"""));
        Assert.Equal([new SoundEvent(0, 0.1, 0.2505)], task.Clips["train"].Single(clip => clip.File == "a.wav").Events);
        Assert.Equal([new(150, 50), new(150, 100)], task.Postprocessing);
        Assert.Equal(new HearFold(["train"], "valid", "test").ToString()[..8], task.Folds.Single().ToString()[..8]);
        Assert.All(HearGrid.Points(HearGridKind.Default, task), point => Assert.Equal((7, 10), (point.MaximumEpochs, point.CheckEvery)));
        Assert.Equal(2, HearTask.Find(_root).Count + HearTask.Find(task.Folder).Count);
    }

    [Theory]
    [InlineData("\"scene\"", "\"scenery\"", "the embedding_type 'scenery'")]
    [InlineData("\"multiclass\"", "null", "the prediction_type ''")]
    [InlineData("presplit_kfold", "kfold", "the split_mode 'kfold'")]
    [InlineData("\"nfolds\":3", "\"nfolds\":2", "at least three")]
    [InlineData("\"nfolds\":3", "\"nfolds\":4", "fold03.json' cannot be read")]
    [InlineData("mAP", "accuracy", "the score 'accuracy', which is unknown")]
    [InlineData("mAP", "segment_1s_er", "of events, but is a task of whole clips")]
    [InlineData("{\"task", "[{\"task", "is no JSON")]
    public void Load_BadMetadata_IsOneSentence(string from, string to, string message) =>
        Assert.Contains(message, Assert.Throws<HearTaskException>(() => HearTask.Load(Make("bad", Scene.Replace(from, to, StringComparison.Ordinal)))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"a.wav":["dog"]}""", "the label 'dog'")]
    [InlineData("""{"a.wav":["7","10"]}""", "has 2 labels for the clip 'a.wav'")]
    [InlineData("""{"../a.wav":["7"]}""", "names stay within")]
    [InlineData("""{"a.wav":"7"}""", "no list of labels")]
    [InlineData("{}", "has no clips")]
    public void Load_BadLabels_IsOneSentence(string labels, string message) =>
        Assert.Contains(message, Assert.Throws<HearTaskException>(() => HearTask.Load(Make("bad", Scene, labels))).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_OtherFolders_AreRefused()
    {
        Assert.Contains("no task of HEAR", Assert.Throws<HearTaskException>(() => HearTask.Find(_root)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no folder", Assert.Throws<HearTaskException>(() => HearTask.Find(Path.Combine(_root, "none"))).Message, StringComparison.Ordinal);
        var folder = Make("bare", Scene);
        Directory.Delete(Path.Combine(folder, "16000"));
        Directory.Delete(Path.Combine(folder, "48000"));
        Assert.Contains("named after a sample rate", Assert.Throws<HearTaskException>(() => HearTask.Load(folder)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "labelvocabulary.csv"), "idx,label\n0,a\n2,b\n");
        Directory.CreateDirectory(Path.Combine(folder, "16000"));
        Assert.Contains("without gaps", Assert.Throws<HearTaskException>(() => HearTask.Load(folder)).Message, StringComparison.Ordinal);
    }

    private string Make(string name, string metadata, string labels = """{"a.wav":[7],"b.wav":["10"]}""")
    {
        var folder = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.Combine(folder, "16000"));
        Directory.CreateDirectory(Path.Combine(folder, "48000"));
        File.WriteAllText(Path.Combine(folder, HearTask.MetadataName), metadata);
        File.WriteAllText(Path.Combine(folder, "labelvocabulary.csv"), "idx,label\n0,7\n1,10\n");
        foreach (var split in (string[])["fold00", "fold01", "fold02", "train", "valid", "test"])
            File.WriteAllText(Path.Combine(folder, $"{split}.json"), labels);
        return folder;
    }
}
