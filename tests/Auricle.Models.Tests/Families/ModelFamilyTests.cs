using Auricle.Audio;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Families;
using Auricle.Models.Hub;
using Auricle.Models.Roles;
using Auricle.Models.Systems.Encoders;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Families;

[NoLeaks]
[Collection("tensors")]
public sealed class ModelFamilyTests : IDisposable
{
    private static readonly CnnConfig Small = new() { Widths = [4, 4, 4, 4, 4, 4], EmbeddingWidth = 8, Tags = 5 };

    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_EncoderOfAnyWrapper_TagsAlike()
    {
        using var scope = TensorScope.Begin();
        var plain = WriteEncoder("plain.safetensors", name => name);
        var wrapped = WriteEncoder("wrapped.safetensors", name => $"module._orig_mod.{name}");
        using var first = (TaggingEncoder)ModelFamily.Load(ModelFiles.Open(plain));
        using var second = (TaggingEncoder)ModelFamily.Load(ModelFiles.Open(wrapped));
        Assert.Equal(["tag 0", "tag 1", "tag 2", "tag 3", "tag 4"], first.Labels);
        var clip = Clip("wrapped", 2);
        Assert.Equal(first.Tag([clip])[0], second.Tag([clip])[0]);
    }

    [Fact]
    public void Tag_ClipsOfSeveralLengths_AreAsAlone()
    {
        using var scope = TensorScope.Begin();
        using var model = (TaggingEncoder)ModelFamily.Load(ModelFiles.Open(WriteEncoder("encoder.safetensors", name => name)));
        AudioClip[] clips = [Clip("a", 0.01), Clip("b", 2), Clip("c", 3.7), Clip("d", 2), Clip("e", SoundEncoder.LongestWhole + 3)];
        var together = model.Tag(clips);
        var vectors = model.EmbedAudio(clips).ToArray<float>().Chunk(model.EmbeddingWidth).ToArray();
        for (var i = 0; i < clips.Length; i++)
        {
            TensorAssert.Close(model.Tag([clips[i]])[0], together[i], 1e-6, $"tags of clip {i}");
            TensorAssert.Close(model.EmbedAudio([clips[i]]).ToArray<float>(), vectors[i], 1e-5, $"vector of clip {i}");
        }
    }

    [Fact]
    public void Timelines_LongClip_GoOnInTime()
    {
        using var scope = TensorScope.Begin();
        using var model = (TaggingEncoder)ModelFamily.Load(ModelFiles.Open(WriteEncoder("encoder.safetensors", name => name)));
        var clip = Clip("long", SoundEncoder.LongestWhole + 5);
        foreach (var timeline in new[] { model.EmbedFrames(clip), model.TagTimeline(clip) })
        {
            Assert.Equal(timeline.Times.Length * timeline.Width, timeline.Values.Length);
            Assert.All(timeline.Times.Zip(timeline.Times.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 1e-6, 2));
            Assert.InRange(timeline.Times[0], 0, 1.5);
            Assert.InRange(timeline.Times[^1], clip.Seconds - 1.5, clip.Seconds);
        }
        Assert.Equal(model.Labels.Count, model.TagTimeline(clip).At(3).Length);
    }

    [Fact]
    public void Describe_MissingAndLeftOverTensors_AreListedWithoutLoading()
    {
        var path = WriteEncoder("lame.safetensors", name => name == "fc1.bias" ? "fc1.bais" : name);
        var description = ModelDescription.Read(new LocatedModel("lame", path));
        Assert.Equal("CNN of PANNs", description.Family);
        Assert.Equal(["fc1.bias"], description.Missing);
        Assert.Equal(["fc1.bais"], description.Unexpected);
        Assert.Equal(5, description.Labels.Count);
        using var store = WeightStore.Shapes();
        _ = EncoderFamily.Create(Small, store.Root);
        Assert.Equal(store.Entries.Where(weight => !weight.IsBuffer).Sum(weight => weight.Tensor.ElementCount), description.Parameters);
        var error = Assert.Throws<WeightsException>(() => ModelFamily.Load(ModelFiles.Open(path)));
        Assert.Equal(["fc1.bias", "fc1.bais"], error.Names);
    }

    [Fact]
    public void Load_LabelsFile_ReplacesTheNames()
    {
        var path = WriteEncoder("encoder.safetensors", name => name);
        var labels = Path.Combine(_folder, "labels.csv");
        File.WriteAllText(labels, "index,mid,display_name\n0,/m/0,Speech\n1,/m/1,\"Child speech, kid speaking\"\n2,/m/2,C\n3,/m/3,D\n4,/m/4,E\n");
        using (var model = (TaggingEncoder)ModelFamily.Load(ModelFiles.Open(path), new ModelLoadOptions { LabelsFile = labels }))
            Assert.Equal(["Speech", "Child speech, kid speaking", "C", "D", "E"], model.Labels);
        File.WriteAllText(labels, "one\ntwo\n");
        Assert.Contains("2 labels", Assert.Throws<ModelException>(() => ModelFamily.Load(ModelFiles.Open(path), new ModelLoadOptions { LabelsFile = labels })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_CheckpointOfAnotherSystem_SaysWhatItLooksLike()
    {
        var path = Path.Combine(_folder, "speech.safetensors");
        SafetensorsFile.Write(path, [new SafetensorsEntry("wav2vec2.feature_projection.weight", DType.Float32, [2], new byte[8])]);
        var error = Assert.Throws<UnknownModelException>(() => ModelFamily.Of(ModelFiles.Open(path)));
        Assert.Contains("wav2vec 2.0", error.Message, StringComparison.Ordinal);
        Assert.Contains("CoNeTTE", error.Message, StringComparison.Ordinal);
    }

    private static AudioClip Clip(string name, double seconds) => AudioClip.FromSamples(HashWeights.Signal(name, (int)(seconds * 32000)), 32000);

    private string WriteEncoder(string file, Func<string, string> rename)
    {
        TorchRuntime.Seed(3);
        using var scope = TensorScope.Begin();
        using var store = WeightStore.Initialise();
        _ = EncoderFamily.Create(Small, store.Root);
        var path = Path.Combine(_folder, file);
        SafetensorsFile.Write(path, store.Entries.Select(weight => SafetensorsExport.Entry(rename(weight.Name), weight.Tensor)));
        return path;
    }
}
