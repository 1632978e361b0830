using Auricle.Audio;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Systems.Clap;
using Auricle.Models.Tests.HtsAt;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Clap;

/// <summary>clapcap at full size against the reference's numbers.</summary>
[Collection("tensors")]
[NoLeaks]
public sealed class ClapCaptionerTests
{
    private const double Tolerance = 1e-4;

    private static readonly FixtureInputs Inputs = FixtureInputs.Read("ms-clap");
    private static readonly IReadOnlyDictionary<string, StoredTensor> Expected = HashClap.Fixture("ms-clap", "ms_clapcap");

    [Fact]
    public void Write_TwoClips_EqualsTheReferenceAtEveryStep()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var model = Create();
        var clip = Inputs["ms_clapcap"].GetProperty("clips")[0];
        var waves = Inputs.Samples(clip);
        var rows = clip.GetProperty("rows").GetInt32();
        var embeddings = model.EncodeWaves(Tensor.From<float>(waves, rows, waves.Length / rows));
        Close("prefix.audio_embed", embeddings, Tolerance);
        var prefix = model.Prefix(embeddings, (name, values) =>
        {
            if (name == "linear")
                Close("prefix.mapper_linear", values.Narrow(1, 0, 768), 2e-5);
            else if (Expected.ContainsKey($"prefix.clap_project.transformer.layers.{name}"))
                Close($"prefix.clap_project.transformer.layers.{name}", values.Select(0, 0).IndexSelect(0, Tensor.From<long>([0, 39, 40, 79], 4)), Tolerance);
        });
        Close("prefix.embeds", prefix.IndexSelect(1, Tensor.From<long>([0, 1, 39], 3)), Tolerance);

        var last = prefix.Size(1) - 1;
        var ids = Tensor.From(Expected["forced.ids"]);
        var logits = model.Decoder.Forward(Tensor.Cat([prefix, model.Decoder.Embed(ids)], 1));
        Close("forced.logits", logits.IndexSelect(1, Tensor.From<long>([last, last + 1, last + ids.Size(1)], 3)).Narrow(2, 0, 2048), 2e-4, 0);
        Assert.Equal(Tensor.From(Expected["forced.argmax"]).ToArray<long>(), logits.Narrow(1, last, ids.Size(1) + 1).Argmax(-1).ToArray<long>());

        foreach (var beam in Inputs["ms_clapcap"].GetProperty("beam").EnumerateArray())
        {
            var name = beam.GetProperty("tensor").GetString()!;
            var stop = beam.GetProperty("stop_token");
            var options = new ClapCaptionOptions
            {
                BeamSize = beam.GetProperty("beam_size").GetInt32(),
                MaximumLength = beam.GetProperty("entry_length").GetInt32(),
                Temperature = beam.GetProperty("temperature").GetDouble(),
            };
            var expected = Tensor.From(Expected[name]);
            int? end = stop.ValueKind == System.Text.Json.JsonValueKind.Null ? null : stop.GetInt32();
            // Beside the other clip, which must change nothing.
            var found = model.Write(prefix, options, end)[beam.GetProperty("clip").GetInt32()];
            Assert.Equal(
                Enumerable.Range(0, (int)expected.Size(0)).Select(row => string.Join(' ', expected.Select(0, row).ToArray<long>().Where(id => id >= 0))),
                found.Texts.Select(text => string.Join(' ', text.Tokens)));
        }
    }

    [Fact]
    public void Load_AuthorsFile_CaptionsClips()
    {
        var folder = Directory.CreateTempSubdirectory("auricle-clapcap-").FullName;
        try
        {
            var sizes = new ClapCaptionerSizes(HashClap.SmallMs2023.Audio, 16, HashClap.SmallMs2023.Gpt!) { PrefixLength = 4, MappingLayers = 1 };
            var path = Path.Combine(folder, "clapcap_weights_2023.pth");
            WriteFile(sizes, path, [new TorchEntry("gpt.lm_head.weight", [1], [0]), new TorchEntry("gpt.transformer.h.0.attn.bias", [1], [0])]);
            HashClap.WriteTokenizer(Path.Combine(folder, "gpt2"));
            using var model = ClapCaptioner.Load(path, Path.Combine(folder, "gpt2"));
            AudioClip[] clips = [.. new[] { 20000, 500000 }.Select(samples => AudioClip.FromSamples(HashWeights.Textured($"clip{samples}", samples), 44100))];
            Assert.Equal("clapcap", Models.Families.ModelFamily.Of(Models.Families.ModelFiles.Open(path)).Name);
            var options = new ClapCaptionOptions { MaximumLength = 6 };
            Models.Roles.ICaptioner captioner = model;
            var together = model.Caption(clips, options);
            for (var i = 0; i < clips.Length; i++)
            {
                var alone = model.Caption([clips[i]], options)[0];
                Assert.Equal(alone.Captions, together[i].Captions);
                Assert.Equal(alone.Captions, captioner.Caption([clips[i]], new Models.Roles.CaptioningOptions { MaxLength = 6 })[0].Texts.Select(text => text.Text));
                Assert.Equal(options.BeamSize, alone.Captions.Count);
                Assert.All(alone.Captions, caption => Assert.Equal(caption.Trim(), caption));
            }
            Assert.Throws<FileNotFoundException>(() => ClapCaptioner.Load(path + "x", Path.Combine(folder, "gpt2")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ClapCaptioner Create()
    {
        var path = Path.GetTempFileName();
        try
        {
            WriteFile(Sizes, path);
            return new ClapCaptioner(Sizes, WeightStore.Load(Checkpoint.Open(path).Tensors), null);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void WriteFile(ClapCaptionerSizes sizes, string path, params TorchEntry[] others)
    {
        using var shapes = WeightStore.Shapes();
        _ = new ClapCaptioner(sizes, shapes, null);
        TorchZip.Write(path, new Dictionary<string, object>(), "model", [.. shapes.Entries.Select(entry => (entry.Name, Shape: entry.Tensor.Shape.ToArray())).ToList().AsParallel().AsOrdered()
            .Select(entry => new TorchEntry(entry.Name, entry.Shape, HashHtsAt.Weight(entry.Name, entry.Shape, Inputs.Seed))), .. others]);
    }

    private static ClapCaptionerSizes Sizes { get; } = new(new HtsAtConfig(), 1024, new GptConfig());

    private static void Close(string name, Tensor values, double tolerance, double relative = 1e-4)
    {
        Assert.Equal(Expected[name].Shape, values.Shape.ToArray());
        TensorAssert.Close(Expected[name].Floats(), values.ToArray<float>(), tolerance, name, relative);
    }
}
