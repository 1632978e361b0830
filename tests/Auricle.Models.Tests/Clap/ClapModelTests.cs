using System.Runtime.InteropServices;
using System.Text.Json;
using Auricle.Audio;
using Auricle.Models.Families;
using Auricle.Models.Systems.Clap;
using Auricle.Testing;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Clap;

/// <summary>Small CLAP models in the layout of the authors' files.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class ClapModelTests : IDisposable
{
    private static readonly string[] Captions = ["a dog barks", "rain", "a dog barks while rain falls on a roof of tin"];

    private readonly string _root = Directory.CreateTempSubdirectory("auricle-clap-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Load_MsClap_HasTheSizesOfItsTensors()
    {
        using var model = ClapModel.Load(HashClap.WriteMs2023(_root), Path.Combine(_root, "gpt2"));
        Assert.Equal(("MS-CLAP 2023", 16, 44100, 308700, 77), (model.Name, model.EmbeddingWidth, model.SampleRate, model.WindowSamples, model.MaximumTokens));
        using var created = HashClap.Create(HashClap.SmallMs2023);
        using var scope = TensorScope.Begin();
        var clip = Noise(3, 44100);
        TensorAssert.Close(created.EmbedAudio([clip]).ToArray<float>(), model.EmbedAudio([clip]).ToArray<float>(), 1e-5);
        var tokens = model.Tokenize(Captions);
        var expected = created.EncodeTokens(Tensor.From<long>(tokens.Ids, 3, tokens.Length), Tensor.From<long>(tokens.Mask, 3, tokens.Length));
        TensorAssert.Close(expected.ToArray<float>(), model.EmbedText(Captions).ToArray<float>(), 1e-5);
    }

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    public void Load_LaionClap_WithOrWithoutPrefix(string prefix)
    {
        var path = Path.Combine(_root, "630k-audioset-best.pt");
        TorchZip.Write(path, new Dictionary<string, object> { ["epoch"] = 3 }, prefix.Length == 0 ? null : "state_dict", HashClap.Entries(HashClap.SmallLaion, prefix));
        WriteRoberta();
        using var model = ClapModel.Load(path, _root);
        Assert.Equal(("LAION-CLAP", 16, 48000), (model.Name, model.EmbeddingWidth, model.SampleRate));
        using var scope = TensorScope.Begin();
        var texts = model.EmbedText(Captions);
        foreach (var vector in texts.ToArray<float>().Chunk(16))
            Assert.Equal(1, vector.Sum(value => value * value), 1e-5);
        Assert.Equal([2, 3], model.Similarity(model.EmbedAudio([Noise(1, 48000), Noise(2, 16000)]), texts).Shape.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_NamesOfTheHub_GivesTheSameVectors(bool isFused)
    {
        WriteRoberta();
        var sizes = isFused ? HashClap.SmallLaionFused : HashClap.SmallLaion;
        SafetensorsFile.Write(Path.Combine(_root, "model.safetensors"), HashClap.Entries(sizes).SelectMany(HubEntries));
        using var model = ClapModel.Load(_root);
        using var created = HashClap.Create(sizes);
        Assert.Equal(created.Name, model.Name);
        using var scope = TensorScope.Begin();
        var clip = Noise(12, 48000);
        TensorAssert.Close(created.EmbedAudio([clip]).ToArray<float>(), model.EmbedAudio([clip]).ToArray<float>(), 1e-6);
        var tokens = model.Tokenize(Captions);
        var expected = created.EncodeTokens(Tensor.From<long>(tokens.Ids, 3, tokens.Length), Tensor.From<long>(tokens.Mask, 3, tokens.Length));
        TensorAssert.Close(expected.ToArray<float>(), model.EmbedText(Captions).ToArray<float>(), 1e-6);
    }

    [Fact]
    public void Load_HubWithoutAKey_SaysSo()
    {
        WriteRoberta();
        SafetensorsFile.Write(Path.Combine(_root, "model.safetensors"), HashClap.Entries(HashClap.SmallLaion).SelectMany(HubEntries)
            .Where(entry => entry.Name != "audio_model.audio_encoder.layers.1.blocks.0.attention.self.key.bias"));
        Assert.Contains("without a like 'audio_model.audio_encoder.layers.1.blocks.0.attention.self.key.bias'",
            Assert.Throws<WeightsException>(() => ClapModel.Load(_root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EmbedAudio_LongClip_IsTheMeanOfItsWindows()
    {
        using var model = HashClap.Create(HashClap.SmallMs2023);
        using var scope = TensorScope.Begin();
        var clip = Noise(20, 44100); // three windows of 7 s, of which neighbours overlap
        var starts = new[] { 0, 20 * 44100 - 308700 }.SelectMany(last => new[] { last }).Append((20 * 44100 - 308700) / 2).Order();
        var windows = starts.Select(start => clip with { Samples = clip.Samples[start..(start + 308700)] }).ToArray();
        TensorAssert.Close(model.EmbedAudio(windows).Mean([0]).ToArray<float>(), model.EmbedAudio([clip]).ToArray<float>(), 1e-5);
        // A clip's neighbours play no part.
        var together = model.EmbedAudio([Noise(1, 8000), clip, Noise(9, 44100)]);
        TensorAssert.Close(model.EmbedAudio([clip]).ToArray<float>(), together.Narrow(0, 1, 1).ToArray<float>(), 1e-5);
    }

    [Fact]
    public void EmbedAudio_ShortClip_IsRepeated()
    {
        using var model = HashClap.Create(HashClap.SmallMs2023);
        using var scope = TensorScope.Begin();
        var clip = Noise(2, 44100);
        var repeated = clip with { Samples = [.. Enumerable.Range(0, 308700).Select(i => clip.Samples[i % clip.Samples.Length])] };
        TensorAssert.Same(model.EmbedAudio([repeated]).ToArray<float>(), model.EmbedAudio([clip]).ToArray<float>());
        Assert.All(model.EmbedAudio([AudioClip.FromSamples([0.5f], 8000)]).ToArray<float>(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void EmbedAudio_FusionOfVeryLongClip_IsTheMeanOfItsMinutes()
    {
        using var model = HashClap.Create(HashClap.SmallLaionFused);
        using var scope = TensorScope.Begin();
        var clip = Noise(90, 48000);
        const int Minute = 60 * 48000;
        var parts = new[] { clip with { Samples = clip.Samples[..Minute] }, clip with { Samples = clip.Samples[^Minute..] } };
        TensorAssert.Close(model.EmbedAudio(parts).Mean([0]).ToArray<float>(), model.EmbedAudio([clip]).ToArray<float>(), 1e-5);
    }

    [Fact]
    public void Tokenize_LongText_KeepsItsEnd()
    {
        using var model = ClapModel.Load(HashClap.WriteMs2023(_root), Path.Combine(_root, "gpt2"));
        var tokens = model.Tokenize([new string('x', 500)]);
        Assert.Equal(77, tokens.Length);
        Assert.Equal(HashClap.GptEnd, tokens.Ids[^1]);
        Assert.Equal(model.Tokenize(["x"]).Ids[^2..], tokens.Ids[^2..]);
    }

    [Fact]
    public void Embed_EightThreads_GetWhatEachGetsAlone()
    {
        using var model = ClapModel.Load(HashClap.WriteMs2023(_root), Path.Combine(_root, "gpt2"));
        float[] Embed(int thread)
        {
            using var scope = TensorScope.Begin();
            return [.. model.EmbedText([$"{thread} dogs bark", .. Captions]).ToArray<float>(), .. model.EmbedAudio([Noise(1 + thread % 2, 44100)]).ToArray<float>()];
        }
        var expected = Enumerable.Range(0, 8).Select(Embed).ToArray();
        foreach (var (alone, among) in expected.Zip(Together.Run(8, Embed)))
            TensorAssert.Same(alone, among);
    }

    [Fact]
    public void Load_WhatIsNoClap_SaysSo()
    {
        var missing = Assert.Throws<FileNotFoundException>(() => ClapModel.Load(Path.Combine(_root, "none.pth"), _root));
        Assert.Contains("There is no CLAP checkpoint", missing.Message, StringComparison.Ordinal);
        using (var deaf = ClapModel.Load(HashClap.WriteMs2023(_root)))
        {
            // Sounds need no words.
            using var scope = TensorScope.Begin();
            Assert.Equal([1, deaf.EmbeddingWidth], deaf.EmbedAudio([AudioClip.FromSamples(HashWeights.Signal("clip", 4000), 44100)]).Shape);
            Assert.Contains("--tokenizer", Assert.Throws<MissingPartException>(() => deaf.EmbedText(["rain"])).Message, StringComparison.Ordinal);
        }
        var other = Path.Combine(_root, "other.pth");
        TorchZip.Write(other, new Dictionary<string, object>(), null, [new TorchEntry("weight", [1], [1])]);
        Assert.Contains("is no CLAP model that is known", Assert.Throws<WeightsException>(() => ClapModel.Load(other, _root)).Message, StringComparison.Ordinal);

        var checkpoint = HashClap.WriteMs2023(_root);
        var words = Directory.CreateDirectory(Path.Combine(_root, "bert")).FullName;
        File.WriteAllText(Path.Combine(words, "vocab.txt"), string.Join('\n', Enumerable.Range(0, 60000).Select(i => "w" + i)) + "\n[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\n");
        Assert.Contains("was trained with 50257 of GPT-2", Assert.Throws<TokenizerFileException>(() => ClapModel.Load(checkpoint, words)).Message, StringComparison.Ordinal);

        var cut = Path.Combine(_root, "cut.pth");
        TorchZip.Write(cut, new Dictionary<string, object>(), "model", [.. HashClap.Entries(HashClap.SmallMs2023).Where(entry => entry.Name != "caption_encoder.base.h.1.ln_2.bias")]);
        Assert.Contains("missing: caption_encoder.base.h.1.ln_2.bias", Assert.Throws<WeightsException>(() => ClapModel.Load(cut, Path.Combine(_root, "gpt2"))).Message, StringComparison.Ordinal);
    }

    [SharedFact]
    public void Tokenize_PublishedVectors_AreTheReferences()
    {
        var tokenizers = Path.Combine(Fixtures.SharedRoot!, "tokenizers");
        HashClap.WriteTokenizer(Path.Combine(_root, "gpt2"), [.. File.ReadLines(Path.Combine(tokenizers, "roberta", "merges.txt")).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal))]);
        using var model = ClapModel.Load(HashClap.WriteMs2023(Directory.CreateDirectory(Path.Combine(_root, "small")).FullName), Path.Combine(_root, "gpt2"));
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("ms-clap"), "text_vectors.json")));
        foreach (var vector in vectors.RootElement.GetProperty("gpt2_2023").GetProperty("vectors").EnumerateArray())
        {
            var tokens = model.Tokenize([vector.GetProperty("text").GetString()!]);
            Assert.Equal(Numbers(vector.GetProperty("ids")), tokens.Ids);
            using var scope = TensorScope.Begin();
            Assert.Equal(vector.GetProperty("last_index").GetInt64(), MsClapModel.LastTokens(Tensor.From<long>(tokens.Ids, 1, tokens.Length)).ToArray<long>()[0]);
        }
        var bert = SubwordTokenizer.Load(Path.Combine(tokenizers, "bert-base-uncased"));
        foreach (var vector in vectors.RootElement.GetProperty("bert_2022").GetProperty("vectors").EnumerateArray())
            Assert.Equal(Numbers(vector.GetProperty("input_ids")), bert.EncodeBatch([vector.GetProperty("text").GetString()!], 100, padToMaximum: true).Ids);

        using var laion = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("laion-clap"), "text_vectors.json")));
        var roberta = SubwordTokenizer.Load(Path.Combine(tokenizers, "roberta"));
        foreach (var vector in laion.RootElement.GetProperty("vectors").EnumerateArray())
            Assert.Equal(Numbers(vector.GetProperty("input_ids")), roberta.EncodeBatch([vector.GetProperty("text").GetString()!], 77, padToMaximum: true).Ids);
    }

    private static IEnumerable<long> Numbers(JsonElement list) => list.EnumerateArray().Select(item => item.GetInt64());

    private static AudioClip Noise(int seconds, int rate) => new() { Samples = HashWeights.Signal("clap", seconds * rate), SampleRate = rate };

    // The library's own rules for its files, in their order; what it leaves out gives nothing.
    private static IEnumerable<SafetensorsEntry> HubEntries(TorchEntry entry)
    {
        if (entry.Name.StartsWith("audio_branch.", StringComparison.Ordinal)
            && (entry.Name.Contains("tscam_conv", StringComparison.Ordinal) || entry.Name.Contains("head", StringComparison.Ordinal)
                || entry.Name.EndsWith("attn_mask", StringComparison.Ordinal)) || entry.Name.Contains("_transform.", StringComparison.Ordinal))
            return [];
        var name = entry.Name;
        (string, string)[] rules =
        [
            ("text_branch", "text_model"), ("audio_branch", "audio_model.audio_encoder"), ("attn", "attention.self"), ("self.proj", "output.dense"),
            ("attention.self_mask", "attn_mask"), ("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense"), ("norm1", "layernorm_before"),
            ("norm2", "layernorm_after"), ("bn0", "batch_norm"), ("_projection.0.", "_projection.linear1."), ("_projection.2.", "_projection.linear2."),
        ];
        foreach (var (ours, theirs) in rules)
            name = name.Replace(ours, theirs, StringComparison.Ordinal);
        if (!name.Contains("qkv", StringComparison.Ordinal))
            return [Entry(name, entry.Shape, entry.Values)];
        var third = entry.Values.Length / 3;
        long[] shape = [entry.Shape[0] / 3, .. entry.Shape[1..]];
        return new[] { "query", "key", "value" }.Select((part, i) =>
            Entry(name.Replace("qkv", part, StringComparison.Ordinal), shape, entry.Values.AsSpan(i * third, third)));

        static SafetensorsEntry Entry(string name, long[] shape, ReadOnlySpan<float> values) =>
            new(name, DType.Float32, shape, MemoryMarshal.AsBytes(values).ToArray());
    }

    private void WriteRoberta()
    {
        var ids = new Dictionary<string, int> { ["<s>"] = 0, ["<pad>"] = 1, ["</s>"] = 2, ["<unk>"] = 3, ["<mask>"] = 50264 };
        foreach (var character in HashClap.ByteCharacters)
            ids.Add(character.ToString(), ids.Count);
        File.WriteAllText(Path.Combine(_root, "vocab.json"), JsonSerializer.Serialize(ids));
        File.WriteAllText(Path.Combine(_root, "merges.txt"), "#version: 0.2\n");
    }
}
