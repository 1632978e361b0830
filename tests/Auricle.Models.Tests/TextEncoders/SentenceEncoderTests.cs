using Auricle.Models.Encoders.Text;
using Auricle.Models.Families;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Testing;
using Auricle.Torch;

namespace Auricle.Models.Tests.TextEncoders;

[NoLeaks]
[Collection("tensors")]
public sealed class SentenceEncoderTests : IDisposable
{
    private const string Modules = """
        [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
         {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
         {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]
        """;

    private static readonly TextEncoderConfig Config = new() { VocabularySize = 40, Width = 16, Layers = 1, Heads = 2, FeedForwardWidth = 32, Positions = 20 };

    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-sentence-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Writes 440 MB of weights.
    [SharedFact]
    [Trait("Category", "Slow")]
    public void Embed_FixtureCaptions_EqualsTheReference()
    {
        // The published layout of all-mpnet-base-v2 with the fixture's weights.
        HashText.WriteFolder(_folder, TextEncoderConfig.MpnetBase, hasPooler: true);
        File.Copy(Path.Combine(Fixtures.SharedRoot!, "tokenizers", "mpnet", "vocab.txt"), Path.Combine(_folder, "vocab.txt"), overwrite: true);
        WriteModules(Modules, """{"word_embedding_dimension":768,"pooling_mode_cls_token":false,"pooling_mode_mean_tokens":true,"pooling_mode_max_tokens":false}""");
        File.WriteAllText(Path.Combine(_folder, "sentence_bert_config.json"), """{"max_seq_length":384,"do_lower_case":false}""");
        using var encoder = SentenceEncoder.Load(_folder);
        Assert.Equal((384, 768, true), (encoder.MaximumLength, encoder.Width, encoder.IsNormalised));
        var inputs = FixtureInputs.Read("mpnet");
        string[] captions = [.. inputs.Captions("mpnet_base").Select(caption => $"  {caption}\n")];
        var expected = HashText.Fixture("mpnet", "mpnet_base");
        TensorAssert.Close(expected["mean_l2"].Floats(), encoder.Embed(captions).SelectMany(vector => vector).ToArray(), 1e-4);
        TensorAssert.Close(expected["single.mean_l2"].Floats(), encoder.Embed([captions[inputs["mpnet_base", "single", "row"].GetInt32()]])[0], 1e-4);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        TensorAssert.Close(expected["mean_l2"], encoder.Forward(encoder.Model.Tokenizer.EncodeBatch([.. captions.Select(text => text.Trim())])), 1e-4);
    }

    [Fact]
    public void Family_FolderOfTheHub_EmbedsText()
    {
        HashText.WriteFolder(_folder, Config);
        var files = ModelFiles.Open(_folder);
        Assert.Equal("sentence encoder", ModelFamily.Of(files).Name);
        using var model = (ITextEmbedder)ModelFamily.Load(files);
        using var scope = TensorScope.Begin();
        using var encoder = SentenceEncoder.Load(_folder);
        Assert.Equal(encoder.Embed(["a dog", "a man"]).SelectMany(vector => vector), model.EmbedText(["a dog", "a man"]).ToArray<float>());
        var description = ModelDescription.Read(new LocatedModel("small", _folder));
        Assert.Equal(["embeds text"], description.Roles);
        Assert.Empty(description.Missing.Concat(description.Unexpected));
    }

    [Fact]
    public void Load_PlainEncoder_AveragesTokens()
    {
        HashText.WriteFolder(_folder, Config);
        using var encoder = SentenceEncoder.Load(_folder);
        Assert.Equal((SentencePooling.Mean, false, 20), (encoder.Pooling, encoder.IsNormalised, encoder.MaximumLength));
        var vectors = encoder.Embed(["a dog", "a man", " a dog "]);
        Assert.Same(vectors[0], vectors[2]);
        Assert.NotEqual(1.0, Length(vectors[0]), 1e-3);
        Assert.Equal(1, Length(encoder.Embed(["a dog"], normalise: true)[0]), 1e-6);
        Assert.Empty(encoder.Embed([]));
    }

    [Fact]
    public void Load_OldLayout_FindsTheEncoderInItsFolder()
    {
        HashText.WriteFolder(Path.Combine(_folder, "0_Transformer"), Config);
        File.WriteAllText(Path.Combine(_folder, "0_Transformer", "sentence_roberta_config.json"), """{"max_seq_length":5}""");
        WriteModules("""
            [{"path":"0_Transformer","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]
            """, """{"pooling_mode_cls_token":true,"pooling_mode_max_tokens":true,"pooling_mode_mean_tokens":false}""");
        using var encoder = SentenceEncoder.Load(_folder);
        Assert.Equal((SentencePooling.FirstToken | SentencePooling.Maximum, 32, 5, false), (encoder.Pooling, encoder.Width, encoder.MaximumLength, encoder.IsNormalised));
        var vectors = encoder.Embed(["a dog barks", "a dog barks while its raining"]);
        Assert.Equal(32, vectors[0].Length);
        // What lies beyond the limit does not count.
        TensorAssert.Close(encoder.Embed(["a dog bark man"])[0], encoder.Embed(["a dog bark rain"])[0], 0);
    }

    [Theory]
    [InlineData("{}", "{}", "holds no JSON list")]
    [InlineData("[{}]", "{}", "a module has no 'type'")]
    [InlineData("[]", "{}", "lists no Transformer")]
    [InlineData("""[{"path":"2_Dense","type":"sentence_transformers.models.Dense"}]""", "{}", "a module 'sentence_transformers.models.Dense'")]
    [InlineData(Modules, """{"pooling_mode_lasttoken":true}""", "it asks for pooling_mode_lasttoken")]
    [InlineData(Modules, "{}", "lists no Transformer with a Pooling")]
    [InlineData(Modules, "<", "it is no JSON")]
    public void Load_BadModules_SaysWhatIsWrong(string modules, string pooling, string expected)
    {
        HashText.WriteFolder(_folder, Config);
        WriteModules(modules, pooling);
        Assert.Contains(expected, Assert.Throws<TextEncoderConfigException>(() => SentenceEncoder.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithoutPoolingFile_NamesIt()
    {
        HashText.WriteFolder(_folder, Config);
        File.WriteAllText(Path.Combine(_folder, "modules.json"), Modules);
        Assert.EndsWith(Path.Combine("1_Pooling", "config.json"), Assert.Throws<FileNotFoundException>(() => SentenceEncoder.Load(_folder)).FileName, StringComparison.Ordinal);
    }

    private void WriteModules(string modules, string pooling)
    {
        File.WriteAllText(Path.Combine(_folder, "modules.json"), modules);
        Directory.CreateDirectory(Path.Combine(_folder, "1_Pooling"));
        File.WriteAllText(Path.Combine(_folder, "1_Pooling", "config.json"), pooling);
    }

    private static double Length(float[] vector) => Math.Sqrt(vector.Sum(value => (double)value * value));
}
