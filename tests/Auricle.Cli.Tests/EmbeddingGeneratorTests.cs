using Auricle.Audio;
using Auricle.Models;
using Auricle.Models.Roles;
using Microsoft.Extensions.AI;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class EmbeddingGeneratorTests : IDisposable
{
    private const int Callers = 8;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Generate_EightCallers_GetWhatOneGets()
    {
        using var model = Load();
        using IEmbeddingGenerator<string, Embedding<float>> texts = new TextEmbedder(model);
        using IEmbeddingGenerator<AudioClip, Embedding<float>> sounds = new SoundEmbedder(model);
        string[] sentences = [.. Enumerable.Range(0, Callers).Select(i => string.Join(' ', Enumerable.Repeat("a dog barks in the rain", i + 1)))];
        AudioClip[] clips = [.. Enumerable.Range(0, Callers).Select(seed => AudioClip.FromSamples(HashWeights.Signal("noise", 8000 * (1 + seed % 3), seed), 16000))];
        var textsAlone = new List<float[]>();
        var soundsAlone = new List<float[]>();
        for (var i = 0; i < Callers; i++)
        {
            textsAlone.Add((await texts.GenerateAsync([sentences[i]])).Single().Vector.ToArray());
            soundsAlone.Add((await sounds.GenerateAsync([clips[i]])).Single().Vector.ToArray());
        }
        var textsTogether = Task.WhenAll(sentences.Select(sentence => texts.GenerateAsync([sentence])));
        var soundsTogether = Task.WhenAll(clips.Select(clip => sounds.GenerateAsync([clip])));
        Same(textsAlone, (await textsTogether).Select(generated => generated.Single()));
        Same(soundsAlone, (await soundsTogether).Select(generated => generated.Single()));
        Same(textsAlone, await texts.GenerateAsync(sentences));
        Same(soundsAlone, await sounds.GenerateAsync(clips));
        Assert.All(Enumerable.Range(1, Callers - 1), i => Assert.NotEqual(soundsAlone[0], soundsAlone[i]));
    }

    [Fact]
    public async Task Generate_TextsEmptyAndOfTenThousandWords_HaveVectors()
    {
        using var model = Load();
        using var texts = new TextEmbedder(model);
        var tooLong = string.Join(' ', Enumerable.Repeat("rain", 10_000));
        var vectors = texts.Embed(["", tooLong, "rain"]).ToArray();
        Assert.All(vectors, vector => Assert.Equal(1, vector.Sum(value => (double)value * value), 1e-5));
        Same([.. vectors], (await Task.WhenAll(((string[])["", tooLong, "rain"]).Select(text => texts.GenerateAsync([text])))).Select(generated => generated.Single()));
    }

    [Fact]
    public async Task Generate_OtherDimensionsOrModel_IsRefused()
    {
        using var model = Load();
        using var texts = new TextEmbedder(model);
        Assert.Contains("leave the dimensions out", (await Assert.ThrowsAsync<ArgumentException>(
            () => texts.GenerateAsync(["rain"], new EmbeddingGenerationOptions { Dimensions = texts.Width + 1 }))).Message, StringComparison.Ordinal);
        Assert.Contains("'other'", (await Assert.ThrowsAsync<ArgumentException>(
            () => texts.GenerateAsync(["rain"], new EmbeddingGenerationOptions { ModelId = "other" }))).Message, StringComparison.Ordinal);
        Assert.Single(await texts.GenerateAsync(["rain"], new EmbeddingGenerationOptions { Dimensions = texts.Width, ModelId = texts.Model.Name }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => texts.GenerateAsync(["rain"], null, new CancellationToken(true)));
    }

    [Fact]
    public void GetService_TellsModelAndRoles()
    {
        using var model = Load();
        using IEmbeddingGenerator<AudioClip, Embedding<float>> sounds = new SoundEmbedder(model);
        var metadata = sounds.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal((model.Source.Name, model.As<IAudioEmbedder>().EmbeddingWidth), (metadata.DefaultModelId, metadata.DefaultModelDimensions));
        Assert.Same(sounds, sounds.GetService<SoundEmbedder>());
        Assert.Same(model.As<IAudioTextModel>(), sounds.GetService<IAudioTextModel>());
        Assert.Null(sounds.GetService<ICaptioner>());
        Assert.Null(sounds.GetService(typeof(SoundEmbedder), "key"));
    }

    private AudioModel Load() => AudioModel.Load(
        HashClap.WriteMs2023(_folder.Root), new AudioModelOptions { Tokenizer = _folder.At("gpt2"), Threads = 1, Precision = Precision.Float32 });

    private static void Same(IReadOnlyList<float[]> expected, IEnumerable<Embedding<float>> actual)
    {
        var found = actual.Select(embedding => embedding.Vector.ToArray()).ToArray();
        Assert.Equal(expected.Count, found.Length);
        for (var i = 0; i < found.Length; i++)
            Assert.All(expected[i].Zip(found[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }
}
