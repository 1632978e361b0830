using System.Text.Json;
using Auricle.Data.Tests;
using Auricle.Evaluation.Neural;

namespace Auricle.Cli.Tests;

/// <summary>Evaluations on published data sets as they lie on disk.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class EvaluateDataTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly string[] _model;

    public EvaluateDataTests()
    {
        var models = Directory.CreateDirectory(_folder.At("models")).FullName;
        _model = ["--model", HashClap.WriteMs2023(models), "--tokenizer", Path.Combine(models, "gpt2")];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ZeroShot_Esc50_CountsMissingAndUnreadableClips()
    {
        _folder.Text("esc/meta/esc50.csv", "filename,fold,target,category,esc10,src_file,take\na.wav,1,0,dog,True,1,A\nb.wav,2,1,chirping_birds,False,2,A\nc.wav,2,0,dog,True,3,A\ngone.wav,1,0,dog,True,4,A\nbroken.wav,1,0,dog,True,5,A\n");
        Sounds("esc/audio", "a", "b", "c");
        _folder.Text("esc/audio/broken.wav", "no sound");
        var run = await Run("zero-shot", "--data", "esc50", _folder.At("esc"), "--json", "--template", "This is a sound of {}", "--template", "{} is heard");
        Assert.Equal(1, run.Code);
        Assert.Contains(run.ErrorLines, line => line.Contains("1 of 5 clips", StringComparison.Ordinal) && line.Contains("gone.wav", StringComparison.Ordinal));
        Assert.Contains(run.ErrorLines, line => line.Contains("broken.wav", StringComparison.Ordinal));
        var report = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal((1, 1, 3), (report.GetProperty("missing").GetInt32(), report.GetProperty("unreadable").GetInt32(), report.GetProperty("clips").GetArrayLength()));
        Assert.Equal(2, report.GetProperty("folds").EnumerateObject().Count());
        var interval = report.GetProperty("interval");
        Assert.InRange(report.GetProperty("accuracy").GetDouble(), interval[0].GetDouble(), interval[1].GetDouble());
        var strict = await Run("zero-shot", "--data", "esc50", _folder.At("esc"), "--missing", "0.1");
        Assert.Equal(2, strict.Code);
        Assert.Contains("At most 10", Assert.Single(strict.ErrorLines), StringComparison.Ordinal);
        var fold = await Run("zero-shot", "--data", "esc50", _folder.At("esc"), "--fold", "2", "--keep-underscores", "--bootstrap", "0");
        Assert.Equal(0, fold.Code);
        Assert.StartsWith("2\t2\t", fold.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ZeroShot_Descriptions_StandForLabels()
    {
        _folder.Text("us/metadata/UrbanSound8K.csv", "slice_file_name,fsID,start,end,salience,fold,classID,class\na.wav,1,0,1,1,1,3,dog_bark\nb.wav,2,0,1,1,2,8,siren\n");
        Sounds("us/audio/fold1", "a");
        Sounds("us/audio/fold2", "b");
        var table = _folder.Text("words.csv", "label,description\ndog_bark,a dog barks again and again\ndog_bark,loud barking\nsiren,a siren wails\n");
        var json = _folder.Text("words.json", """{"dog_bark": ["a dog barks again and again", "loud barking"], "siren": "a siren wails"}""");
        var first = await Run("zero-shot", "--data", "urbansound8k", _folder.At("us"), "--descriptions", table, "--json");
        var second = await Run("zero-shot", "--data", "urbansound8k", _folder.At("us"), "--descriptions", json, "--json");
        Assert.Equal((0, ""), (first.Code, first.Error));
        Assert.Equal(first.Out, second.Out);
        var lacking = await Run("zero-shot", "--data", "urbansound8k", _folder.At("us"), "--descriptions", _folder.Text("few.csv", "label,description\nsiren,a siren\n"));
        Assert.Contains("'dog_bark' has no description", Assert.Single(lacking.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retrieval_Clotho_WithSeveralRelevantSoundsAndAllScores()
    {
        _folder.Text("clotho/clotho_captions_evaluation.csv", "file_name,caption_1,caption_2\na.wav,A dog barks.,A dog.\nb.wav,Rain.,It rains.\nc.wav,Birds.,Birds sing.\n");
        Sounds("clotho/evaluation", "a", "b", "c");
        var lists = _folder.Text("metadata_eval.csv", "query,audio_filenames\nA dog barks.,\"['a.wav', \"\"c.wav\"\"]\"\nThunder,\"['z.wav']\"\nRain.,['b.wav']\n");
        var scores = _folder.At("scores.db");
        var run = await Run("retrieval", "--data", "clotho", _folder.At("clotho"), "--relevance", lists, "--scores", scores, "--json");
        Assert.Equal(0, run.Code);
        Assert.Contains("1 of 4 sounds", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        var report = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal((3, 6, 2), (report.GetProperty("clips").GetInt32(), report.GetProperty("captions").GetInt32(), report.GetProperty("relevance_queries").GetInt32()));
        // By hand from the scores that were written.
        var table = RetrievalTable.Load(scores);
        float[] Row(string text) => table.Scores.Slice(table.Texts.ToList().FindIndex(item => item.Text == text) * 3, 3).ToArray();
        double Precision(float[] row, int[] relevant)
        {
            var ranks = relevant.Select(clip => row.Count(score => score > row[clip]) + 1).Order().ToArray();
            return ranks.Select((rank, i) => (i + 1.0) / rank).Sum() / ranks.Length;
        }
        Assert.Equal((Precision(Row("A dog barks."), [0, 2]) + Precision(Row("Rain."), [1])) / 2, report.GetProperty("relevance").GetProperty("map@16").GetDouble(), 1e-9);
        var interval = report.GetProperty("intervals").GetProperty("text_to_audio").GetProperty("map@10");
        Assert.InRange(report.GetProperty("text_to_audio").GetProperty("map@10").GetDouble(), interval[0].GetDouble(), interval[1].GetDouble());
        var printed = await Run("retrieval", "--data", "clotho", _folder.At("clotho"), "--bootstrap", "50");
        Assert.Equal(["query", "a caption, for its sound", "  95 % from", "  to", "a sound, for its captions", "  95 % from", "  to"], printed.Lines.Select(line => line.Split('\t')[0]));
    }

    [Fact]
    public async Task ParquetAndShards_ScoreAsTheirFilesDo_OnTheSplitThatIsTested()
    {
        _folder.Text("clotho/clotho_captions_development.csv", "file_name,caption_1\nd.wav,Wind.\n");
        _folder.Text("clotho/clotho_captions_evaluation.csv", "file_name,caption_1,caption_2\na.wav,A dog barks.,A dog.\nb.wav,Rain.,It rains.\nc.wav,Birds.,Birds sing.\n");
        Sounds("clotho/development", "d");
        Sounds("clotho/evaluation", "a", "b", "c");
        Assert.Equal(0, (await CliRun.InProcess("data", "pack", "clotho", _folder.At("clotho"), _folder.At("shards"), "--per-shard", "2")).Code);
        foreach (var (split, names, captions) in new (string, string[], string[][])[]
        {
            ("train", ["d"], [["Wind."]]), ("test", ["a", "b", "c"], [["A dog barks.", "A dog."], ["Rain.", "It rains."], ["Birds.", "Birds sing."]]),
        })
        {
            await ParquetFiles.Write(_folder.At($"parquet/{split}-00000-of-00001.parquet"), 2, [
                ParquetFiles.Sounds("audio", [.. names.Select(name => ((byte[]?)File.ReadAllBytes(_folder.At($"clotho/{(split == "train" ? "development" : "evaluation")}/{name}.wav")), (string?)$"{name}.wav"))]),
                ParquetFiles.Lists("captions", captions), ParquetFiles.Texts("label", [.. captions.Select(texts => texts[0])]),
            ]);
        }
        string Scores(CliRun run)
        {
            Assert.Equal((0, ""), (run.Code, run.Error));
            return JsonDocument.Parse(run.Out).RootElement.GetProperty("text_to_audio").GetRawText();
        }
        var expected = Scores(await Run("retrieval", "--data", "clotho", _folder.At("clotho"), "--json"));
        Assert.Equal(expected, Scores(await Run("retrieval", "--data", "shards", _folder.At("shards"), "--json")));
        Assert.Equal(expected, Scores(await Run("retrieval", "--data", "parquet", _folder.At("parquet"), "--json")));
        var labels = await Run("zero-shot", "--data", "parquet", _folder.At("parquet"), "--json");
        Assert.Equal(3, JsonDocument.Parse(labels.Out).RootElement.GetProperty("clips").GetArrayLength());
    }

    [Theory]
    [InlineData("is no list", "query,audio_filenames\nx,a.wav\n", "no list of file names in line 2")]
    [InlineData("open quote", "query,audio_filenames\nx,\"['a.wav]\"\n", "no list of file names in line 2")]
    [InlineData("no sounds", "query,audio_filenames\nx,[]\n", "a query without sounds in line 2")]
    [InlineData("columns", "text,files\nx,[]\n", "need query and audio_filenames")]
    [InlineData("foreign", "query,audio_filenames\nx,\"['q.wav']\"\n", "No sound that")]
    public async Task Retrieval_BadLists_IsOneSentence(string what, string lists, string message)
    {
        _folder.Text("clotho/clotho_captions_evaluation.csv", "file_name,caption_1\na.wav,A dog barks.\n");
        Sounds("clotho/evaluation", "a");
        var run = await Run("retrieval", "--data", "clotho", _folder.At("clotho"), "--relevance", _folder.Text("lists.csv", lists));
        Assert.True(run.Code == 2, what);
        Assert.Contains(message, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Give --captions and --sounds, or a data set", "retrieval")]
    [InlineData("leave --captions and --sounds out", "retrieval", "--data", "clotho", "x", "--sounds", "y")]
    [InlineData("needs the folder", "retrieval", "--data", "clotho")]
    [InlineData("choose one of esc50", "zero-shot", "--data", "clotho", "x")]
    [InlineData("belong to a data set", "zero-shot", "x", "--labels", "l.csv", "--sounds", "y")]
    [InlineData("There is no folder 'nowhere'", "zero-shot", "--data", "esc50", "nowhere")]
    public async Task Evaluate_OptionsThatDoNotFit_AreToldOf(string message, params string[] args)
    {
        var run = await Run(args);
        Assert.Equal(2, run.Code);
        Assert.Contains(message, run.ErrorLines[0], StringComparison.Ordinal);
    }

    private Task<CliRun> Run(params string[] args) => CliRun.InProcess(["evaluate", .. args, .. _model]);

    private void Sounds(string folder, params string[] names)
    {
        foreach (var name in names)
            _folder.Noise($"{folder}/{name}.wav", seed: name[0]);
    }
}
