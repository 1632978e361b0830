using System.Buffers.Binary;
using System.Text.Json;
using Auricle.Audio;
using Auricle.Models.Roles;
using Auricle.Torch;

namespace Auricle.Cli.Tests;

/// <summary>Models whose weights hold values that are no numbers, as after a training that diverged.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class DamagedWeightsTests : IDisposable
{
    private const string Encoder = "preprocessor.encoder.";
    private const string Decoder = "model.decoder.";
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Encoder, "table")]
    [InlineData(Encoder, "csv")]
    [InlineData(Encoder, "jsonl")]
    [InlineData(Decoder, "jsonl")]
    [InlineData(Encoder + "head", "jsonl")]
    public async Task Caption_WeightsThatAreNotFinite_NamesTheFirstOfThem(string prefix, string format)
    {
        var name = Damage(prefix, float.NaN);
        var run = await CliRun.InProcess("caption", _folder.Noise("a.wav"), "--model", _folder.At("nan"), "--format", format);
        Assert.Equal((1, ""), (run.Code, format == "table" ? "" : run.Out));
        Assert.Contains($"'{name}' holds values that are not finite", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void Roles_WeightsThatAreNotFinite_GiveNoVectorsAndNoTags()
    {
        var name = Damage(Encoder, float.PositiveInfinity);
        using var model = AudioModel.Load(_folder.At("nan"));
        var clip = AudioClip.FromSamples(HashWeights.Signal("noise", 16000), 16000);
        foreach (var call in (Action[])
        [
            () => model.As<ITagger>().Tag([clip]), () => model.As<ITagger>().TagTimeline(clip),
            () => model.As<IAudioEmbedder>().EmbedAudio([clip]), () => model.As<IFrameEmbedder>().EmbedFrames(clip),
        ])
        {
            Assert.Equal([name], Assert.Throws<WeightsException>(call).Names);
        }
    }

    [Fact]
    public void Caption_FiniteWeightsBeyondAllMeasure_AreNotCalledNaN()
    {
        Damage(Encoder, 1e38f);
        using var model = AudioModel.Load(_folder.At("nan"));
        var error = Assert.Throws<WeightsException>(() => model.As<ICaptioner>().Caption([AudioClip.FromSamples(HashWeights.Signal("noise", 16000), 16000)]));
        Assert.Empty(error.Names);
        Assert.Contains("although all weights", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A copy of the model in which every value of the first matrix of a part is another.</summary>
    /// <returns>The name of the tensor.</returns>
    private string Damage(string prefix, float value)
    {
        _ = TestModel.Numbers;
        var folder = Directory.CreateDirectory(_folder.At("nan")).FullName;
        File.Copy(Path.Combine(TestModel.Folder, "config.json"), Path.Combine(folder, "config.json"));
        var bytes = File.ReadAllBytes(Path.Combine(TestModel.Folder, "model.safetensors"));
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var tensors = JsonDocument.Parse(bytes.AsMemory(8, header));
        var tensor = tensors.RootElement.EnumerateObject().First(entry =>
            entry.Name.StartsWith(prefix, StringComparison.Ordinal) && entry.Name.EndsWith(".weight", StringComparison.Ordinal));
        var offsets = tensor.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => 8 + header + offset.GetInt32()).ToList();
        for (var place = offsets[0]; place < offsets[1]; place += sizeof(float))
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(place), value);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), bytes);
        return tensor.Name;
    }
}
