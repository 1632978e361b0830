using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Auricle.Evaluation;
using Auricle.Evaluation.Neural;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class EvaluateCaptionsTests
{
    private const string References = "file_name,caption_1,caption_2\na.wav,A dog barks loudly.,Loud barking of a dog.\n"
        + "b.wav,\"Rain falls, and wind blows.\",It rains.\nc.wav,Birds sing in a tree.,A bird is singing.\n";
    private const string Good = "audio,task,candidate\r\na,clotho,a dog barks loudly\r\n"
        + "b,clotho,rain falls on a roof\r\nc,clotho,birds are singing\r\n";
    private const string Poor = "file,caption\na.wav,a car passes\nb.wav,rain is falling\nc.wav,people talk\n";

    private static readonly JsonElement Published = JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(Fixtures.Folder("metrics"), "conette_audiocaps_100.json"))).RootElement;

    [Fact]
    public async Task Captions_PublishedClips_PrintTheLibrarysScores()
    {
        using var folder = new TestFolder();
        var (candidates, references) = WritePublished(folder);
        var run = await Evaluate(candidates, references, "--metrics", "bleu,rouge_l,cider_d", "--tokenizer", "none", "--bootstrap", "0");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal("metric\tscore\tlow\thigh", run.Lines[0]);
        var set = PublishedSet();
        var expected = Bleu.Evaluate(set).Append(RougeL.Evaluate(set)).Append(CiderD.Evaluate(set));
        Assert.Equal(expected.Select(score => string.Create(CultureInfo.InvariantCulture, $"{score.Name}\t{score.Corpus:0.0000}\t\t")),
            run.Lines.Skip(1));
    }

    [Fact]
    public async Task Captions_GivenScores_MakePublishedSpiderAndFense()
    {
        using var folder = new TestFolder();
        var (candidates, references) = WritePublished(folder);
        var clips = Published.GetProperty("clips").EnumerateArray().ToList();
        string[] given = ["spice", "fer", "sbert_sim"];
        var scores = folder.Text("scores.csv", $"file,{string.Join(',', given)}\n" + string.Concat(clips.Select(clip =>
            $"{clip.GetProperty("fname").GetString()},{string.Join(',', given.Select(name => clip.GetProperty("scores").GetProperty(name).GetRawText()))}\n")));
        var run = await Evaluate(candidates, references, "--metrics", "spider_fl", "fense", "--tokenizer", "none", "--given-scores", scores,
            "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var system = JsonDocument.Parse(run.Out).RootElement.GetProperty("systems")[0];
        var fense = clips.Average(clip => clip.GetProperty("scores").GetProperty("fense").GetDouble());
        Assert.Equal(fense, system.GetProperty("corpus").GetProperty("fense").GetDouble(), 1e-9);
        Assert.InRange(fense, system.GetProperty("intervals").GetProperty("fense")[0].GetDouble(),
            system.GetProperty("intervals").GetProperty("fense")[1].GetDouble());
        foreach (var clip in system.GetProperty("sentences").EnumerateArray().Select(clip => clip.GetProperty("scores")))
        {
            var spider = (clip.GetProperty("cider_d").GetDouble() + clip.GetProperty("spice").GetDouble()) / 2;
            Assert.Equal(spider * (1 - (0.9 * clip.GetProperty("fer").GetDouble())), clip.GetProperty("spider_fl").GetDouble(), 1e-12);
        }
    }

    [Fact]
    public async Task Captions_Json_HasScoresIntervalsAndClips()
    {
        using var folder = new TestFolder();
        var run = await Evaluate(folder.Text("c.csv", Good), folder.Text("r.csv", References), "--metrics", "bleu", "vocab", "--json", "--seed", "7",
            "--bootstrap", "50");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var report = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal((3, 6), (report.GetProperty("clips").GetInt32(), report.GetProperty("references").GetInt32()));
        Assert.Equal("ptb", report.GetProperty("tokenizer").GetString());
        Assert.Equal((50, 7),
            (report.GetProperty("bootstrap").GetProperty("rounds").GetInt32(), report.GetProperty("bootstrap").GetProperty("seed").GetInt32()));
        var system = report.GetProperty("systems")[0];
        Assert.Equal(11, system.GetProperty("corpus").GetProperty("vocab.cands").GetDouble());
        Assert.False(system.GetProperty("intervals").TryGetProperty("vocab.cands", out _));
        Assert.Equal(["a.wav", "b.wav", "c.wav"],
            system.GetProperty("sentences").EnumerateArray().Select(clip => clip.GetProperty("file").GetString()));
        Assert.Equal(1, system.GetProperty("sentences")[0].GetProperty("scores").GetProperty("bleu_1").GetDouble(), 1e-6);
        Assert.False(report.TryGetProperty("differences", out _));
    }

    [Fact]
    public async Task Captions_Compare_TellsTheDifferenceAndItsProbability()
    {
        using var folder = new TestFolder();
        var run = await Evaluate(folder.Text("c.csv", Good), folder.Text("r.csv", References), "--compare", folder.Text("d.csv", Poor), "--metrics",
            "rouge_l", "vocab");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal("metric\tfirst\tsecond\tdifference\tlow\thigh\tp", run.Lines[0]);
        var cells = run.Lines[1].Split('\t');
        Assert.Equal(7, cells.Length);
        Assert.StartsWith("-", cells[3], StringComparison.Ordinal);
        Assert.InRange(double.Parse(cells[6], CultureInfo.InvariantCulture), 0.1, 1); // three clips prove little
        Assert.EndsWith("\t\t\t\t", run.Lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captions_NeuralMetricWithoutItsModel_NamesWhatIsMissing()
    {
        using var folder = new TestFolder();
        var run = await Evaluate(folder.Text("c.csv", Good), folder.Text("r.csv", References), "--metrics", "fer", "--models-folder", folder.At("models"));
        Assert.Equal(2, run.Code);
        Assert.Contains("fer is left out: it lacks its model", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captions_DamagedNeuralModel_IsOneSentenceAndAFailure()
    {
        using var folder = new TestFolder();
        foreach (var name in (string[])["config.json", "model.safetensors", "vocab.txt"])
            folder.Text($"models/paraphrase-TinyBERT-L6-v2/{name}", "{");
        var run = await Evaluate(
            folder.Text("c.csv", Good), folder.Text("r.csv", References), "--metrics", "sbert_sim", "--models-folder", folder.At("models"));
        Assert.Equal(1, run.Code);
        Assert.Contains("config.json", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captions_ClapSim_ComparesWithReferencesAndSounds()
    {
        using var folder = new TestFolder();
        var models = Directory.CreateDirectory(folder.At("models")).FullName;
        HashClap.WriteMs2023(models);
        foreach (var name in (string[])["a", "b", "c"])
            folder.Noise($"sounds/{name}.wav", seed: name[0]);
        Task<CliRun> Score(params string[] options) => Evaluate(folder.Text("c.csv", Good), folder.Text("r.csv", References),
            ["--metrics", "clap_sim", "--models-folder", models, "--json", "--bootstrap", "0", .. options]);
        var runs = new Dictionary<string, double[]>();
        foreach (var method in (string[])["text", "audio", "combined"])
        {
            var run = await Score("--clap-method", method, "--sounds", folder.At("sounds"));
            Assert.Equal((0, ""), (run.Code, run.Error));
            runs[method] = [.. JsonDocument.Parse(run.Out).RootElement.GetProperty("systems")[0].GetProperty("sentences").EnumerateArray()
                .Select(clip => clip.GetProperty("scores").GetProperty("clap_sim").GetDouble())];
        }
        for (var clip = 0; clip < 3; clip++)
            Assert.Equal((runs["text"][clip] + runs["audio"][clip]) / 2, runs["combined"][clip], 1e-6); // batches of other texts, whose float32 sums differ
        Assert.Equal(3, runs["audio"].Distinct().Count());

        var unpaired = await Score("--clap-method", "audio");
        Assert.Equal(2, unpaired.Code);
        Assert.Contains("--sounds", Assert.Single(unpaired.ErrorLines.Take(1)), StringComparison.Ordinal);
        File.Delete(folder.At("sounds/b.wav"));
        var missing = await Score("--sounds", folder.At("sounds"));
        Assert.Equal(2, missing.Code);
        Assert.Contains("has no sound for 1 of the 3 clips: 'b.wav'", Assert.Single(missing.ErrorLines), StringComparison.Ordinal);
        folder.Text("sounds/b.wav", "no sound");
        var damaged = await Score("--sounds", folder.At("sounds"));
        Assert.Equal(1, damaged.Code);
        Assert.Contains("b.wav", Assert.Single(damaged.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captions_FerAndMaceOfTwoSystems_AreTheLibrarys()
    {
        using var folder = new TestFolder();
        using var layout = new PublishedLayout();
        HashClap.WriteMs2023(layout.Root);
        var words = layout.WriteWordList();
        string[] good = ["a dog barks loudly", "rain falls on a roof", "birds are singing"];
        string[] poor = ["a car passes", "rain is falling", "people talk"];
        // So sharp that of each system's captions some are far above both thresholds and some far below.
        double[] logits;
        using (var plain = FluencyErrorDetector.Load(layout.WriteDetector(), words))
            logits = [.. plain.Detect([.. good, .. poor]).Select(clip => Math.Log(clip[^1] / (1.0 - clip[^1])))];
        layout.WriteDetector(middle: (float)(logits.Max() + logits.Min()) / 2, sharpness: 1e4f);

        var run = await Evaluate(folder.Text("c.csv", Good), folder.Text("r.csv", References), "--metrics", "fer,mace", "--models-folder", layout.Root,
            "--tokenizer", "none", "--compare", folder.Text("d.csv", Poor), "--json", "--bootstrap", "0");
        Assert.Equal((0, ""), (run.Code, run.Error));
        using var detector = FluencyErrorDetector.Load(layout.Root);
        var systems = JsonDocument.Parse(run.Out).RootElement.GetProperty("systems");
        var rates = new List<double>();
        foreach (var (system, candidates) in systems.EnumerateArray().Zip([good, poor]))
        {
            var errors = detector.Detect(candidates);
            var clips = system.GetProperty("sentences").EnumerateArray().Select(clip => clip.GetProperty("scores")).ToArray();
            for (var i = 0; i < clips.Length; i++)
            {
                var isWrong = errors[i][^1] > Mace.DefaultThreshold;
                rates.Add(clips[i].GetProperty("fer").GetDouble());
                Assert.Equal(isWrong ? 1 : 0, rates[^1]);
                Assert.Equal(clips[i].GetProperty("clap_sim").GetDouble() * (isWrong ? 0.7 : 1), clips[i].GetProperty("mace").GetDouble(), 1e-12);
            }
        }
        Assert.Equal(2, rates.Distinct().Count());
        Assert.NotEqual(rates[..3], rates[3..]);
    }

    [Fact]
    public async Task Captions_SpiceProgramWithoutItsJar_IsOneSentence()
    {
        using var folder = new TestFolder();
        var run = await Evaluate(folder.Text("c.csv", Good), folder.Text("r.csv", References), "--metrics", "spider", "--spice-program", folder.At("none"));
        Assert.Equal(2, run.Code);
        Assert.Contains("spice-1.0.jar", run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--spice", "exact")]
    [InlineData("--spice", "approximate", "--spice-program", "somewhere")]
    public async Task Captions_SpiceModeWithoutWhatItNeeds_IsOneSentence(params string[] options)
    {
        using var folder = new TestFolder();
        var run = await Evaluate(folder.Text("c.csv", Good), folder.Text("r.csv", References), options);
        Assert.Equal(2, run.Code);
        Assert.Contains("--spice-program", run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captions_SeveralCandidatesWithoutSpiderMax_SaysThatTheFirstIsScored()
    {
        using var folder = new TestFolder();
        var several = "file,caption_1,caption_2\n" + string.Concat(new[] { "a", "b", "c" }.Select(clip => $"{clip}.wav,rain falls,another one\n"));
        var run = await Evaluate(folder.Text("c.csv", several), folder.Text("r.csv", References), "--metrics", "rouge_l");
        Assert.Equal(0, run.Code);
        Assert.Contains("2 captions for every clip", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captions_PerClip_IsATableOfFullPrecisionThatCanBeGivenBack()
    {
        using var folder = new TestFolder();
        var table = folder.At("out/clips.csv");
        var run = await Evaluate(folder.Text("c.csv", Good), folder.Text("r.csv", References), "--compare", folder.Text("d.csv", Poor), "--metrics",
            "rouge_l", "--per-clip", table);
        Assert.Equal(0, run.Code);
        var lines = await File.ReadAllLinesAsync(table);
        Assert.Equal("file,candidate,rouge_l,compared.candidate,compared.rouge_l", lines[0]);
        Assert.Equal(4, lines.Length);
        var set = new CaptionSet(["rain falls on a roof"], [["rain falls and wind blows", "it rains"]]);
        Assert.Equal(RougeL.Evaluate(set).Corpus, double.Parse(lines[2].Split(',')[2], CultureInfo.InvariantCulture), 1e-15);
    }

    [Fact]
    public async Task Captions_Report_IsOneValidPageThatEscapesEverything()
    {
        using var folder = new TestFolder();
        const string attack = "<script>alert('x')</script> & \"quotes\"";
        var page = folder.At("report.html");
        var run = await Evaluate(
            folder.Text("c.csv", "file,caption\na.wav,<b>dog</b> & cat\nb.wav,\nc.wav,birds sing\n"),
            folder.Text("r<i>.json",
                JsonSerializer.Serialize(
                new Dictionary<string, string[]> { ["a.wav"] = [attack], ["b.wav"] = ["rain"], ["c.wav"] = ["birds <sing>"] })),
            "--compare", folder.Text("d.csv", Poor), "--metrics", "bleu", "cider_d", "diversity", "--report", page);
        Assert.Equal(0, run.Code);
        var html = await File.ReadAllTextAsync(page);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>dog", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html, StringComparison.Ordinal); // needs nothing from elsewhere
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.Contains(">empty<", html, StringComparison.Ordinal);
        // The body is well-formed, so that no text has broken out of its element.
        var body = XDocument.Parse(html[html.IndexOf("<main>", StringComparison.Ordinal)..html.IndexOf("</body>", StringComparison.Ordinal)]
            .Replace("&nbsp;", " ", StringComparison.Ordinal));
        Assert.Contains(body.Descendants("li"), item => item.Value == attack);
        Assert.Contains(body.Descendants("svg"), drawing => drawing.Elements("polyline").Any());
        Assert.DoesNotContain(body.Descendants().Attributes(), attribute => attribute.Value.Contains("NaN", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Captions_Preset_SaysWhatIsLeftOutAndGoesOn()
    {
        using var folder = new TestFolder();
        var run = await Evaluate(folder.Text("c.csv", Good), folder.Text("r.csv", References), "--preset", "dcase2024");
        Assert.Equal(0, run.Code);
        Assert.All(run.ErrorLines, line => Assert.Matches("^(Warning|Note): ", line));
        Assert.Contains(run.ErrorLines, line => line.Contains("fense", StringComparison.Ordinal) && line.Contains("--models-folder", StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.StartsWith("vocab.cands\t11", StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.StartsWith("cider_d\t", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Captions_EmptyCandidate_IsScoredWithAWarning()
    {
        using var folder = new TestFolder();
        var run = await Evaluate(folder.Text("c.csv", "file,caption\na,a dog\nb,\nc,a bird\n"), folder.Text("r.csv", References), "--metrics",
            "bleu", "rouge_l", "cider_d", "vocab", "diversity");
        Assert.Equal(0, run.Code);
        Assert.Contains("empty caption for 'b.wav'", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captions_OddTexts_AreScored()
    {
        using var folder = new TestFolder();
        var longCaption = string.Join(' ', Enumerable.Range(0, 10_000).Select(word => $"w{word}"));
        var references = folder.Text("r.csv", $"file,caption\n犬,犬が吠える\nb,{longCaption}\nc,a \"loud\" dog 🐶\n");
        var run = await Evaluate(folder.Text("c.csv", $"file,caption\n犬.wav,犬が吠える\nb.wav,{longCaption}\nc.wav,... !!!\n"), references, "--preset",
            "all", "--bootstrap", "20");
        Assert.Equal(0, run.Code);
        Assert.All(run.ErrorLines, line => Assert.Matches("^(Warning|Note): ", line));
        Assert.Contains(run.Lines, line => line.StartsWith("rouge_l\t0.6667", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("There is no file", "--candidates", "missing.csv")]
    [InlineData("no caption for 1 clip", "--candidates", "two.csv")]
    [InlineData("no references for: 'z.wav'", "--candidates", "extra.csv")]
    [InlineData("two captions for 'a.wav'", "--candidates", "doubled.csv")]
    [InlineData("columns 'x', 'y'", "--candidates", "headers.csv")]
    [InlineData("no reference caption for 'b.wav'", "--references", "hollow.csv")]
    [InlineData("There is no metric 'clip'", "--metrics", "clip")]
    [InlineData("There is no preset 'dcase'", "--preset", "dcase")]
    [InlineData("clap_sim is left out: it ", "--metrics", "clap_sim")]
    [InlineData("--bootstrap takes a whole number, not '-1'", "--bootstrap", "-1")]
    [InlineData("ptb, none", "--tokenizer", "spacy")]
    [InlineData("would be written over", "--per-clip", "r.csv")]
    [InlineData("is a folder", "--report", ".")]
    [InlineData("no scores for 'a.wav'", "--given-scores", "spice.csv")]
    [InlineData("There is no file", "--compare", "missing.csv")]
    public async Task Captions_BadUse_IsOneSentenceAndExitCode2(string part, string option, string value)
    {
        using var folder = new TestFolder();
        folder.Text("two.csv", "file,caption\na.wav,x\nb.wav,x\n");
        folder.Text("extra.csv", Poor + "z.wav,x\n");
        folder.Text("doubled.csv", Poor + "a.wav,x\n");
        folder.Text("headers.csv", "x,y\na,b\n");
        folder.Text("hollow.csv", "file_name,caption_1\na.wav,x\nb.wav,\nc.wav,x\n");
        folder.Text("spice.csv", "file,spice\nb.wav,0.5\n");
        var arguments = new Dictionary<string, string> { ["--candidates"] = folder.Text("c.csv", Poor),
            ["--references"] = folder.Text("r.csv", References) };
        arguments[option] = value is "." ? folder.Root : value.EndsWith(".csv", StringComparison.Ordinal) ? folder.At(value) : value;
        var run = await CliRun.InProcess(["evaluate", "captions", .. arguments.SelectMany(pair => new[] { pair.Key, pair.Value })]);
        Assert.Equal(2, run.Code);
        Assert.Contains(part, run.ErrorLines[0], StringComparison.Ordinal);
        Assert.All(run.ErrorLines.Skip(1), line => Assert.Equal("See auricle evaluate captions --help.", line));
        Assert.Empty(run.Out);
    }

    [Theory]
    [InlineData("captions")]
    [InlineData("captions", "--candidates", "x.csv")]
    [InlineData("captions", "--candidates", "x.csv", "--references", "y.csv", "--preset", "all", "--metrics", "bleu")]
    public async Task Captions_IncompleteLine_PointsToTheHelp(params string[] args)
    {
        var run = await CliRun.InProcess(["evaluate", .. args]);
        Assert.Equal(2, run.Code);
        Assert.Equal("See auricle evaluate captions --help.", run.ErrorLines[^1]);
    }

    [Fact]
    public async Task Captions_Help_NamesEveryOption()
    {
        var run = await CliRun.InProcess("evaluate", "captions", "--help");
        Assert.Equal(0, run.Code);
        foreach (var option in new[] { "--candidates", "--references", "--compare", "--preset", "--metrics", "--tokenizer", "--bootstrap",
            "--per-clip", "--report", "--meteor-paraphrases", "dcase2024" })
            Assert.Contains(option, run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task Captions_OfOurOwnCaptioner_AreReadBack(string format)
    {
        using var folder = new TestFolder();
        var sounds = new[] { folder.Noise("a.wav"), folder.Noise("b.wav", 2) };
        var export = folder.At("export.csv");
        var output = folder.At($"out.{format}");
        Assert.Equal(0, (await CliRun.Caption([.. sounds, "--output", output, "--candidates", "2", "--csv_export", export])).Code);
        var references = folder.Text("r.csv", "file_name,caption_1,caption_2\na.wav,a dog barks,rain falls\nb.wav,water runs,wind blows\n");
        var own = await Evaluate(output, references, "--metrics", "rouge_l", "bleu");
        var exported = await Evaluate(export, references, "--metrics", "rouge_l", "bleu");
        Assert.Equal(0, own.Code);
        Assert.Contains("2 captions for every clip", Assert.Single(own.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(exported.Out, own.Out);
    }

    [Fact]
    public async Task Captions_ProgramWithoutWordNet_LeavesOutMeteorAndSaysHowToGetIt()
    {
        using var folder = new TestFolder();
        var (candidates, references) = WritePublished(folder);
        using var process = CliRun.Launch(
            ["evaluate", "captions", "-c", candidates, "-r", references], ("AURICLE_WORDNET", folder.At("nowhere/x")),
            ("XDG_CACHE_HOME", folder.At("cache/x")));
        var run = await CliRun.End(process);
        Assert.Equal(0, run.Code);
        Assert.Contains(run.ErrorLines, line => line.Contains("meteor is left out", StringComparison.Ordinal)
            && line.Contains("wordnet-base", StringComparison.Ordinal));
        Assert.DoesNotContain(run.Lines, line => line.StartsWith("meteor", StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.StartsWith("cider_d\t", StringComparison.Ordinal));
    }

    [InstalledWordNetFact]
    public async Task Captions_ProgramWithWordNet_ScoresMeteorAndKeepsItsData()
    {
        using var folder = new TestFolder();
        var (candidates, references) = WritePublished(folder);
        var cache = folder.At("cache/x");
        string[] args = ["evaluate", "captions", "-c", candidates, "-r", references, "--metrics", "meteor", "--tokenizer", "none", "--json",
            "--bootstrap", "0"];
        using var process = CliRun.Launch(args, ("XDG_CACHE_HOME", cache));
        var run = await CliRun.End(process);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.True(File.Exists(Path.Combine(cache, "auricle", "meteor", "english.synsets")));
        var expected = Published.GetProperty("clips").EnumerateArray()
            .Select(clip => clip.GetProperty("meteor_without_paraphrase").GetProperty("score").GetDouble());
        var actual = JsonDocument.Parse(run.Out).RootElement.GetProperty("systems")[0].GetProperty("sentences").EnumerateArray()
            .Select(clip => clip.GetProperty("scores").GetProperty("meteor").GetDouble());
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-12));

        // Another run needs no WordNet, and takes the user's table of paraphrases.
        var table = Path.Combine(Fixtures.Folder("metrics"), "meteor_mini_paraphrase.txt");
        using var second = CliRun.Launch([.. args, "--meteor-paraphrases", table], ("XDG_CACHE_HOME", cache),
            ("AURICLE_WORDNET", folder.At("nowhere/x")));
        var again = await CliRun.End(second);
        Assert.Equal((0, ""), (again.Code, again.Error));
        Assert.True(JsonDocument.Parse(again.Out).RootElement.GetProperty("meteorParaphrases").GetBoolean());
    }

    private static Task<CliRun> Evaluate(string candidates, string references, params string[] args) =>
        CliRun.InProcess(["evaluate", "captions", "--candidates", candidates, "--references", references, .. args]);

    private static (string Candidates, string References) WritePublished(TestFolder folder)
    {
        var clips = Published.GetProperty("clips").EnumerateArray().ToList();
        return (
            folder.Text("candidates.jsonl", string.Concat(clips.Select(clip => JsonSerializer.Serialize(new Dictionary<string, string?>
            {
                ["file"] = $"/sounds/{clip.GetProperty("fname").GetString()}",
                ["caption"] = clip.GetProperty("candidate").GetString(),
            }) + "\n"))),
            folder.Text("references.json", JsonSerializer.Serialize(clips.ToDictionary(
                clip => clip.GetProperty("fname").GetString()!,
                clip => clip.GetProperty("references").EnumerateArray().Select(text => text.GetString()).ToArray()))));
    }

    private static CaptionSet PublishedSet()
    {
        var clips = Published.GetProperty("clips").EnumerateArray().ToList();
        return new CaptionSet(
            [.. clips.Select(clip => clip.GetProperty("candidate").GetString()!)],
            [.. clips.Select(clip => clip.GetProperty("references").EnumerateArray().Select(text => text.GetString()!).ToArray())]);
    }
}

/// <summary>A test of the installed WordNet: skipped, and reported so, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class InstalledWordNetFactAttribute : FactAttribute
{
    public InstalledWordNetFactAttribute() =>
        Skip = MeteorResources.Find() is null ? "needs WordNet 3.0 (Debian: wordnet-base)" : null;
}
