using System.Text.Json;
using Auricle.Audio;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Cli.Tests;

/// <summary>Checkpoints of every kind, good and bad, through the verbs that load any model.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed class ModelInputTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tag_CheckpointOfAnotherSystem_SaysWhich()
    {
        var path = _folder.At("speech.safetensors");
        SafetensorsFile.Write(path, [new SafetensorsEntry("hubert.encoder.weight", DType.Float32, [2], new byte[8])]);
        await Refused(path, 1, "HuBERT");
    }

    [Fact]
    public async Task Tag_CaptionerThatDoesNotTag_OrClap_SaysWhatItDoes() =>
        await Refused(HashClap.WriteMs2023(_folder.Root), 2, "matches sound and text");

    [Theory]
    [InlineData("missing")]
    [InlineData("extra")]
    [InlineData("shape")]
    public async Task Tag_TensorsThatDoNotFit_AreNamed(string what)
    {
        var path = SmallEncoder.Write(_folder.At("bad.safetensors"), DType.Float32, (name, tensor) => name != "fc1.bias" ? (name, tensor)
            : what == "missing" ? null : what == "extra" ? ("fc1.bais", tensor) : (name, Tensor.Zeros([9], DType.Float32)));
        await Refused(path, 1, "fc1.bi");
        if (what == "extra")
            await Refused(path, 1, "fc1.bais");
    }

    [Theory]
    [InlineData(DType.Float16)]
    [InlineData(DType.BFloat16)]
    public void Load_HalfPrecisionFile_TagsAlmostAlike(DType type)
    {
        var clip = AudioClip.FromSamples(HashWeights.Signal("noise", 16000), 16000);
        using var whole = SoundTagger.Load(SmallEncoder.Write(_folder.At("whole.safetensors")));
        using var half = SoundTagger.Load(SmallEncoder.Write(_folder.At("half.safetensors"), type));
        var expected = whole.Tag(clip).Tags.ToDictionary(tag => tag.Label, tag => tag.Probability);
        Assert.All(half.Tag(clip).Tags, tag => Assert.Equal(expected[tag.Label], tag.Probability, 0.02));
    }

    [Fact]
    public async Task Tag_ShardMissing_IsNamed()
    {
        var whole = SmallEncoder.Write(_folder.At("whole.safetensors"));
        var names = SafetensorsFile.Read(whole, out _).Keys.ToArray();
        var sharded = Directory.CreateDirectory(_folder.At("sharded")).FullName;
        string Shard(int index) => $"model-0000{index}-of-00002.safetensors";
        for (var shard = 1; shard <= 2; shard++)
        {
            var half = shard == 1;
            SmallEncoder.Write(Path.Combine(sharded, Shard(shard)), DType.Float32, (name, tensor) => IsInFirst(name) == half ? (name, tensor) : null);
        }
        File.WriteAllText(Path.Combine(sharded, "model.safetensors.index.json"), JsonSerializer.Serialize(new
        {
            weight_map = names.ToDictionary(name => name, name => Shard(IsInFirst(name) ? 1 : 2), StringComparer.Ordinal),
        }));
        var clip = AudioClip.FromSamples(HashWeights.Signal("noise", 16000), 16000);
        using (var one = SoundTagger.Load(whole))
        using (var two = SoundTagger.Load(sharded))
            Assert.Equal(one.Tag(clip).Tags, two.Tag(clip).Tags);
        File.Delete(Path.Combine(sharded, Shard(2)));
        await Refused(sharded, 1, Shard(2));

        static bool IsInFirst(string name) => name[^1] == 't';
    }

    [Fact]
    public async Task Info_TensorsThatDoNotFit_AreListed()
    {
        var path = SmallEncoder.Write(_folder.At("bad.safetensors"), DType.Float32, (name, tensor) => name == "fc1.bias" ? ("fc1.bais", tensor) : (name, tensor));
        var run = await CliRun.InProcess("info", path);
        Assert.Contains(run.Lines, line => line.StartsWith("missing", StringComparison.Ordinal) && line.EndsWith("fc1.bias", StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.StartsWith("left over", StringComparison.Ordinal) && line.EndsWith("fc1.bais", StringComparison.Ordinal));
    }

    private async Task Refused(string model, int code, string message)
    {
        var run = await CliRun.InProcess("tag", _folder.Noise("a.wav"), "--model", model);
        Assert.Contains(message, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.True(run.Code == code, $"{run.Code}: {run.Error}");
    }
}
