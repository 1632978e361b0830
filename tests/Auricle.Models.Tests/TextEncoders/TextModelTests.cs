using Auricle.Models.Encoders.Text;
using Auricle.Testing;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.TextEncoders;

[NoLeaks]
[Collection("tensors")]
public sealed class TextModelTests : IDisposable
{
    private static readonly TextEncoderConfig Config = new() { VocabularySize = 40, Width = 16, Layers = 2, Heads = 2, FeedForwardWidth = 32, Positions = 20 };

    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-text-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_PlainFolder_GivesTheFixturesVectors()
    {
        HashText.WriteFolder(_folder, TextEncoderConfig.BertTiny, hasPooler: true);
        using var model = TextModel.Load(_folder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var expected = HashText.Fixture("bert", "bert_tiny");
        var hidden = model.Encoder.Forward(Tensor.From(expected["input_ids"]), Tensor.From(expected["attention_mask"]));
        TensorAssert.Close(expected["cls"], hidden.Select(1, 0), 2e-4);
        TensorAssert.Close(expected["pooler"], model.Encoder.Pool(hidden), 2e-4);
    }

    [Theory]
    [InlineData("")]
    [InlineData("bert.")]
    [InlineData("module.")]
    [InlineData("module.bert.")]
    [InlineData("0.auto_model.")]
    [InlineData("sentence_embedding_model.")]
    public void Load_PrefixedNames_FindsTheEncoder(string prefix)
    {
        HashText.WriteFolder(_folder, Config, rename: name => prefix + name);
        using var model = TextModel.Load(_folder);
        Assert.False(model.Encoder.HasPooler);
        CheckVectors(model);
    }

    [Fact]
    public void Load_PyTorchFileOfOldNames_ReadsNormsAndLeavesHeadsOut()
    {
        HashText.WriteFolder(_folder, Config);
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        var entries = HashText.Shapes(Config, hasPooler: true).Select(entry => new TorchEntry(
            "bert." + entry.Name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal),
            entry.Shape,
            HashWeights.Weight(entry.Name, entry.Shape, HashText.Seed))).ToList();
        entries.Add(new TorchEntry("bert.embeddings.position_ids", [1, 2], [0, 1]));
        entries.Add(new TorchEntry("cls.predictions.bias", [2], [0, 1]));
        entries.Add(new TorchEntry("cls.predictions.transform.LayerNorm.gamma", [2], [0, 1]));
        entries.Add(new TorchEntry("cls.seq_relationship.weight", [1, 2], [0, 1]));
        TorchZip.Write(Path.Combine(_folder, "pytorch_model.bin"), new Dictionary<string, object>(), null, entries);
        using var model = TextModel.Load(_folder);
        Assert.True(model.Encoder.HasPooler);
        CheckVectors(model);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Load_SeveralFiles_GathersTheWeights(bool areSafetensors)
    {
        HashText.WriteFolder(_folder, Config);
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        var shapes = HashText.Shapes(Config, hasPooler: false);
        var stem = areSafetensors ? "model" : "pytorch_model";
        var extension = areSafetensors ? "safetensors" : "bin";
        var map = new List<string>();
        foreach (var (index, half) in shapes.Chunk((shapes.Count + 1) / 2).Index())
        {
            var part = $"{stem}-0000{index + 1}-of-00002.{extension}";
            if (areSafetensors)
                SafetensorsFile.Write(Path.Combine(_folder, part), half.Select(entry => HashText.Entry(entry.Name, entry.Shape)));
            else
                TorchZip.Write(Path.Combine(_folder, part), new Dictionary<string, object>(), null, [.. half.Select(entry => new TorchEntry(entry.Name, entry.Shape, HashWeights.Weight(entry.Name, entry.Shape, HashText.Seed)))]);
            map.AddRange(half.Select(entry => $"\"{entry.Name}\":\"{part}\""));
        }
        var indexFile = Path.Combine(_folder, $"{stem}.{extension}.index.json");
        File.WriteAllText(indexFile, "{\"metadata\":{\"total_size\":1},\"weight_map\":{" + string.Join(',', map) + "}}");
        using (var model = TextModel.Load(_folder))
            CheckVectors(model);
        // An index that names itself must not be followed for ever.
        File.WriteAllText(indexFile, "{\"weight_map\":{\"a\":\"" + Path.GetFileName(indexFile) + "\"}}");
        Assert.Throws<WeightsException>(() => TextModel.Load(_folder));
    }

    [Fact]
    public void ForEachBatch_MixedLengths_EqualsOneByOne()
    {
        HashText.WriteFolder(_folder, Config);
        using var model = TextModel.Load(_folder);
        string[] texts = ["a dog barks while its raining", "", "a man speaks", "dog", "rain falls and thunder rolls , a dog barks .", "a dog"];
        var together = new float[texts.Length][];
        var lengths = new List<int>();
        model.ForEachBatch(texts, 6, (places, batch, hidden) =>
        {
            lengths.Add(batch.Length);
            for (var row = 0; row < places.Count; row++)
                together[places[row]] = hidden.Select(0, row).Narrow(0, 0, batch.Mask.Skip(row * batch.Length).Take(batch.Length).Sum()).ToArray<float>();
        }, batchSize: 2);
        Assert.Equal([3, 5, 6], lengths);
        for (var i = 0; i < texts.Length; i++)
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            TensorAssert.Close(model.Forward(model.Tokenizer.EncodeBatch([texts[i]], 6)).ToArray<float>(), together[i], 3e-6, texts[i]);
        }
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => model.ForEachBatch(texts, 6, (_, _, _) => { }, cancellationToken: source.Token));
    }

    [Fact]
    public void Forward_FromManyThreads_GivesOneResult()
    {
        HashText.WriteFolder(_folder, Config);
        using var model = TextModel.Load(_folder);
        float[] Run()
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            return model.Forward(model.Tokenizer.EncodeBatch(["a dog barks", "rain"])).ToArray<float>();
        }
        var expected = Run();
        Assert.All(Together.Run(8, _ => Run()), values => TensorAssert.Same(expected, values));
    }

    [Fact]
    public void Load_IncompleteFolder_NamesWhatIsMissing()
    {
        Assert.Contains("There is no model at", Assert.Throws<FileNotFoundException>(() => TextModel.Load(Path.Combine(_folder, "none"))).Message, StringComparison.Ordinal);
        Assert.Contains("has no weights; one of model.safetensors", Assert.Throws<FileNotFoundException>(() => TextModel.Load(_folder)).Message, StringComparison.Ordinal);
        HashText.WriteFolder(_folder, Config);
        Assert.Contains("is a file; give the folder", Assert.Throws<FileNotFoundException>(() => TextModel.Load(Path.Combine(_folder, "config.json"))).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, "vocab.txt"));
        Assert.Contains("There is no tokenizer in", Assert.Throws<FileNotFoundException>(() => TextModel.Load(_folder)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, "config.json"));
        Assert.Contains("has no config.json", Assert.Throws<FileNotFoundException>(() => TextModel.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WrongWeights_ReportsEveryDifference()
    {
        HashText.WriteFolder(_folder, Config);
        (Config with { Width = 32, Layers = 3 }).Write(Path.Combine(_folder, "config.json"));
        var error = Assert.Throws<WeightsException>(() => TextModel.Load(_folder));
        Assert.Contains("'embeddings.word_embeddings.weight' [40, 16], expected [40, 32]", error.Message, StringComparison.Ordinal);
        Assert.Contains("encoder.layer.2.attention.self.query.weight", error.Names);
        SafetensorsFile.Write(Path.Combine(_folder, "model.safetensors"), [new("a", DType.UInt8, [1], new byte[] { 1 })]);
        Assert.Contains("holds no 'embeddings.word_embeddings.weight'", Assert.Throws<WeightsException>(() => TextModel.Load(_folder)).Message, StringComparison.Ordinal);
        SafetensorsFile.Write(Path.Combine(_folder, "model.safetensors"),
            [new("a.embeddings.word_embeddings.weight", DType.UInt8, [1], new byte[] { 1 }), new("b.embeddings.word_embeddings.weight", DType.UInt8, [1], new byte[] { 1 })]);
        Assert.Contains("several text encoders (a., b.)", Assert.Throws<WeightsException>(() => TextModel.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TokenizerOfAnotherModel_IsRefused()
    {
        HashText.WriteFolder(_folder, Config);
        File.AppendAllText(Path.Combine(_folder, "vocab.txt"), string.Concat(Enumerable.Range(0, 30).Select(i => $"word{i}\n")));
        var error = Assert.Throws<TokenizerFileException>(() => TextModel.Load(_folder));
        Assert.Contains("it has 52 pieces and pads with id 0, but the model knows 40", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "no JSON object")]
    [InlineData("{}", "model_type is 'missing'")]
    [InlineData("""{"model_type":"distilbert"}""", "model_type is 'distilbert', known are bert, roberta and mpnet")]
    [InlineData("""{"model_type":"bert","hidden_size":10,"num_attention_heads":3}""", "hidden_size 10 does not divide into num_attention_heads 3")]
    [InlineData("""{"model_type":"bert","hidden_size":"wide"}""", "field '$.hidden_size' cannot be read")]
    [InlineData("""{"model_type":"bert","hidden_act":"relu"}""", "hidden_act is 'relu'")]
    [InlineData("""{"model_type":"roberta","position_embedding_type":"relative_key"}""", "position_embedding_type is 'relative_key'")]
    [InlineData("""{"model_type":"bert","layer_norm_eps":0}""", "layer_norm_eps is 0")]
    [InlineData("{", "it is no JSON")]
    [InlineData("""{"model_type":"\ud800"}""", "half a surrogate pair")]
    [InlineData("""{"model_type":3}""", "model_type is 3, known are")]
    [InlineData("""{"model_type":"bert","vocab_size":2147483647}""", "vocab_size is 2147483647")]
    [InlineData("""{"model_type":"bert","hidden_size":2147483644}""", "hidden_size is 2147483644")]
    [InlineData("""{"model_type":"bert","num_hidden_layers":1000000}""", "num_hidden_layers is 1000000")]
    [InlineData("""{"model_type":"bert","max_position_embeddings":2147483647}""", "max_position_embeddings is 2147483647")]
    [InlineData("""{"model_type":"bert","type_vocab_size":2147483647}""", "type_vocab_size is 2147483647")]
    [InlineData("""{"model_type":"mpnet","relative_attention_num_buckets":1000000}""", "relative_attention_num_buckets is 1000000")]
    [InlineData("""{"model_type":"bert","hidden_dropout_prob":2}""", "hidden_dropout_prob is 2, but 0 to 1")]
    [InlineData("""{"model_type":"bert","initializer_range":1e300}""", "initializer_range is 1E+300")]
    public void Read_BadConfiguration_SaysWhatIsWrong(string json, string expected)
    {
        var path = Path.Combine(_folder, "config.json");
        File.WriteAllText(path, json);
        var error = Assert.Throws<TextEncoderConfigException>(() => TextEncoderConfig.Read(path));
        Assert.Equal(path, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PublishedFields_GivesThePublishedSizes()
    {
        var path = Path.Combine(_folder, "config.json");
        File.WriteAllText(path, """
            { "architectures": ["RobertaForMaskedLM"], "attention_probs_dropout_prob": 0.1, "bos_token_id": 0, "eos_token_id": 2, "hidden_act": "gelu",
              "hidden_dropout_prob": 0.1, "hidden_size": 1024, "initializer_range": 0.02, "intermediate_size": 4096, "layer_norm_eps": 1e-05,
              "max_position_embeddings": 514, "model_type": "roberta", "num_attention_heads": 16, "num_hidden_layers": 24, "pad_token_id": 1,
              "type_vocab_size": 1, "vocab_size": 50265, "classifier_dropout": null }
            """);
        Assert.Equal(TextEncoderConfig.RobertaLarge, TextEncoderConfig.Read(path));
        Assert.Equal(512, TextEncoderConfig.RobertaLarge.MaximumLength);
        foreach (var config in new[] { TextEncoderConfig.BertTiny, TextEncoderConfig.DistilRoberta, TextEncoderConfig.MpnetBase })
        {
            config.Write(path);
            Assert.Equal(config, TextEncoderConfig.Read(path));
        }
    }

    // Against an encoder that was filled without any file.
    private static void CheckVectors(TextModel model)
    {
        using var store = HashText.Store(Config, hasPooler: false, out var encoder);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var batch = model.Tokenizer.EncodeBatch(["a dog barks", "rain falls and thunder rolls"]);
        var expected = encoder.Forward(Tensor.From<long>(batch.Ids, batch.Rows, batch.Length), Tensor.From<long>(batch.Mask, batch.Rows, batch.Length));
        TensorAssert.Same(expected.ToArray<float>(), model.Forward(batch).ToArray<float>());
    }
}
