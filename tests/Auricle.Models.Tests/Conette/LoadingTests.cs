using System.Text.Json;
using System.Text.Json.Nodes;
using Auricle.Models.Decoders;
using Auricle.Models.Encoders.ConvNext;
using Auricle.Models.FrontEnds;
using Auricle.Models.Systems.Conette;
using Auricle.Testing;
using Auricle.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Conette;

[Collection("tensors")]
[NoLeaks]
public sealed class LoadingTests(HashModel shared) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-load-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_HubFolder_GivesEveryTensorOfTheKeyList()
    {
        using var scope = TensorScope.Begin();
        var keys = HashModel.Json("state_dict_keys.json").EnumerateArray().ToDictionary(key => key.GetProperty("name").GetString()!);
        foreach (var weight in shared.Model.Weights.Entries)
        {
            var key = keys[weight.Name];
            Assert.Equal(key.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), weight.Tensor.Shape.ToArray());
            var values = weight.Tensor.ToArray<float>();
            var absolute = key.GetProperty("abs_sum").GetDouble();
            Assert.Equal(key.GetProperty("sum").GetDouble(), values.Sum(value => (double)value), 1e-9 * Math.Max(1, absolute));
            Assert.Equal(absolute, values.Sum(value => Math.Abs((double)value)), 1e-9 * Math.Max(1, absolute));
            Assert.Equal(key.GetProperty("first").EnumerateArray().Select(value => value.GetSingle()), values.Take(3));
        }
        var trained = keys.Values.Where(key => key.GetProperty("role").GetString() is "hash" or "override").Select(key => key.GetProperty("name").GetString()!);
        Assert.Equal(trained.Order(StringComparer.Ordinal), shared.Model.Weights.Entries.Select(weight => weight.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Load_HubFolder_RestoresTokenizerAndTasks()
    {
        var expected = TokenizerState.FromJson(HashModel.Json("tokenizer_state.json"));
        Assert.Equal(expected.Tokens, shared.Model.Tokenizer.Vocabulary.Tokens);
        Assert.Equal(HashModel.Json("config.json").GetProperty("task_names").EnumerateArray().Select(name => name.GetString()!), shared.Model.Tasks);
        using var tokens = Tensor.From(HashModel.Tensors("buffers.safetensors")["task_id_to_token_id"]);
        Assert.Equal(tokens.ToArray<long>(), shared.Model.Tasks.Select(task => (long)shared.Model.TaskToken(task)));
        Assert.Equal(HashModel.Json("audioset_labels.json").GetProperty("labels").EnumerateArray().Select(label => label.GetString()!), shared.Model.Labels);
    }

    [Fact]
    public void Buffers_Computed_MatchReference()
    {
        using var scope = TensorScope.Begin();
        var expected = HashModel.Tensors("buffers.safetensors");
        var config = Assert.IsType<ConvNextEncoder>(shared.Model.Encoder).Config.LogMel;
        TensorAssert.Close(expected["melW"].Floats(), MelFilterBank.Create(config), 1e-8, "mel filters");
        var positions = TransformerDecoder.PositionTable(shared.Model.Config.Width, Device.Cpu);
        TensorAssert.Close(expected["pos_embedding_0_32"], positions.Narrow(0, 0, expected["pos_embedding_0_32"].Shape[0]), 1e-6, "first positions");
        // The exponentials of libtorch's releases differ in the last place, which counts 4,999 times here.
        var isReferences = TorchRuntime.Version.StartsWith("1.", StringComparison.Ordinal);
        TensorAssert.Close(expected["pos_embedding_4999"], positions.Select(0, 4999), isReferences ? 1e-6 : 3e-4, "last position");
        Assert.Equal(Tensor.From(expected["forbid_rep_mask"]).ToArray<bool>(), shared.Model.Tokenizer.ForbidRepetitionMask(RepetitionMode.ContentWords));
    }

    [Theory]
    [InlineData(DType.Float32, 0)]
    [InlineData(DType.Float16, 1e-3)]
    [InlineData(DType.BFloat16, 1e-2)]
    public void Save_ThenLoad_GivesTheSameModel(DType storage, double relative)
    {
        using var scope = TensorScope.Begin();
        using var model = Small();
        model.Save(_folder, storage);
        using var loaded = ConetteModel.Load(_folder, new ModelLoadOptions { Precision = Precision.Float32 });
        Assert.Equal(model.Tokenizer.Vocabulary.Tokens, loaded.Tokenizer.Vocabulary.Tokens);
        Assert.Equal(model.Labels, loaded.Labels);
        Assert.Equal(model.Tasks, loaded.Tasks);
        Assert.Equal(((ConvNextConfig)model.Config.Encoder).LogMel, ((ConvNextConfig)loaded.Config.Encoder).LogMel);
        var pairs = model.Weights.Entries.Zip(loaded.Weights.Entries).ToList();
        Assert.Equal(model.Weights.Entries.Count, loaded.Weights.Entries.Count);
        foreach (var (first, second) in pairs)
        {
            Assert.Equal(first.Name, second.Name);
            TensorAssert.Close(first.Tensor.Detach().ToArray<float>(), second.Tensor.ToArray<float>(), relative == 0 ? 0 : 1e-6, first.Name, relative);
        }
    }

    [Fact]
    public void Load_EncoderOnlyFileWithOldNames_FillsTheEncoder()
    {
        using var scope = TensorScope.Begin();
        using var model = Small();
        model.Save(_folder);
        var all = SafetensorsFile.Read(Path.Combine(_folder, "model.safetensors"), out _);
        const string Prefix = "preprocessor.encoder.";
        var encoderFile = Path.Combine(_folder, "encoder.safetensors");
        SafetensorsFile.Write(encoderFile, all.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(pair => Entry(pair.Key[Prefix.Length..].Replace("scale_layer", "gamma", StringComparison.Ordinal), pair.Value)).ToList());
        var captioner = Path.Combine(_folder, "captioner.safetensors");
        SafetensorsFile.Write(captioner, all.Where(pair => pair.Key.StartsWith("model.", StringComparison.Ordinal))
            .Select(pair => Entry(pair.Key["model.".Length..], pair.Value)).ToList());

        using var loaded = ConetteModel.Load(captioner, new ModelLoadOptions { Precision = Precision.Float32, EncoderFile = encoderFile });
        foreach (var (first, second) in model.Weights.Entries.Zip(loaded.Weights.Entries))
            Assert.Equal(first.Tensor.Detach().ToArray<float>(), second.Tensor.ToArray<float>());
        var error = Assert.Throws<WeightsException>(() => ConetteModel.Load(captioner));
        Assert.Contains("without its audio encoder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WeightsOfAnotherShape_NamesThem()
    {
        using (var model = Small())
            model.Save(_folder);
        var path = Path.Combine(_folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config["dim_feedforward"] = 48;
        File.WriteAllText(path, config.ToJsonString());
        var error = Assert.Throws<WeightsException>(() => ConetteModel.Load(_folder));
        Assert.Contains("model.decoder.layers.0.linear1.weight", error.Names.Single(name => name.Contains("layers.0.linear1.weight", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FolderWithoutFiles_SaysWhichAreMissing()
    {
        Assert.Contains("model.safetensors", Assert.Throws<FileNotFoundException>(() => ConetteModel.Load(_folder)).Message, StringComparison.Ordinal);
        Assert.Contains("no model", Assert.Throws<FileNotFoundException>(() => ConetteModel.Load(Path.Combine(_folder, "absent"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ConfigWithUnknownAndMissingFields_UsesDefaults()
    {
        var path = Path.Combine(_folder, "config.json");
        File.WriteAllText(path, """{ "beam_size": 7, "architectures": ["X"], "encoder": { "drop_path": 0.25, "log_mel": { "hop_length": 160 }, "type": "convnext" } }""");
        var config = ConetteConfig.Read(path);
        Assert.Equal(7, config.BeamSize);
        Assert.Equal(new ConetteConfig().FeedForwardWidth, config.FeedForwardWidth);
        var encoder = Assert.IsType<ConvNextConfig>(config.Encoder);
        Assert.Equal(0.25, encoder.DropPath);
        Assert.Equal(new ConvNextConfig().Depths, encoder.Depths);
        Assert.Equal(new ConvNextConfig().LogMel with { HopLength = 160 }, encoder.LogMel);
    }

    [Theory]
    [InlineData("""{ "nhead": 7 }""", "nhead 7")]
    [InlineData("""{ "beam_size": "three" }""", "beam_size")]
    [InlineData("""{ "acti_name": "tanh" }""", "tanh")]
    [InlineData("""{ "task_mode": "all" }""", "all")]
    [InlineData("""{ "encoder": { "type": "vggish" } }""", "vggish")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{ \"nhead\": ", "is no JSON at line 1")]
    [InlineData("""{ "nhead": 8, "nhead": 8 }""", "Duplicate property 'nhead'")]
    [InlineData("""{ "note": "\ud800" }""", "half a surrogate pair")]
    [InlineData("""{ "encoder": 3 }""", "it is no JSON object")]
    [InlineData("""{ "encoder": { "type": 3 } }""", "it has no text 'type'")]
    [InlineData("""{ "task_names": ["a", null] }""", "task_names has a name that is null")]
    [InlineData("""{ "d_model": 2147483646, "nhead": 2 }""", "d_model is 2147483646, but 2 to 65536")]
    [InlineData("""{ "nhead": 0 }""", "nhead 0")]
    [InlineData("""{ "num_decoder_layers": 1000000 }""", "num_decoder_layers is 1000000")]
    [InlineData("""{ "dim_feedforward": 2147483647 }""", "dim_feedforward is 2147483647")]
    [InlineData("""{ "max_pred_size": 1000000000 }""", "max_pred_size is 1000000000")]
    [InlineData("""{ "beam_size": 100000 }""", "beam_size is 100000")]
    [InlineData("""{ "betas": [0.9] }""", "betas has 1 numbers")]
    [InlineData("""{ "lr": 1e300 }""", "lr is 1E+300")]
    [InlineData("""{ "decoder_dropout_p": -1 }""", "decoder_dropout_p is -1, but 0 to 1")]
    [InlineData("""{ "encoder": { "type": "cnn", "log_mel": { "mel_bands": 1000000000 } } }""", "mel_bands is 1000000000")]
    [InlineData("""{ "encoder": { "type": "convnext", "log_mel": { "sample_rate": 2147483647 } } }""", "sample_rate is 2147483647")]
    [InlineData("""{ "encoder": { "type": "convnext", "log_mel": { "hop_length": 0 } } }""", "hop_length is 0")]
    [InlineData("""{ "encoder": { "type": "convnext", "log_mel": { "window_length": 1073741824 } } }""", "window_length is 1073741824")]
    [InlineData("""{ "encoder": { "type": "convnext", "log_mel": { "minimum_frequency": 1e308, "maximum_frequency": 1e308 } } }""", "maximum_frequency is 1E+308")]
    [InlineData("""{ "encoder": { "type": "convnext", "tags": 2147483647 } }""", "tags is 2147483647")]
    [InlineData("""{ "encoder": { "type": "convnext", "widths": [] } }""", "widths has 0 numbers")]
    [InlineData("""{ "encoder": { "type": "convnext", "depths": [1, 1] } }""", "depths has 2 numbers and widths 4")]
    [InlineData("""{ "encoder": { "type": "convnext", "depths": [3, 3, 1000000, 3] } }""", "depths is 1000000")]
    [InlineData("""{ "encoder": { "type": "cnn", "widths": [64, -1] } }""", "widths is -1")]
    [InlineData("""{ "encoder": { "type": "cnn", "embedding_width": 2147483647 } }""", "embedding_width is 2147483647")]
    [InlineData("""{ "encoder": { "type": "htsat", "patch_size": 0 } }""", "patch_size is 0")]
    [InlineData("""{ "encoder": { "type": "htsat", "log_mel": { "mel_bands": 60 } } }""", "image_size 256 is no multiple of 60 mel bands")]
    [InlineData("""{ "encoder": { "type": "htsat", "heads": [5, 8, 16, 32] } }""", "does not divide into the heads of stage 1")]
    [InlineData("""{ "encoder": { "type": "passt", "layers": 2000000000 } }""", "layers is 2000000000")]
    [InlineData("""{ "encoder": { "type": "passt", "heads": 7 } }""", "patch_width 768 does not divide into 7 heads")]
    [InlineData("""{ "encoder": { "type": "passt", "stride": 0 } }""", "stride is 0, but 1 to 16")]
    [InlineData("""{ "encoder": { "type": "passt", "time_positions": 2147483647 } }""", "time_positions is 2147483647")]
    [InlineData("""{ "encoder": { "type": "passt", "time_patchout": 62 } }""", "time_patchout is 62, but 0 to 61")]
    [InlineData("""{ "encoder": { "type": "atst", "positions": 2147483647 } }""", "positions is 2147483647")]
    [InlineData("""{ "encoder": { "type": "atst", "patch_frames": 0 } }""", "patch_frames is 0")]
    [InlineData("""{ "encoder": { "type": "atst", "expansion": -4 } }""", "expansion is -4")]
    public void Read_ConfigThatMakesNoSense_SaysWhatIsWrong(string json, string part)
    {
        var path = Path.Combine(_folder, "config.json");
        File.WriteAllText(path, json);
        var error = Assert.Throws<ConetteConfigException>(() => ConetteConfig.Read(path));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_NewModel_StartsAsTheReferenceDoes()
    {
        using var scope = TensorScope.Begin();
        using var model = Small();
        var weights = model.Weights.Entries.ToDictionary(weight => weight.Name, weight => weight.Tensor.Detach());
        foreach (var (name, tensor) in weights.Where(pair => pair.Key.StartsWith("model.decoder.layers.1.", StringComparison.Ordinal)))
            Assert.Equal(weights[name.Replace("layers.1.", "layers.0.", StringComparison.Ordinal)].ToArray<float>(), tensor.ToArray<float>());
        var embeddings = weights["model.decoder.emb_layer.weight"];
        Assert.All(embeddings.Select(0, 0).ToArray<float>(), value => Assert.Equal(0, value));
        var rest = embeddings.Slice(0, 1, embeddings.Size(0)).ToArray<float>();
        Assert.InRange(Math.Sqrt(rest.Average(value => (double)value * value)), 0.8, 1.2);
        Assert.Equal(1e-6, weights["preprocessor.encoder.stages.0.0.scale_layer"].ToArray<float>()[0], 1e-9);
    }

    /// <summary>A model of the same classes with small numbers and random weights.</summary>
    internal static ConetteModel Small(ConvNextConfig? encoder = null) => ConetteModel.Create(
        new ConetteConfig
        {
            Width = 16,
            Heads = 2,
            DecoderLayers = 2,
            FeedForwardWidth = 32,
            TaskNames = ["first", "second"],
            TagLabels = ["rain", "dog"],
            Encoder = encoder ?? new ConvNextConfig
            {
                Depths = [1, 1],
                Widths = [8, 16],
                Tags = 2,
                LogMel = new LogMelConfig { MelBands = 16, SampleRate = 16000, WindowLength = 256, HopLength = 128, MaximumFrequency = 7000 },
            },
        },
        CaptionTokenizer.Fit(["a dog barks", "rain falls on a roof"]));

    private static SafetensorsEntry Entry(string name, StoredTensor stored)
    {
        var bytes = new byte[stored.ByteLength];
        stored.CopyTo(bytes);
        return new SafetensorsEntry(name, stored.DType, stored.Shape, bytes);
    }
}
