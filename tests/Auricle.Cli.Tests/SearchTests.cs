using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Auricle.Audio;
using Auricle.Search;
using Microsoft.Extensions.VectorData;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class SearchTests : IDisposable
{
    private static readonly Lazy<(string Checkpoint, string Tokenizer)> Model = new(() =>
    {
        var folder = Directory.CreateDirectory(Path.Combine(TestModel.Folder, "..", "clap")).FullName;
        return (HashClap.WriteMs2023(folder), Path.Combine(folder, "gpt2"));
    });

    private readonly TestFolder _folder = new();

    private string Index => _folder.At("index/of sounds");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task IndexThenSearch_BySoundOrText_FindsFilesAndStretches()
    {
        var run = await Run("index", ManySounds());
        Assert.Equal((0, ""), (run.Code, run.Out));
        Assert.Contains("4 added, 0 changed, 0 unchanged, 0 removed, 0 failed, 1 left out", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Contains("times real time", run.ErrorLines[^2], StringComparison.Ordinal);

        var found = await Run("search", "--like", _folder.At("sounds/b.wav"), "--json");
        Assert.Equal((0, ""), (found.Code, found.Error));
        var hits = JsonDocument.Parse(found.Out).RootElement.EnumerateArray().ToArray();
        Assert.Equal(4, hits.Length);
        Assert.Equal(_folder.At("sounds/b.wav"), hits[0].GetProperty("file").GetString());
        Assert.Equal(1, hits[0].GetProperty("score").GetDouble(), 1e-3);
        Assert.Equal(hits.Select(Score).OrderDescending(), hits.Select(Score));

        // Of the long file the best stretch is a hit, or each of them.
        var ofLong = await Run("search", "rain on a tin roof", "--under", _folder.At("sounds/deep"), "--csv");
        Assert.Equal(2, ofLong.Lines.Length);
        Assert.StartsWith("rank,score,file,start,end,duration", ofLong.Lines[0], StringComparison.Ordinal);
        var each = await Run("search", "rain on a tin roof", "--under", _folder.At("sounds/deep"), "--all-stretches", "--format", "jsonl");
        Assert.Equal([0, 7.5, 15], each.Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("start").GetDouble()).Order());
        var best = each.Lines.Select(line => Score(JsonDocument.Parse(line).RootElement)).Max();
        Assert.Equal(best, double.Parse(ofLong.Lines[1].Split(',')[1], CultureInfo.InvariantCulture), 1e-3);
        // A text that is not wanted changes the order; a score and a length leave out.
        var table = await Run("search", "rain", "--not", "voices", "--top", "2");
        Assert.Equal([3, 3], table.Lines.Select(line => line.Split('\t').Length));
        Assert.Equal(folderOf("a", "b", "c"), (await Run("search", "rain", "--max-seconds", "5", "--csv")).Lines[1..].Select(line => line.Split(',')[2]).Order());
        var none = await Run("search", "rain", "--min-score", "0.999");
        Assert.Equal((0, ""), (none.Code, none.Out));
        Assert.Contains("No sound fits", Assert.Single(none.ErrorLines), StringComparison.Ordinal);

        static double Score(JsonElement hit) => hit.GetProperty("score").GetDouble();
        IEnumerable<string> folderOf(params string[] names) => names.Select(name => _folder.At($"sounds/{name}.wav"));
    }

    [Fact]
    public async Task Index_Again_DoesOnlyWhatHasChanged()
    {
        var sounds = ManySounds();
        _folder.Bytes("sounds/broken.wav", [1, 2, 3, 4, 5]);
        var first = await Run("index", sounds);
        Assert.Equal(1, first.Code);
        Assert.Contains("broken.wav", first.Error, StringComparison.Ordinal);
        Assert.Contains("4 added, 0 changed, 0 unchanged, 0 removed, 1 failed", first.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Contains("0 added, 0 changed, 5 unchanged, 0 removed, 0 failed", (await Run("index", sounds)).ErrorLines[^1], StringComparison.Ordinal);
        var status = await CliRun.InProcess("index", "status", "--index", Index, "--json");
        Assert.Equal(1, JsonDocument.Parse(status.Out).RootElement.GetProperty("failed").GetInt32());
        Assert.Contains("broken.wav", (await CliRun.InProcess("index", "status", "--index", Index)).Out, StringComparison.Ordinal);
        Assert.Contains("1 failed", (await Run("index", sounds, "--retry")).ErrorLines[^1], StringComparison.Ordinal);

        var before = Vectors();
        File.SetLastWriteTimeUtc(_folder.At("sounds/a.wav"), DateTime.UtcNow.AddDays(-1)); // the same content
        _folder.Noise("sounds/b.wav", seed: 77);
        File.Move(_folder.At("sounds/c.wav"), _folder.At("sounds/deep/moved.wav"));
        File.Delete(_folder.At("sounds/broken.wav"));
        _folder.Noise("sounds/new.wav", seed: 78);
        Assert.Contains("1 added, 1 changed, 1 moved, 2 unchanged, 1 removed, 0 failed", (await Run("index", sounds)).ErrorLines[^1], StringComparison.Ordinal);
        var after = Vectors();
        Assert.Equal(["a.wav", "b.wav", "deep/long.wav", "deep/moved.wav", "new.wav"], after.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((before["a.wav"], before["c.wav"], before["deep/long.wav"]), (after["a.wav"], after["deep/moved.wav"], after["deep/long.wav"]));
        Assert.NotEqual(before["b.wav"], after["b.wav"]);

        var removed = await CliRun.InProcess("index", "remove", _folder.At("sounds/deep"), "--index", Index);
        Assert.Equal((0, $"2 files at or below '{_folder.At("sounds/deep")}' removed from the index.\n"), (removed.Code, removed.Out));
        var nothing = await CliRun.InProcess("index", "remove", "/nowhere", "--index", Index);
        Assert.Equal(1, nothing.Code);
        Assert.Contains("has no file at or below '/nowhere'", Assert.Single(nothing.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(0, (await CliRun.InProcess("index", "verify", "--index", Index)).Code);

        // A file that has not changed keeps the number of its stretches, which stand for its vectors.
        Dictionary<string, long> Vectors()
        {
            using var index = SoundIndex.Open(Index);
            return index.Files().Where(file => file.Error is null).ToDictionary(file => file.Stamp.Path, file => file.Id);
        }
    }

    [Fact]
    public async Task Index_KilledAgainAndAgain_GoesOnAndEndsWithEverything()
    {
        const int Files = 60;
        for (var i = 0; i < Files; i++)
            _folder.Noise($"sounds/{i}.wav", seconds: 1.2, seed: i);
        var random = new SplitMix64((ulong)Environment.TickCount64);
        long known = 0;
        for (var round = 0; round < 4; round++)
        {
            using (var process = CliRun.Launch(Arguments("index", _folder.At("sounds"), "--batch", "1", "--workers", "2")))
            {
                await Task.Delay(1500 + random.Next(2500));
                process.Kill();
                await process.WaitForExitAsync();
            }
            if (!SoundIndex.Exists(Index))
                continue;
            using var index = SoundIndex.OpenForWriting(Index);
            Assert.Empty(index.Verify());
            Assert.InRange(index.Count().Files, known, Files);
            known = index.Count().Files;
        }
        Assert.Contains($"{Files - known} added, 0 changed, {known} unchanged", (await Run("index", _folder.At("sounds"))).ErrorLines[^1], StringComparison.Ordinal);
        using var whole = SoundIndex.Open(Index);
        Assert.Equal((Files, Files), (whole.Count().Files, whole.Count().Segments));
    }

    [Fact]
    public async Task Index_Interrupted_KeepsWhatIsDone()
    {
        for (var i = 0; i < 400; i++)
            _folder.Noise($"sounds/{i}.wav", seconds: 1.2, seed: i);
        using var process = CliRun.Launch(Arguments("index", _folder.At("sounds"), "--batch", "1", "--workers", "1"));
        var error = process.StandardError.ReadToEndAsync();
        while (!process.HasExited && !(SoundIndex.Exists(Index) && Count() > 0))
            await Task.Delay(50);
        using (Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)])) { }
        await process.WaitForExitAsync();
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("the same command goes on with the rest", await error, StringComparison.Ordinal);
        Assert.InRange(Count(), 1, 399);

        long Count()
        {
            try
            {
                using var index = SoundIndex.Open(Index);
                return index.Count().Files;
            }
            catch (IndexException)
            {
                return 0; // not made yet
            }
        }
    }

    [Fact]
    public async Task Search_ByAnotherModel_OrAnIndexThatIsWrittenOrAbsent_IsOneSentence()
    {
        var sounds = ManySounds();
        Assert.Equal(0, (await Run("index", sounds)).Code);
        var other = _folder.At("other.safetensors");
        SmallEncoder.Write(other);
        await Refused(2, "was made by the model 'CLAP_weights_2023'", "search", "--like", _folder.At("sounds/a.wav"), "--model", other, "--index", Index);
        await Refused(2, "--rebuild", "index", sounds, "--model", other, "--index", Index);
        Assert.Equal(0, (await CliRun.InProcess("index", sounds, "--model", other, "--index", _folder.At("of other"))).Code);
        await Refused(2, "does not do what was asked for", "search", "rain", "--model", other, "--index", _folder.At("of other"));
        await Refused(2, "There is no index at", "search", "--like", _folder.At("sounds/a.wav"), "--model", other, "--index", _folder.At("nowhere"));
        await Refused(2, "holds stretches of 10 s", [.. Arguments("index", sounds, "--segment", "5")]);
        await Refused(2, "holds other files", "index", sounds, "--model", other, "--index", sounds);
        using (SoundIndex.OpenForWriting(Index))
            await Refused(1, "is being written by another run", [.. Arguments("index", sounds)]);
        Assert.Equal(0, (await CliRun.InProcess("index", sounds, "--model", other, "--index", Index, "--rebuild")).Code);
        var hits = await CliRun.InProcess("search", "--like", _folder.At("sounds/a.wav"), "--model", other, "--index", Index, "--explain");
        Assert.Equal((0, 4), (hits.Code, hits.Lines.Length));
        Assert.Contains(hits.Lines, line => line.StartsWith($"1.000\t0:02\t{_folder.At("sounds/a.wav")}\t", StringComparison.Ordinal));
        Assert.All(hits.Lines, line => Assert.Contains("tag ", line.Split('\t')[3], StringComparison.Ordinal));

        static async Task Refused(int code, string sentence, params string[] args)
        {
            var run = await CliRun.InProcess(args);
            Assert.Equal((code, ""), (run.Code, run.Out));
            Assert.Contains(sentence, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Index_OfNothing_IsOneSentence()
    {
        Directory.CreateDirectory(_folder.At("empty"));
        var run = await Run("index", _folder.At("empty"), _folder.At("missing.wav"), "-");
        Assert.Equal(1, run.Code);
        Assert.Contains("holds no sound file", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains("There is no file", run.ErrorLines[1], StringComparison.Ordinal);
        Assert.Contains("Standard input has no place", run.ErrorLines[2], StringComparison.Ordinal);
        var search = await Run("search", "rain");
        Assert.Equal(0, search.Code);
        Assert.Contains("is empty", Assert.Single(search.ErrorLines), StringComparison.Ordinal);
        var graph = await CliRun.InProcess("index", "graph", "--index", Index);
        Assert.Equal(2, graph.Code);
        Assert.Contains("is empty", Assert.Single(graph.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_NamesInAnyScript_AndWithTags_ComeThroughEveryFormat()
    {
        string[] names = ["größe.wav", "гром над городом.wav", "雷.wav", "עברית.wav", "-dash 'quote\" %_.wav", "line\nend.wav", "🌧.wav", "#hash.wav"];
        foreach (var (i, name) in names.Index())
            _folder.Noise($"sounds/{name}", seed: i + 1);
        Tagged("sounds/tagged.wav", "Thunder over a city", "2019-07-08");
        Assert.Equal(0, (await Run("index", _folder.At("sounds"))).Code);
        var json = JsonDocument.Parse((await Run("search", "thunder", "--json")).Out).RootElement.EnumerateArray().ToArray();
        Assert.Equal(names.Append("tagged.wav").Order(StringComparer.Ordinal), json.Select(hit => Path.GetFileName(hit.GetProperty("file").GetString()!)).Order(StringComparer.Ordinal));
        var list = (await Run("search", "thunder", "--m3u")).Lines;
        Assert.Equal("#EXTM3U", list[0]);
        Assert.Equal(1 + 4 * json.Length, list.Length);
        Assert.Equal(json.Length, list.Count(line => !line.StartsWith('#')));
        Assert.Contains(list, line => line.StartsWith("file:///", StringComparison.Ordinal) && line.EndsWith("line%0Aend.wav", StringComparison.Ordinal));
        Assert.Equal(json.Length, (await Run("search", "thunder")).Lines.Length);

        var tagged = JsonDocument.Parse((await Run("search", "thunder", "--json", "--tag", "description=over a CITY", "--tag", "scene=12")).Out).RootElement;
        var hit = Assert.Single(tagged.EnumerateArray());
        Assert.Equal("2019-07-08T09:10:11+00:00", hit.GetProperty("recorded").GetString());
        var tags = hit.GetProperty("tags");
        Assert.Equal(("Thunder over a city", "Recorder 3", "12A", "city storms"), (Tag("description"), Tag("originator"), Tag("scene"), Tag("project")));
        Assert.Equal("tagged.wav", Path.GetFileName((await Run("search", "thunder", "--csv", "--before", "2019-08")).Lines[1].Split(',')[2]));
        Assert.Equal(2, (await Run("search", "thunder", "--csv", "--before", "2019-08")).Lines.Length);
        Assert.Equal(names.Length, (await Run("search", "thunder", "--after", "2020-01-01")).Lines.Length);

        string? Tag(string key) => tags.GetProperty(key).GetString();
    }

    [Fact]
    public async Task Search_CopiesOfARecording_AreFoldedOnlyWhereAsked()
    {
        ManySounds();
        File.Copy(_folder.At("sounds/a.wav"), _folder.At("sounds/copy of a.wav"));
        var quiet = HashWeights.Signal("noise", 32000, 1);
        _folder.Wav("sounds/quieter a.wav", Array.ConvertAll(quiet, sample => sample * 0.999f), 16000, pcm: true);
        Assert.Equal(0, (await Run("index", _folder.At("sounds"))).Code);
        Assert.Equal(6, (await Run("search", "--like", _folder.At("sounds/a.wav"))).Lines.Length);
        var folded = JsonDocument.Parse((await Run("search", "--like", _folder.At("sounds/a.wav"), "--fold", "--json")).Out).RootElement.EnumerateArray().ToArray();
        var copies = folded[0].GetProperty("copies").EnumerateArray().Select(copy => Path.GetFileName(copy.GetString()!)).Append(Path.GetFileName(folded[0].GetProperty("file").GetString()!));
        Assert.Superset(new HashSet<string> { "a.wav", "copy of a.wav", "quieter a.wav" }, copies.ToHashSet());
    }

    [Fact]
    public async Task Index_RootThatHasMoved_IsFoundAtItsNewPlace()
    {
        ManySounds();
        Assert.Equal(0, (await Run("index", _folder.At("sounds"))).Code);
        Directory.Move(_folder.At("sounds"), _folder.At("archive"));
        var gone = await Run("search", "rain");
        Assert.Equal(0, gone.Code);
        Assert.Contains("auricle index --root NEW", Assert.Single(gone.ErrorLines), StringComparison.Ordinal);
        var wrong = await CliRun.InProcess("index", "--root", _folder.At("nowhere"), "--index", Index);
        Assert.Equal(2, wrong.Code);
        Assert.Contains("There is no folder", Assert.Single(wrong.ErrorLines), StringComparison.Ordinal);
        var moved = await CliRun.InProcess("index", "--root", _folder.At("archive"), "--index", Index);
        Assert.Equal((0, ""), (moved.Code, moved.Error));
        Assert.Contains("0 added, 0 changed, 4 unchanged, 0 removed", (await Run("index", _folder.At("archive"))).ErrorLines[^1], StringComparison.Ordinal);
        Assert.All((await Run("search", "rain")).Lines, line => Assert.Contains(_folder.At("archive"), line, StringComparison.Ordinal));
        var both = await CliRun.InProcess("index", "--root", $"{_folder.At("archive")}={_folder.Root}", "--index", Index);
        Assert.Equal((0, $"'{_folder.At("archive")}' lies at '{_folder.Root}' now.\n"), (both.Code, both.Out));
    }

    [MountFact]
    public async Task Index_DiskThatIsFull_KeepsWhatWasDone_AndGoesOnLater()
    {
        const int Files = 120;
        for (var i = 0; i < Files; i++)
            _folder.Noise($"sounds/{new string('n', 200)}{i}.wav", seconds: 1.1, seed: i);
        Directory.CreateDirectory(Index);
        // First a disk on which only some of the files find room, then the same with more.
        var arguments = string.Join(' ', Arguments("index", _folder.At("sounds"), "--batch", "1").Select(argument => $"'{argument}'"));
        using var process = Process.Start(new ProcessStartInfo("unshare", ["--mount", "sh", "-c",
            $"mount -t tmpfs -o size=112k tmpfs '{Index}' && dotnet '{typeof(CommandLine).Assembly.Location}' {arguments}; echo code $? >&2; mount -o remount,size=8m '{Index}' && dotnet '{typeof(CommandLine).Assembly.Location}' {arguments}; echo code $? >&2; dotnet '{typeof(CommandLine).Assembly.Location}' index verify --index '{Index}'"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        var run = await CliRun.End(process);
        Assert.Equal(0, run.Code);
        Assert.Contains("make room", run.Error, StringComparison.Ordinal);
        Assert.Equal(["code 1", "code 0"], run.ErrorLines.Where(line => line.StartsWith("code", StringComparison.Ordinal)));
        Assert.Contains($"{Files} vectors of {Files} files are as they were written.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Classify_OwnLabels_GivesProbabilities()
    {
        ManySounds();
        var run = await Run("classify", _folder.At("sounds"), "--labels", "rain, dog_barking,siren", "--format", "jsonl");
        Assert.Equal(0, run.Code);
        Assert.Contains("4 classified, 0 failed, 1 left out", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        foreach (var line in run.Lines)
        {
            var tags = JsonDocument.Parse(line).RootElement.GetProperty("tags").EnumerateArray().ToArray();
            Assert.Equal(["dog_barking", "rain", "siren"], tags.Select(tag => tag.GetProperty("label").GetString()!).Order());
            Assert.Equal(1, tags.Sum(tag => tag.GetProperty("probability").GetDouble()), 1e-5);
        }
        // Descriptions take the place of the label; several of them and several templates are averaged.
        var labels = _folder.Text("labels.txt", "rain\n\nsiren\n");
        var described = _folder.Text("words.csv", "label,sentence\nrain,\"Drops fall, many of them.\"\nrain,It pours.\n");
        var plain = await Classified("--labels-file", labels);
        Assert.NotEqual(plain, await Classified("--labels-file", labels, "--descriptions", described));
        Assert.NotEqual(plain, await Classified("--labels-file", labels, "--template", "{}"));
        Assert.Equal(plain, await Classified("--labels", "rain,siren"));
        var multi = await Run("classify", _folder.At("sounds/a.wav"), "--labels-file", labels, "--multi", "--threshold", "0", "--format", "csv");
        Assert.Equal(3, multi.Lines.Length);
        Assert.NotEqual(1, multi.Lines[1..].Sum(line => double.Parse(line.Split(',')[4], CultureInfo.InvariantCulture)), 1e-3);
        Assert.Empty((await Run("classify", _folder.At("sounds/a.wav"), "--labels", "rain,siren", "--multi", "--threshold", "1", "--format", "csv")).Lines[1..]);

        async Task<string> Classified(params string[] args) => (await Run("classify", [_folder.At("sounds/a.wav"), "--format", "csv", .. args])).Out;
    }

    [Theory]
    [InlineData("Label 2 of 3 is empty", "--labels", "rain,,dog")]
    [InlineData("The label 'Rain' stands 2 times", "--labels", "Rain,dog,rain ")]
    [InlineData("No labels are given")]
    [InlineData("choose one", "--labels", "a", "--labels-file", "b")]
    [InlineData("lacks {}", "--labels", "a,b", "--template", "a sound")]
    [InlineData("cannot be read", "--labels-file", "/nowhere/labels.txt")]
    [InlineData("--threshold takes a probability", "--labels", "a,b", "--threshold", "2")]
    public async Task Classify_BadLabels_IsOneSentence(string sentence, params string[] args)
    {
        _folder.Noise("a.wav");
        var run = await Run("classify", [_folder.At("a.wav"), .. args]);
        Assert.Equal((2, ""), (run.Code, run.Out));
        Assert.Contains(sentence, run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]", "labels.json", "has 1 where a text belongs")]
    [InlineData("{}", "labels.json", "is not a JSON list")]
    [InlineData("", "labels.txt", "holds no label")]
    [InlineData("\n \n", "labels.txt", "holds no label")]
    public async Task Classify_BadLabelFile_IsOneSentence(string content, string name, string sentence)
    {
        _folder.Noise("a.wav");
        var run = await Run("classify", _folder.At("a.wav"), "--labels-file", _folder.Text(name, content));
        Assert.Equal((2, ""), (run.Code, run.Out));
        Assert.Contains(sentence, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rain", "no sentence", "lacks the sentence about 'rain'")]
    [InlineData("wind\tIt blows.", "another label", "which is no label")]
    public async Task Classify_BadDescriptions_IsOneSentence(string content, string what, string sentence)
    {
        _folder.Noise("a.wav");
        var run = await Run("classify", _folder.At("a.wav"), "--labels", "rain,siren", "--descriptions", _folder.Text("words.tsv", content));
        Assert.True(run.Code == 2, what);
        Assert.Contains(sentence, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SearchAsync_OfTheAbstractions_FindsTheSame()
    {
        ManySounds();
        Assert.Equal(0, (await Run("index", _folder.At("sounds"))).Code);
        using var search = SoundSearch.Open(Index, Model.Value.Checkpoint, new AudioModelOptions { Tokenizer = Model.Value.Tokenizer });
        IVectorSearchable<SoundHit> searchable = search;
        var expected = search.Find("a dog barks", top: 4).Select(hit => hit.File).ToList();
        Assert.Equal(expected, (await Found("a dog barks")).Select(hit => hit.File));
        Assert.Equal(expected[1..], (await Found("a dog barks", new() { Skip = 1 }, 3)).Select(hit => hit.File));
        Assert.All(await Found("a dog barks", new() { Filter = hit => hit.Duration > 5 }), hit => Assert.EndsWith("long.wav", hit.File, StringComparison.Ordinal));
        var clip = AudioFile.Load(_folder.At("sounds/c.wav"), 44100);
        Assert.Equal(1, (await Found(clip)).Single(hit => hit.File == _folder.At("sounds/c.wav")).Score, 1e-3);
        Assert.Equal(1, (await Found(search.Vector(new SoundQuery { Like = [_folder.At("sounds/c.wav")] }))).Single(hit => hit.File == _folder.At("sounds/c.wav")).Score, 1e-3);
        await Assert.ThrowsAsync<NotSupportedException>(() => Found(5));
        Assert.Same(search, searchable.GetService(typeof(SoundSearch)));
        Assert.Equal(Index, ((VectorStoreCollectionMetadata)searchable.GetService(typeof(VectorStoreCollectionMetadata))!).CollectionName);

        async Task<List<SoundHit>> Found<T>(T value, VectorSearchOptions<SoundHit>? options = null, int top = 4) where T : notnull
        {
            var hits = new List<SoundHit>();
            await foreach (var result in searchable.SearchAsync(value, top, options))
                hits.Add(result.Record);
            return hits;
        }
    }

    [Fact]
    public async Task Search_ToPlay_WithoutAPlayer_IsOneSentence()
    {
        ManySounds();
        Assert.Equal(0, (await Run("index", _folder.At("sounds"))).Code);
        var dotnet = Environment.ProcessPath!;
        using var process = Process.Start(new ProcessStartInfo(dotnet, [typeof(CommandLine).Assembly.Location, .. Arguments("search", "rain", "--play")])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["PATH"] = _folder.Root },
        })!;
        var run = await CliRun.End(process);
        Assert.Equal((2, ""), (run.Code, run.Out));
        Assert.Contains("--play needs ffplay or aplay", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private static string[] Arguments(string verb, string index, string[] args) =>
        [verb, "--model", Model.Value.Checkpoint, "--tokenizer", Model.Value.Tokenizer, .. verb == "classify" ? [] : (string[])["--index", index], .. args];

    private string[] Arguments(string verb, params string[] args) => Arguments(verb, Index, args);

    private Task<CliRun> Run(string verb, params string[] args) => CliRun.InProcess(Arguments(verb, Index, args));

    private string ManySounds()
    {
        foreach (var (name, seed) in ((string, int)[])[("a", 1), ("b", 2), ("c", 3)])
            _folder.Noise($"sounds/{name}.wav", seconds: 1 + seed % 2, seed: seed);
        _folder.Noise("sounds/deep/long.wav", seconds: 24, seed: 4);
        _folder.Text("sounds/notes.txt", "no sound");
        return _folder.At("sounds");
    }

    /// <summary>Writes a recording with the chunks of recorders behind its samples.</summary>
    private void Tagged(string name, string description, string date)
    {
        var path = _folder.Noise(name, seed: 50);
        var broadcast = new byte[602];
        Encoding.UTF8.GetBytes(description, broadcast);
        Encoding.UTF8.GetBytes("Recorder 3", broadcast.AsSpan(256));
        Encoding.UTF8.GetBytes(date + "09:10:11", broadcast.AsSpan(320));
        var production = Encoding.UTF8.GetBytes("<?xml version=\"1.0\"?><BWFXML><PROJECT>city storms</PROJECT><SCENE>12A</SCENE><TAKE/></BWFXML>");
        using var file = new FileStream(path, FileMode.Open);
        file.Position = file.Length;
        using var writer = new BinaryWriter(file);
        foreach (var (chunk, content) in ((string, byte[])[])[("bext", broadcast), ("iXML", production)])
        {
            writer.Write(Encoding.ASCII.GetBytes(chunk));
            writer.Write(content.Length);
            writer.Write(content);
            if (content.Length % 2 == 1)
                writer.Write((byte)0);
        }
        var length = (int)file.Position - 8;
        file.Position = 4;
        writer.Write(length);
    }
}
