using System.Text.Json;
using Auricle.Models;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Systems.Clap;
using Auricle.Models.Systems.Dcase2023;
using Auricle.Testing;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Training.Tests;

/// <summary>The other published retrieval systems in sizes that train within seconds, by their shipped recipes.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class PublishedRetrievalTests : IDisposable
{
    private readonly TinyCorpus _corpus = new([.. Enumerable.Range(0, 12).Select(i => (new[] { "bell", "dog" }[i % 2], i < 8 ? "train" : "validation", 0.6))]);
    private readonly string _root = Directory.CreateTempSubdirectory("auricle-published-").FullName;

    public PublishedRetrievalTests()
    {
        _corpus.WriteSounds();
        TorchRuntime.Threads = 1;
        TorchRuntime.Seed(1);
    }

    [Fact]
    public void Baseline_LearnsByItsRecipe_AndIsLoaded()
    {
        var (encoder, sentences) = (Path.Combine(_root, "cnn.safetensors"), Path.Combine(_root, "sentences"));
        Write(encoder, store => _ = new CnnEncoder(CnnConfig.Dcase2023 with { Widths = [4, 4, 4, 4, 4, 4], EmbeddingWidth = 8, ProjectionWidth = 0, Tags = 3 }, store.Root));
        WriteSentenceEncoder(sentences);
        var run = Train("dcase2023-baseline", $"encoder.file={encoder}", $"text.folder={sentences}", "model.width=6", "encoder.clip_seconds=1", "schedule.stop_grace=1000");
        var lines = MetricsLog.Read(run.LogPath);
        Assert.True(lines[^1]["loss"] < lines[1]["loss"], $"The loss went from {lines[1]["loss"]} to {lines[^1]["loss"]}.");
        using var model = Dcase2023Model.Load(Path.Combine(run.LastCheckpoint, "model"), sentences);
        Assert.Equal(6, model.EmbeddingWidth);

        var error = Assert.Throws<RecipeException>(() => Train("dcase2023-baseline", "run.name=two", "encoder.train=false"));
        Assert.Contains("optimizer.freeze", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LaionClap_LearnsByItsRecipe_AndIsLoaded()
    {
        var (start, tokenizer) = (Path.Combine(_root, "clap.safetensors"), Path.Combine(_root, "roberta"));
        WriteByteLevel(tokenizer);
        var audio = new HtsAtConfig { LogMel = HtsAtConfig.LaionTiny.LogMel, PatchWidth = 8, Depths = [1, 1, 1, 1], Heads = [1, 2, 4, 8], Tags = 3 };
        var text = TextEncoderConfig.RobertaBase with { VocabularySize = 300, Width = 64, Heads = 1, Layers = 1, FeedForwardWidth = 64, Positions = 80 };
        Write(start, store => _ = new LaionClapModel(new LaionClapSizes("LAION-CLAP", 16, audio, text), store, null));
        var run = Train("laion-clap", $"model.start={start}", $"text.tokenizer={tokenizer}", "optimizer.lr=0.003", "schedule.epochs=2", "schedule.warmup_epochs=0");
        var folder = Path.Combine(run.LastCheckpoint, "model");
        using var model = ClapModel.Load(folder);
        // The temperature learns with the rest.
        Assert.NotEqual(1 / 0.07, model.LogitScale, 4);
        using var scope = TensorScope.Begin();
        Assert.Equal([1, 16], model.EmbedText(["a bell sounds"]).Shape.ToArray());
    }

    public void Dispose()
    {
        _corpus.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private RunFolder Train(string recipe, params string[] settings) => TrainingRun.Start(Path.Combine(Fixtures.RepositoryRoot, "recipes", recipe + ".yaml"),
    [
        $"run.root={_root}", $"data={{ folder: {_corpus.Folder} }}", "optimizer.batch=4", "schedule.epochs=6", "validation.test=false", .. settings,
    ]);

    private static void Write(string path, Action<WeightStore> build)
    {
        using var store = WeightStore.Initialise();
        build(store);
        SafetensorsFile.Write(path, store.Entries.Select(entry => SafetensorsExport.Entry(entry.Name, entry.Tensor)));
    }

    private void WriteSentenceEncoder(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "pooling"));
        SubwordTokenizer.FitWordList(CaptionedClips.OfCorpus(_corpus.Load()).Train.SelectMany(clip => clip.Captions), folder);
        var config = new TextEncoderConfig { VocabularySize = SubwordTokenizer.Load(folder).Vocabulary.Count, Width = 16, Layers = 1, Heads = 2, FeedForwardWidth = 32, Positions = 20 };
        config.Write(Path.Combine(folder, "config.json"));
        Write(Path.Combine(folder, "model.safetensors"), store => _ = new TextEncoder(config, store.Root));
        File.WriteAllText(Path.Combine(folder, "modules.json"), """
            [{"path":"","type":"sentence_transformers.models.Transformer"}, {"path":"pooling","type":"sentence_transformers.models.Pooling"}]
            """);
        File.WriteAllText(Path.Combine(folder, "pooling", "config.json"), """{"pooling_mode_mean_tokens":true}""");
    }

    /// <summary>RoBERTa's tokenizer with a piece for each letter.</summary>
    private static void WriteByteLevel(string folder)
    {
        Directory.CreateDirectory(folder);
        string[] pieces = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "Ġ", .. Enumerable.Range('!', '~' - '!' + 1).Select(code => ((char)code).ToString())];
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(pieces.Select((piece, id) => (piece, id)).ToDictionary(pair => pair.piece, pair => pair.id)));
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
    }
}
