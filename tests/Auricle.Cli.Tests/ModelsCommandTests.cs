using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Auricle.Fetching;
using Auricle.Models.Families;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Testing.Serving;
using Microsoft.AspNetCore.Http;

namespace Auricle.Cli.Tests;

/// <summary>Models by name: the catalogue, fetching from a hub and an archive that run here, and the caches.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class ModelsCommandTests : IAsyncLifetime, IDisposable
{
    private const string Tiny = "someone/tiny";

    private readonly TestFolder _folder = new();
    private readonly Dictionary<string, string?> _before = [];
    private LocalHub _hub = null!;

    private string Cache => Path.Combine(_folder.Root, "hf", "hub", "models--someone--tiny");

    public async Task InitializeAsync()
    {
        _hub = await LocalHub.StartAsync();
        Set("HF_ENDPOINT", _hub.Endpoint);
        Set("HF_HOME", Path.Combine(_folder.Root, "hf"));
        Set("HF_HUB_CACHE", null);
        Set("HF_TOKEN", null);
        Set("HF_HUB_OFFLINE", null);
        Set("XDG_CACHE_HOME", Path.Combine(_folder.Root, "cache"));
        Set("AURICLE_CATALOGUE", null);
    }

    [Fact]
    public async Task Pull_FromTheHub_LaysFilesAsItsToolsDo()
    {
        var files = TinyFiles();
        var commit = _hub.Add(Tiny, files);
        var run = await CliRun.InProcess("models", "pull", Tiny);
        Assert.Equal((0, $"{Cache}/snapshots/{commit}\n"), (run.Code, run.Out));
        Assert.Contains("licence of the weights: apache-2.0", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains("someone/tiny on the Hugging Face hub", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Equal(commit, await File.ReadAllTextAsync($"{Cache}/refs/main"));
        foreach (var name in (string[])["config.json", "model.safetensors", "README.md"])
        {
            var blob = name == "model.safetensors" ? LocalHub.Sha256(files[name]) : LocalHub.Blob(files[name]);
            Assert.Equal($"../../blobs/{blob}", new FileInfo($"{Cache}/snapshots/{commit}/{name}").LinkTarget);
            Assert.Equal(files[name], await File.ReadAllBytesAsync($"{Cache}/snapshots/{commit}/{name}"));
        }
        Assert.False(Path.Exists($"{Cache}/snapshots/{commit}/onnx/model.onnx"));
        Assert.False(Path.Exists($"{Cache}/snapshots/{commit}/pytorch_model.bin"));
        Assert.Empty(Directory.EnumerateFiles(_folder.Root, "*.incomplete", SearchOption.AllDirectories));

        // From here on no network is needed.
        var asked = _hub.Server.Requests.Count;
        Set("HF_HUB_OFFLINE", "1");
        var sound = _folder.Noise("a.wav");
        Assert.Equal(0, (await CliRun.InProcess("caption", "--model", Tiny, sound)).Code);
        Assert.Equal(0, (await CliRun.InProcess("info", Tiny)).Code);
        Assert.Equal(0, (await CliRun.InProcess("convert", Tiny, _folder.At("tiny.safetensors"))).Code);
        Assert.Contains($"{Tiny}  ", (await CliRun.InProcess("models", "list", "--here")).Out, StringComparison.Ordinal);
        Assert.Equal(asked, _hub.Server.Requests.Count);

        var removed = await CliRun.InProcess("models", "remove", Tiny);
        Assert.Equal(0, removed.Code);
        Assert.False(Directory.Exists(Cache));
        Assert.Equal(2, (await CliRun.InProcess("models", "remove", Tiny)).Code);
        var offline = await CliRun.InProcess("models", "pull", Tiny);
        Assert.Equal(2, offline.Code);
        Assert.Contains("HF_HUB_OFFLINE", Assert.Single(offline.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_ANewCommit_SharesWhatDidNotChange()
    {
        var files = TinyFiles();
        var first = _hub.Add(Tiny, files);
        Assert.Equal(0, (await CliRun.InProcess("models", "pull", Tiny)).Code);
        files["README.md"] = "another card"u8.ToArray();
        var second = _hub.Add(Tiny, files);
        Assert.NotEqual(first, second);
        var weights = _hub.Storage.Requests.Count;
        Assert.Equal(0, (await CliRun.InProcess("models", "pull", $"{Tiny}@{second}")).Code);
        Assert.Equal(weights, _hub.Storage.Requests.Count);
        Assert.Equal(first, await File.ReadAllTextAsync($"{Cache}/refs/main"));   // the branch was not asked for
        Assert.Equal("another card", await File.ReadAllTextAsync($"{Cache}/snapshots/{second}/README.md"));
        await File.WriteAllTextAsync($"{Cache}/refs/main", second);
        await File.WriteAllBytesAsync($"{Cache}/blobs/xyz.incomplete", new byte[1_500_000]);
        var cached = Assert.Single(ModelStore.Cached());
        Assert.Equal(files["README.md"].Length > 0, cached.OutdatedBytes > 0);
        Assert.Equal(1_500_000, cached.UnfinishedBytes);
        var doctor = await CliRun.InProcess("doctor");
        Assert.Contains(doctor.Lines, line => line.StartsWith($"Warning: {Tiny}", StringComparison.Ordinal) && line.Contains("not fetched to its end", StringComparison.Ordinal));
        Assert.Contains(doctor.Lines, line => line.StartsWith("cache", StringComparison.Ordinal) && line.Contains("1.5 MB of fetches that did not end", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Name_NotHere_IsFetchedOnlyWithLeave()
    {
        _hub.Add(Tiny, TinyFiles());
        var sound = _folder.Noise("a.wav");
        var refused = await CliRun.InProcess("caption", "--model", Tiny, sound);
        Assert.Equal(2, refused.Code);
        Assert.Contains($"auricle models pull {Tiny}", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        Assert.Throws<ModelNotFoundException>(() => AudioCaptioner.Load(Tiny));
        Assert.Empty(_hub.Server.Requests);

        var no = await Asked("n\n", "caption", "--model", Tiny, sound);
        Assert.Equal(2, no.Code);
        Assert.Contains("Fetch ", no.Error, StringComparison.Ordinal);
        Assert.Contains("licence of the weights: apache-2.0", no.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Asked("", "caption", "--model", Tiny, sound)).Code);
        Assert.Empty(_hub.Storage.Requests);

        var yes = await Asked("y\n", "caption", "--model", Tiny, sound);
        Assert.Equal(0, yes.Code);
        Assert.StartsWith(sound, yes.Out, StringComparison.Ordinal);
        Assert.Single(_hub.Storage.Requests);
    }

    [Fact]
    public async Task Library_WithLeave_FetchesAndTells()
    {
        _hub.Add(Tiny, TinyFiles());
        var heard = new List<FetchProgress>();
        using (var captioner = AudioCaptioner.Load(Tiny, new AudioModelOptions { Fetching = ModelFetching.Always with { Progress = new Listener(heard) } }))
            Assert.Equal(Tiny, captioner.Model.Name);
        Assert.Contains(heard, one => one is { Name: "model.safetensors", State: FetchState.Finished });
        Assert.Equal(0, (await CliRun.InProcess("caption", "--yes", "--model", Tiny, _folder.Noise("a.wav"))).Code);
    }

    [Fact]
    public async Task Gated_Repository_NeedsTermsAndAToken()
    {
        _hub.Add(Tiny, TinyFiles(), token: "hf_right");
        var without = await CliRun.InProcess("models", "pull", Tiny);
        Assert.Equal(1, without.Code);
        Assert.Contains($"accept them at {_hub.Endpoint}/{Tiny}, then set HF_TOKEN", Assert.Single(without.ErrorLines), StringComparison.Ordinal);
        Set("HF_TOKEN", "hf_wrong");
        var wrong = await CliRun.InProcess("models", "pull", Tiny);
        Assert.Contains("the account of your token has not", Assert.Single(wrong.ErrorLines), StringComparison.Ordinal);
        Set("HF_TOKEN", null);
        _folder.Text("hf/token", "hf_right\n");   // as logging in leaves it
        var right = await CliRun.InProcess("models", "pull", Tiny);
        Assert.Equal(0, right.Code);
        Assert.All(_hub.Storage.Requests, request => Assert.Null(request.Authorization));
        Assert.Contains(_hub.Server.Requests, request => request.Authorization == "Bearer hf_right");
        Assert.All([without, wrong, right], run => Assert.DoesNotContain("hf_", (run.Out + run.Error).Replace(_folder.Root, "", StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.All([without, wrong, right], run => Assert.DoesNotContain("s3cret", run.Out + run.Error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nobody/nothing", "There is no repository nobody/nothing")]
    [InlineData("someone/tiny@v9", "no such revision")]
    [InlineData("someone/tiny/other.bin", "has no file other.bin")]
    [InlineData("someone/docs", "holds no model of a kind")]
    [InlineData("cnn41", "did you mean cnn14?")]
    public async Task Pull_WhatIsNotThere_IsOneSentence(string name, string expected)
    {
        _hub.Add(Tiny, TinyFiles());
        _hub.Add("someone/docs", new Dictionary<string, byte[]> { ["README.md"] = [65], ["a.pt"] = [1], ["b.pt"] = [2] });
        var run = await CliRun.InProcess("models", "pull", name);
        Assert.NotEqual(0, run.Code);
        Assert.Contains(expected, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_WrongBytes_LeaveNothingThatCounts()
    {
        var files = TinyFiles();
        _hub.Add(Tiny, files);
        var stored = LocalHub.StoredAt(files["model.safetensors"]);
        var wrong = (byte[])files["model.safetensors"].Clone();
        wrong[^1] ^= 1;
        _hub.Storage.Serve(stored, wrong);
        var run = await CliRun.InProcess("models", "pull", Tiny);
        Assert.Equal(1, run.Code);
        Assert.Contains("is not what was published", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Equal(2, (await CliRun.InProcess("caption", "--model", Tiny, _folder.Noise("a.wav"))).Code);
        _hub.Storage.Serve(stored, files["model.safetensors"]);
        Assert.Equal(0, (await CliRun.InProcess("models", "pull", Tiny)).Code);
    }

    [Fact]
    public async Task Catalogue_NameWithParts_BringsThem()
    {
        // The catalogue's own lines, at a hub that runs here.
        HashClap.WriteMs2023(_folder.Root);
        _hub.Add("microsoft/msclap", new Dictionary<string, byte[]> { ["CLAP_weights_2023.pth"] = Read("CLAP_weights_2023.pth"), ["CLAP_weights_2022.pth"] = new byte[100] }, "ms-pl");
        _hub.Add("openai-community/gpt2", new Dictionary<string, byte[]> { ["vocab.json"] = Read("gpt2/vocab.json"), ["merges.txt"] = Read("gpt2/merges.txt"), ["model.safetensors"] = new byte[50] }, "mit");
        var refused = await CliRun.InProcess("embed", "--model", "ms-clap", "--text", "a dog");
        Assert.Contains("nor is gpt2, which it needs; fetch it with: auricle models pull ms-clap-2023", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        var run = await CliRun.InProcess("embed", "--model", "MS-CLAP", "--text", "a dog", "--yes");
        Assert.Equal(0, run.Code);
        Assert.Contains(run.ErrorLines, line => line.StartsWith("ms-clap-2023: ", StringComparison.Ordinal) && line.Contains("ms-pl", StringComparison.Ordinal));
        Assert.Contains(run.ErrorLines, line => line.StartsWith("gpt2: ", StringComparison.Ordinal) && line.Contains("licence of the weights: mit", StringComparison.Ordinal));
        Assert.Single(_hub.Storage.Requests);   // neither the other checkpoint nor GPT-2's weights
        Assert.Contains(", here", (await CliRun.InProcess("models", "list")).Lines.Single(line => line.StartsWith("ms-clap-2023 ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(0, (await CliRun.InProcess("models", "remove", "ms-clap-2023")).Code);
        Assert.False(Directory.Exists(Path.Combine(_folder.Root, "hf/hub/models--microsoft--msclap")));
        Assert.NotNull(ModelStore.Locate("gpt2"));
    }

    [Fact]
    public async Task Zenodo_Record_IsCheckedAndKeptByName()
    {
        var file = SmallEncoder.Write(_folder.At("small.safetensors"));
        var content = await File.ReadAllBytesAsync(file);
        var record = _hub.Server.ServeRecord(77, new Dictionary<string, byte[]> { ["small.safetensors"] = content, ["other.zip"] = [1] });
        Table($$"""[{"name":"small","aliases":["klein"],"system":"CNN","does":["tags"],"record":"{{record}}","files":[{"name":"small.safetensors"}]}]""");
        var labels = _folder.Text("labels.txt", string.Join('\n', Enumerable.Range(0, SmallEncoder.Tags).Select(label => $"label{label}")));
        var run = await CliRun.InProcess("tag", "--model", "klein", "--labels-file", labels, "-y", _folder.Noise("a.wav"));
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("licence of the weights: cc-by-4.0", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(ModelStore.OwnFolder, "small", "small.safetensors")));
        Assert.Equal(0, (await CliRun.InProcess("models", "remove", "small")).Code);
        // An archive whose file is not the one that it lists.
        _hub.Server.Serve("/api/records/77/files/small.safetensors/content", new byte[content.Length]);
        var wrong = await CliRun.InProcess("models", "pull", "small");
        Assert.Equal(1, wrong.Code);
        Assert.Contains("md5:", wrong.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Null(ModelStore.Locate("small"));
    }

    [Fact]
    public async Task ByHand_AFile_IsTakenInAfterItsHash()
    {
        var file = SmallEncoder.Write(_folder.At("small.safetensors"));
        var hash = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(file)));
        Table($$"""[{"name":"drive","system":"CNN","does":["tags"],"page":"https://example.org/drive","files":[{"name":"small.safetensors","hash":"sha256:{{hash}}"}]}]""");
        var pull = await CliRun.InProcess("models", "pull", "drive");
        Assert.Equal(2, pull.Code);
        Assert.Contains("get small.safetensors from https://example.org/drive", Assert.Single(pull.ErrorLines), StringComparison.Ordinal);
        var wrong = await CliRun.InProcess("models", "pull", "drive", "--from", _folder.Text("wrong", "x"));
        Assert.Equal(1, wrong.Code);
        Assert.Contains("is not small.safetensors as it was published", Assert.Single(wrong.ErrorLines), StringComparison.Ordinal);
        var right = await CliRun.InProcess("models", "pull", "drive", "--from", file);
        Assert.Equal((0, Path.Combine(ModelStore.OwnFolder, "drive", "small.safetensors") + "\n"), (right.Code, right.Out));
    }

    [Fact]
    public async Task Evaluate_FenseByName_FetchesItsModels()
    {
        using var layout = new PublishedLayout();
        layout.WriteSentenceEncoder();
        var detector = await File.ReadAllBytesAsync(layout.WriteDetector());
        var encoder = Path.Combine(layout.Root, "paraphrase-TinyBERT-L6-v2");
        _hub.Add("sentence-transformers/paraphrase-TinyBERT-L6-v2", Directory.EnumerateFiles(encoder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(encoder, file), File.ReadAllBytes));
        _hub.Add("google-bert/bert-base-uncased", new Dictionary<string, byte[]> { ["vocab.txt"] = await File.ReadAllBytesAsync(layout.WriteWordList()), ["tokenizer_config.json"] = "{}"u8.ToArray() });
        var address = _hub.Server.Serve("/release/echecker_clotho_audiocaps_base.ckpt", detector);
        Table($$"""
            [{"name":"fluency-detector","aliases":["echecker_clotho_audiocaps_base"],"system":"detector","does":["scores captions"],"license":"MIT","tokenizer":"bert-base-uncased",
              "address":"{{new Uri(address, ".")}}","files":[{"name":"echecker_clotho_audiocaps_base.ckpt","hash":"sha256:{{LocalHub.Sha256(detector)}}"}]}]
            """);
        string[] args = ["evaluate", "captions", "-c", _folder.Text("c.csv", "audio,task,candidate\r\na,x,a dog barks loudly\r\n"),
            "-r", _folder.Text("r.csv", "file_name,caption_1\na.wav,A dog barks.\n"), "--metrics", "fense,fer", "--bootstrap", "0"];
        var refused = await CliRun.InProcess(args);
        Assert.Equal(2, refused.Code);
        Assert.Contains("auricle models pull", refused.Error, StringComparison.Ordinal);
        Assert.Empty(_hub.Server.Requests);
        var run = await CliRun.InProcess([.. args, "--yes"]);
        Assert.Equal(0, run.Code);
        Assert.Contains(run.Lines, line => line.StartsWith("fense\t", StringComparison.Ordinal));
        var again = await CliRun.InProcess([.. args[..^4], "--preset", "dcase2024", "--bootstrap", "0"]);   // a preset takes what is here
        Assert.Contains(again.Lines, line => line.StartsWith("fense\t", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Recipe_ANameInIt_IsFetchedWithLeave()
    {
        _hub.Add(Tiny, TinyFiles());
        Table($$"""[{"name":"first-step","system":"CoNeTTE","does":["captions"],"repository":"{{Tiny}}"}]""");
        string[] args = ["train", Path.Combine(Fixtures.RepositoryRoot, "recipes", "sounds-captioner.yaml"), "encoder.folder=first-step", $"run.root={_folder.Root}", $"data.folder={Path.Combine(_folder.Root, "none")}"];
        var refused = await CliRun.InProcess(args);
        Assert.Contains("auricle models pull first-step", refused.Error, StringComparison.Ordinal);
        Assert.Null(ModelStore.Locate("first-step"));
        var run = await CliRun.InProcess([.. args, "--yes"]);
        Assert.NotEqual(0, run.Code);
        Assert.Contains("none", run.ErrorLines[^1], StringComparison.Ordinal);   // past the model, to the sounds that are not there
        Assert.NotNull(ModelStore.Locate("first-step"));
    }

    [Fact]
    public async Task FiveProcesses_AtOnce_FetchOnce()
    {
        var files = TinyFiles();
        _hub.Add(Tiny, files);
        var stored = LocalHub.StoredAt(files["model.safetensors"]);
        _hub.Storage.Answer(stored, async context =>
        {
            await Task.Delay(2000);   // long enough for all of them to be waiting
            await LocalServer.Send(context, files["model.safetensors"], "tag");
        });
        var all = Enumerable.Range(0, 5).Select(_ => CliRun.Launch(["models", "pull", Tiny])).ToList();
        foreach (var process in all)
        {
            var run = await CliRun.End(process);
            Assert.True(run.Code == 0, run.Error);
        }
        Assert.Single(_hub.Storage.Requests);
        Assert.NotNull(ModelStore.Locate(Tiny));
    }

    [Fact]
    public async Task KilledFetch_GoesOnWhereItStopped()
    {
        var files = TinyFiles();
        var weights = files["model.safetensors"];
        var half = weights.Length / 2;
        _hub.Add(Tiny, files);
        _hub.Storage.Next(LocalHub.StoredAt(weights), async context =>
        {
            context.Response.ContentLength = weights.Length;
            await context.Response.Body.WriteAsync(weights.AsMemory(0, half));
            await context.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromMinutes(1), context.RequestAborted);
        });
        var part = $"{Cache}/blobs/{LocalHub.Sha256(weights)}.incomplete";
        using (var process = CliRun.Launch(["models", "pull", Tiny]))
        {
            for (var tries = 0; !(File.Exists(part) && new FileInfo(part).Length == half); tries++)
            {
                Assert.True(tries < 600 && !process.HasExited, "nothing came");
                await Task.Delay(50);
            }
            process.Kill();   // SIGKILL
            await process.WaitForExitAsync();
        }
        Assert.Single(Directory.EnumerateFiles(Cache, "config.json", SearchOption.AllDirectories));   // what is small came before
        Assert.Null(ModelStore.Locate(Tiny));
        Assert.Equal(0, (await CliRun.InProcess("models", "pull", Tiny)).Code);
        Assert.Equal([null, $"bytes={half}-"], _hub.Storage.Requests.Select(request => request.Range));
    }

    [MountFact]
    public async Task CacheThatIsReadOnly_ServesWhatItHasAndRefusesMore()
    {
        _hub.Add(Tiny, TinyFiles());
        _hub.Add("someone/other", TinyFiles());
        Assert.Equal(0, (await CliRun.InProcess("models", "pull", Tiny)).Code);
        var sound = _folder.Noise("a.wav");
        var cache = Path.Combine(_folder.Root, "hf");
        var readOnly = $"mount --bind {cache} {cache} && mount -o remount,bind,ro {cache}";
        Assert.Equal(0, (await Mounted(readOnly, "caption", "--model", Tiny, sound)).Code);
        var refused = await Mounted(readOnly, "models", "pull", "someone/other");
        Assert.Equal(1, refused.Code);
        Assert.Contains("cannot be kept", refused.ErrorLines[^1], StringComparison.Ordinal);
        var full = await Mounted($"mount -t tmpfs -o size=16k tmpfs {cache}", "models", "pull", "someone/other");
        Assert.Equal(1, full.Code);
        Assert.Contains("make room", full.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Catalogue_EveryLine_MakesSense()
    {
        var models = PublishedModel.All;
        var names = PublishedModel.Names.ToList();
        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        var verbs = ModelRole.Verbs(Enum.GetValues<ModelRoles>().Aggregate((all, one) => all | one));
        string[] others = ["scores captions", "is a part of other models"];
        foreach (var model in models)
        {
            Assert.True(model.Does.All(verb => verbs.Contains(verb) || others.Contains(verb)), model.Name);
            if (!model.Does.Any(others.Contains))
                Assert.True(ModelFamily.All.Any(family => model.Does.All(ModelRole.Verbs(family.Roles).Contains)), $"no family does what {model.Name} does");
            Assert.All(model.Parts, part => Assert.NotNull(PublishedModel.Find(part)));
            Assert.All(model.Parts, part => Assert.Empty(PublishedModel.Find(part)!.Parts));
            Assert.Equal(model.IsByHand ? 0 : 1, new object?[] { model.Repository, model.Record, model.Address }.Count(source => source is not null));
            Assert.True(!model.IsByHand || model.Page is not null || model.Note is not null, model.Name);
            Assert.All(new[] { model.Record, model.Address, model.Page }.OfType<Uri>(), address => Assert.Equal("https", address.Scheme));
            Assert.True(model.Address is null || model.Address.AbsoluteUri.EndsWith('/'), model.Name);
            Assert.All(model.Files, file => Assert.True(file.Hash is null || FileHash.TryParse(file.Hash) is not null, file.Name));
            Assert.True(model.Files.Count > 0 || model.Repository is not null, model.Name);
        }
        foreach (var name in (string[])["conette", "laion-clap", "ms-clap-2023", "cnn14", "mn10_as", "passt_s", "all-mpnet-base-v2"])
            Assert.Equal(name, PublishedModel.Find(name)!.Name);
    }

    [Theory]
    [InlineData("[{\"name\":\"x\"}]", "is no list of models")]
    [InlineData("[", "is no JSON")]
    [InlineData("""[{"name":"x","system":"y","does":[],"page":"https://a.b","files":[{"name":"../../etc/passwd"}]}]""", "give a name below the model's own folder")]
    public async Task Catalogue_ATableThatIsWrong_IsOneSentence(string table, string expected)
    {
        Table(table);
        var run = await CliRun.InProcess("models", "list");
        Assert.Equal(1, run.Code);
        Assert.Contains(expected, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_And_Info_HaveJson()
    {
        var list = JsonDocument.Parse((await CliRun.InProcess("models", "list", "--json")).Out).RootElement;
        Assert.Equal(PublishedModel.All.Count, list.GetArrayLength());
        var info = JsonDocument.Parse((await CliRun.InProcess("models", "info", "ms-clap", "--json")).Out).RootElement;
        Assert.Equal("ms-clap-2023", info.GetProperty("name").GetString());
        Assert.Equal("gpt2", info.GetProperty("brings")[0].GetString());
        Assert.Contains("did you mean cnn14", Assert.Single((await CliRun.InProcess("models", "info", "cnn41")).ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_InARealShell_OffersVerbsAndNames()
    {
        var program = _folder.Text("auricle", $"#!/bin/sh\nexec dotnet {typeof(CommandLine).Assembly.Location} \"$@\"\n");
        using (var change = Process.Start("chmod", ["+x", program]))
            await change.WaitForExitAsync();
        var script = $$"""
            eval "$({{program}} completion)"
            complete_line() { COMP_LINE=$1 COMP_POINT=${#1}; COMP_WORDS=({{program}}); _auricle; echo "${COMPREPLY[*]}"; }
            complete_line 'auricle caption --model cone'
            complete_line 'auricle models pul'
            complete_line 'auricle models pull paraphrase-mp'
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true })!;
        var lines = (await bash.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await bash.WaitForExitAsync();
        Assert.Equal(3, lines.Length);
        Assert.Contains("conette", lines[0].Split(' '));
        Assert.Equal(["pull", "paraphrase-mpnet-base-v2"], lines[1..]);
    }

    [Theory]
    [InlineData(FetchState.Running, 1_500_000, 4_500_000L, 1_000_000, "w: 1.5 MB of 4.5 MB, 1.0 MB/s, 0:03 left")]
    [InlineData(FetchState.Running, 1_500, null, 0, "w: 2 kB")]
    [InlineData(FetchState.Waiting, 0, 4_500_000_000L, 0, "w: another process fetches it; waiting")]
    public void Progress_HasRateAndTimeLeft(FetchState state, long done, long? total, double rate, string expected) =>
        Assert.Equal(expected, Fetching.FetchReport.Line(new FetchProgress("w", state, done, total, rate)));

    public void Dispose()
    {
        foreach (var (name, value) in _before)
            Environment.SetEnvironmentVariable(name, value);
        _folder.Dispose();
    }

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    private static async Task<CliRun> Asked(string answer, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync(args, new Terminal(output, error) { CanAsk = true, In = new StringReader(answer) });
        return new CliRun(code, output.ToString(), error.ToString());
    }

    private static async Task<CliRun> Mounted(string mounts, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo("unshare", ["--mount", "sh", "-c", $"{mounts} && exec \"$@\"", "sh", "dotnet", typeof(CommandLine).Assembly.Location, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        return await CliRun.End(process);
    }

    private static Dictionary<string, byte[]> TinyFiles()
    {
        var files = Directory.EnumerateFiles(TestModel.Folder).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
        files["onnx/model.onnx"] = new byte[1000];
        files["pytorch_model.bin"] = new byte[1000];
        return files;
    }

    private byte[] Read(string name) => File.ReadAllBytes(Path.Combine(_folder.Root, name));

    private void Table(string json) => Set("AURICLE_CATALOGUE", _folder.Text("catalogue.json", json));

    private void Set(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    private sealed class Listener(List<FetchProgress> heard) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value)
        {
            lock (heard)
                heard.Add(value);
        }
    }
}
