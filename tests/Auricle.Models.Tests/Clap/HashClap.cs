using System.Text.Json;
using Auricle.Models.FrontEnds;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Systems.Clap;
using Auricle.Models.Tests.HtsAt;
using Auricle.Testing;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Clap;

/// <summary>CLAP models of the published sizes with the fixtures' hash weights, and small ones in the layout of the authors' files.</summary>
internal static class HashClap
{
    public const int Seed = 1;
    public const int GptEnd = 50256;

    public static MsClapSizes Ms2023 { get; } = new(MsClapModel.Name2023, 1024, new HtsAtConfig(), null, new GptConfig());

    public static MsClapSizes Ms2022 { get; } = new(
        MsClapModel.Name2022, 1024, CnnConfig.Cnn14 with { LogMel = MsClapModel.FrontEnd2022 }, TextEncoderConfig.BertBase, null);

    public static LaionClapSizes Laion { get; } = new("LAION-CLAP", 512, HtsAtConfig.LaionTiny, TextEncoderConfig.RobertaBase);

    public static LaionClapSizes LaionFused { get; } = Laion with { Audio = HtsAtConfig.LaionTiny with { IsFused = true } };

    /// <summary>Sizes small enough to be written and read within a test.</summary>
    public static MsClapSizes SmallMs2023 { get; } = new(
        MsClapModel.Name2023, 16, SmallHtsAt(new LogMelConfig()), null, new GptConfig { VocabularySize = 50257, Width = 64, Heads = 1, Layers = 2, Positions = 80 });

    public static LaionClapSizes SmallLaion { get; } = new("LAION-CLAP", 16, SmallHtsAt(HtsAtConfig.LaionTiny.LogMel),
        TextEncoderConfig.RobertaBase with { Width = 64, Heads = 1, Layers = 2, FeedForwardWidth = 128 });

    public static LaionClapSizes SmallLaionFused { get; } = SmallLaion with { Name = "LAION-CLAP with fusion", Audio = SmallLaion.Audio with { IsFused = true } };

    /// <summary>The characters that stand for bytes, in the order of GPT-2's list: printable ones first.</summary>
    public static IReadOnlyList<char> ByteCharacters { get; } = [.. Enumerable.Range(0, 324).Where(code =>
        code is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 323)).Select(code => (char)code)];

    public static IReadOnlyDictionary<string, StoredTensor> Fixture(string folder, string name) =>
        SafetensorsFile.Read(Path.Combine(Fixtures.Folder(folder), name + ".safetensors"), out _);

    public static ClapModel Create(ClapSizes sizes, int seed = Seed)
    {
        var store = WeightStore.Initialise();
        var model = Create(sizes, store);
        Parallel.ForEach(store.Entries.Where(entry => !IsScale(entry.Name)),
            entry => HashHtsAt.Weight(entry.Name, entry.Tensor.Shape, seed).CopyTo(entry.Tensor.Span<float>()));
        return model;
    }

    /// <summary>Writes a small MS-CLAP 2023 with GPT-2's tokenizer, named as the metrics look for them.</summary>
    /// <returns>The checkpoint.</returns>
    public static string WriteMs2023(string folder)
    {
        WriteTokenizer(Path.Combine(folder, "gpt2"));
        var path = Path.Combine(folder, "CLAP_weights_2023.pth");
        TorchZip.Write(path, new Dictionary<string, object> { ["epoch"] = 3 }, "model", Entries(SmallMs2023));
        return path;
    }

    /// <summary>Writes GPT-2's tokenizer: its list follows from its merges.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="merges">Its merges; a few words' where they are absent.</param>
    public static void WriteTokenizer(string folder, IReadOnlyList<string>? merges = null)
    {
        merges ??= ["d o", "do g", "r a", "i n", "ra in", "\u0120 b"];
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var character in ByteCharacters)
            ids.Add(character.ToString(), ids.Count);
        foreach (var merge in merges)
            ids.Add(merge.Replace(" ", "", StringComparison.Ordinal), ids.Count);
        // A list with a gap of fifty thousand ids is taken for a damaged one.
        for (var id = ids.Count; id < GptEnd; id++)
            ids.Add($"unused{id}", id);
        ids.Add(SubwordTemplate.EndOfText, GptEnd);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(ids));
        File.WriteAllLines(Path.Combine(folder, "merges.txt"), merges.Prepend("#version: 0.2"));
    }

    /// <summary>The tensors of such a model as its authors store them, with what their files hold beside its weights.</summary>
    public static List<TorchEntry> Entries(ClapSizes sizes, string prefix = "")
    {
        using var shapes = WeightStore.Shapes();
        _ = Create(sizes, shapes);
        var entries = shapes.Entries.Select(entry => new TorchEntry(prefix + entry.Name, entry.Tensor.Shape.ToArray(),
            IsScale(entry.Name) ? [(float)Math.Log(1 / 0.07)] : HashHtsAt.Weight(entry.Name, entry.Tensor.Shape, Seed))).ToList();
        string[] unused = sizes is LaionClapSizes
            ? ["audio_branch.head.weight", "audio_branch.layers.0.blocks.1.attn_mask", "audio_branch.bn0.num_batches_tracked", "text_branch.embeddings.position_ids", "audio_transform.sequential.0.weight"]
            : ["audio_encoder.base.htsat.head.bias", "audio_encoder.base.htsat.layers.0.blocks.0.attn.relative_position_index", "caption_encoder.base.h.0.attn.bias", "caption_encoder.base.h.1.attn.masked_bias"];
        entries.AddRange(unused.Select(name => new TorchEntry(prefix + name, [1], [0])));
        return entries;
    }

    public static bool IsScale(string name) => name.StartsWith("logit_scale", StringComparison.Ordinal);

    private static ClapModel Create(ClapSizes sizes, WeightStore store) => sizes is LaionClapSizes laion
        ? new LaionClapModel(laion, store, null!)
        : new MsClapModel((MsClapSizes)sizes, store, null!);

    private static HtsAtConfig SmallHtsAt(LogMelConfig logMel) =>
        new() { LogMel = logMel, PatchWidth = 8, Depths = [2, 1, 1, 1], Heads = [1, 2, 4, 8], Tags = 3 };
}
