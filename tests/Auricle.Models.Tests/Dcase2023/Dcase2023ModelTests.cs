using Auricle.Audio;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Systems.Dcase2023;
using Auricle.Models.Tests.Cnn;
using Auricle.Models.Tests.TextEncoders;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Dcase2023;

/// <summary>The baseline of DCASE 2023, task 6B, from files as its training leaves them.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class Dcase2023ModelTests : IDisposable
{
    private const int Rate = 44100;
    private static readonly CnnConfig Small = CnnConfig.Dcase2023 with { Widths = [4, 4, 4, 6, 6, 6], EmbeddingWidth = 5, ProjectionWidth = 7 };

    private static readonly TextEncoderConfig Words = new() { VocabularySize = 40, Width = 16, Layers = 1, Heads = 2, FeedForwardWidth = 32, Positions = 20 };

    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-dcase-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Embed_FixtureClipAndTable_EqualsTheReferenceEndToEnd()
    {
        // The published layout at full size; the sentence encoder gives way to the fixture's table.
        var inputs = FixtureInputs.Read("retrieval");
        var table = inputs["baseline_text_head", "table"];
        var shape = table.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
        var vectors = Array.ConvertAll(HashWeights.Uniform(table.GetProperty("name").GetString()!, (int)(shape[0] * shape[1]), inputs.Seed), value => (float)value);
        foreach (var row in table.GetProperty("zero_rows").EnumerateArray())
            vectors.AsSpan((int)(row.GetInt32() * shape[1]), (int)shape[1]).Clear();
        var expected = SafetensorsFile.Read(Path.Combine(Fixtures.Folder("retrieval"), "baseline_text_head.safetensors"), out _);
        TorchEntry[] entries =
        [
            .. HashStore.Entries("cnn14", "baseline_CNN14Encoder_300").Where(entry => entry.Shape.Length > 0)
                .Select(entry => new TorchEntry("audio_enc." + entry.Name, entry.Shape, HashWeights.Weight(entry.Name, entry.Shape, HashCnn14.Inputs.Seed))),
            new("text_enc.embedding.weight", shape, vectors),
            Head("fc.weight", 300, shape[1]),
            Head("fc.bias", 300),
        ];
        TorchEntry Head(string name, params long[] sizes) => new("text_enc." + name, sizes, HashWeights.Weight(name, sizes, inputs.Seed));
        var file = Path.Combine(_folder, "checkpoint");
        TorchZip.Write(file, new Dictionary<string, object>(), null, entries, isPair: true);
        HashText.WriteFolder(Sentences, Words with { Width = (int)shape[1], Heads = 12 });
        using var model = Dcase2023Model.Load(file, Sentences);
        Assert.Equal((300, Rate), (model.EmbeddingWidth, model.SampleRate));

        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var indices = Tensor.From(expected["indices"]).Flatten();
        var rows = Tensor.From<float>(vectors, shape).IndexSelect(0, indices);
        TensorAssert.Close(expected["l2"], model.ProjectText(rows), 1e-5, "text");
        var clips = HashCnn14.Inputs.Clips("baseline_encoder").Select(samples => AudioClip.FromSamples(samples, Rate)).ToArray();
        TensorAssert.Close(HashCnn14.Expected("baseline_encoder")["embedding_l2"], model.EmbedAudio(clips), 1e-4, "sound");

        // Texts go through the sentence encoder.
        using var sentences = SentenceEncoder.Load(Sentences);
        var texts = new[] { "a dog barks", "rain falls" };
        var whole = Tensor.From<float>(sentences.Embed(texts).SelectMany(vector => vector).ToArray(), 2, shape[1]);
        TensorAssert.Close(model.ProjectText(whole).ToArray<float>(), model.EmbedText(texts).ToArray<float>(), 1e-6, "texts");
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("pair")]
    [InlineData("lightning")]
    [InlineData("parallel")]
    public void Load_EveryLayout_GivesTheSameVectors(string layout)
    {
        using var scope = TensorScope.Begin();
        using var plain = Load("plain", entries => entries);
        using var model = Load(layout, entries => entries);
        var clip = AudioClip.FromSamples(HashWeights.Signal("dcase.clip", 3 * Rate), Rate);
        var vector = model.EmbedAudio([clip]);
        TensorAssert.Same(plain.EmbedAudio([clip]).ToArray<float>(), vector.ToArray<float>());
        TensorAssert.Same(plain.EmbedText(["a dog barks"]).ToArray<float>(), model.EmbedText(["a dog barks"]).ToArray<float>());
        Assert.Equal(1, vector.Norm().ToDouble(), 1e-5);
    }

    [Fact]
    public void EmbedAudio_ShortLongAndInABatch_IsTheSameAsAlone()
    {
        using var scope = TensorScope.Begin();
        using var model = Load("plain", entries => entries);
        AudioClip[] clips = [.. new[] { 0.1, 2, 130 }.Select(seconds => AudioClip.FromSamples(HashWeights.Signal("dcase.batch", (int)(seconds * 8000)), 8000))];
        var together = model.EmbedAudio(clips);
        Assert.Equal([3, 7], together.Shape.ToArray());
        for (var i = 0; i < clips.Length; i++)
            TensorAssert.Same(together.Select(0, i).ToArray<float>(), model.EmbedAudio([clips[i]]).ToArray<float>());
        Assert.All(together.Square().Sum([1]).ToArray<float>(), square => Assert.Equal(1, square, 1e-4));
    }

    [Fact]
    public void Load_WhatDoesNotFit_IsNamedAtOnce()
    {
        var error = Assert.Throws<WeightsException>(() => Load("lightning", entries =>
        [
            .. entries.Where(entry => !entry.Name.Contains("cnn.9.", StringComparison.Ordinal) && entry.Name != "text_enc.fc.bias"),
            new TorchEntry("audio_enc.cnn.99.weight", [1], [0]),
        ]));
        Assert.Contains("audio_enc.conv_block2.bn1.running_var", error.Names);
        Assert.Contains("text_enc.fc.bias", error.Names);
        Assert.Contains("audio_enc.conv_block13.conv2.weight", error.Names);
        Assert.Equal(6, error.Names.Count);
    }

    [Fact]
    public void Load_FilesOfOtherModels_SayWhatTheyAre()
    {
        var audio = Assert.Throws<WeightsException>(() => Load("plain", entries =>
            [.. entries.Where(entry => entry.Name.StartsWith("audio_enc.", StringComparison.Ordinal)).Select(entry => entry with { Name = entry.Name["audio_enc.".Length..] })]));
        Assert.Contains("the audio encoder alone", audio.Message, StringComparison.Ordinal);
        var panns = Assert.Throws<WeightsException>(() => Load("plain", _ => [new("bn0.weight", [1], [1]), new("conv_block1.conv1.weight", [1], [1])]));
        Assert.Contains("CNN of PANNs", panns.Message, StringComparison.Ordinal);
        Assert.Contains("text_enc.fc.weight", Assert.Throws<WeightsException>(() => Load("plain", entries =>
            [.. entries.Where(entry => entry.Name != "text_enc.fc.weight"), new("text_enc.fc.weight", [7, 15], new float[7 * 15])])).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Dcase2023Model.Load(Path.Combine(_folder, "none"), _folder));
    }

    private string Sentences => Path.Combine(_folder, "sentences");

    // The small model's tensors under the authors' names, changed, in a file of some layout.
    private Dcase2023Model Load(string layout, Func<TorchEntry[], TorchEntry[]> change)
    {
        var modules = new Dictionary<string, int> { ["conv1"] = 0, ["bn1"] = 1, ["conv2"] = 3, ["bn2"] = 4 };
        using var shapes = WeightStore.Shapes();
        _ = new CnnEncoder(Small, shapes.Root);
        var entries = change(
        [
            .. shapes.Entries.Select(entry => Entry("audio_enc." + Theirs(entry.Name), entry.Tensor.Shape.ToArray())),
            Entry("text_enc.embedding.weight", [3, 16]), Entry("text_enc.fc.weight", [7, 16]), Entry("text_enc.fc.bias", [7]),
        ]);
        var prefix = layout switch { "lightning" => "model.", "parallel" => "module.", _ => "" };
        var file = Path.Combine(_folder, layout);
        TorchZip.Write(
            file, layout == "lightning" ? new Dictionary<string, object> { ["epoch"] = 3, ["pytorch-lightning_version"] = "1.9.5" } : [],
            layout == "lightning" ? "state_dict" : null, [.. entries.Select(entry => entry with { Name = prefix + entry.Name })], isPair: layout == "pair");
        if (!Directory.Exists(Sentences))
            HashText.WriteFolder(Sentences, Words);
        return Dcase2023Model.Load(file, Sentences);

        static TorchEntry Entry(string name, params long[] shape) => new(name, shape, HashWeights.Weight(name, shape));

        string Theirs(string name)
        {
            if (name.StartsWith("fc1.", StringComparison.Ordinal))
                return "fc.1." + name[4..];
            if (!name.StartsWith("conv_block", StringComparison.Ordinal))
                return name;
            var parts = name.Split('.');
            return $"cnn.{8 * (parts[0][^1] - '1') + modules[parts[1]]}.{parts[2]}";
        }
    }
}
