using System.Text.Json;
using Auricle.Models.Encoders.Passt;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Systems.Correspondences;
using Auricle.Models.Tests.Passt;
using Auricle.Testing;
using Auricle.Text.Subwords;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests.Correspondences;

/// <summary>Retrieval models with the fixtures' hash weights, and small ones in the layout of Lightning files.</summary>
internal static class HashCorrespondence
{
    /// <summary>The published sizes: PaSST-S without overlap and RoBERTa-large; without dropout, so that training computes what evaluation does.</summary>
    public static CorrespondenceConfig Published { get; } = new()
    {
        Audio = PasstConfig.Small with { Tags = 0 },
        Text = TextEncoderConfig.RobertaLarge with { HiddenDropout = 0, AttentionDropout = 0 },
    };

    /// <summary>The fixtures' variant: a transformer over given features, more layers, BERT-tiny.</summary>
    public static CorrespondenceConfig WithSequence { get; } = new()
    {
        Audio = HashPasst.Tiny with { PatchWidth = 768, Heads = 12, Layers = 0, Tags = 0 },
        Text = TextEncoderConfig.BertTiny,
        Width = 32,
        AudioLayers = [64],
        TextLayers = [48],
        Sequence = new SequenceConfig { Layers = 2 },
        UsesFirstToken = false,
    };

    /// <summary>A model that a test writes and reads in no time.</summary>
    public static CorrespondenceConfig Small { get; } = new()
    {
        Audio = HashPasst.Tiny with { PatchWidth = 64, Heads = 1, TimePositions = 62, Tags = 0 },
        Text = TextEncoderConfig.BertTiny with { VocabularySize = 40, Width = 64, Heads = 1, FeedForwardWidth = 128 },
        Width = 12,
    };

    public static FixtureInputs Inputs { get; } = FixtureInputs.Read("retrieval");

    /// <summary>A model whose weights have the values of their names, but for those the fixtures keep.</summary>
    public static CorrespondenceModel Create(CorrespondenceConfig config, SubwordTokenizer? tokenizer = null, double temperature = 0.05, int seed = 1, bool isTrainable = false, int? cropSeed = null)
    {
        // The table of places is one of those kept: it has its initial values. A model without it need not spend time on any.
        var store = config.Sequence is not null ? WeightStore.Initialise() : WeightStore.Load(new Dictionary<string, StoredTensor>(), isTrainable: isTrainable);
        var model = new CorrespondenceModel(config, store, tokenizer!, cropSeed: cropSeed);
        Parallel.ForEach(store.Entries.Where(entry => !IsKept(entry.Name)),
            entry => HashWeights.Weight(entry.Name, entry.Tensor.Shape, seed).CopyTo(entry.Tensor.Span<float>()));
        using var noGrad = NoGrad.Begin();
        store.Entries.Single(entry => entry.Name == "tau").Tensor.FillInPlace(temperature);
        return model;
    }

    /// <summary>Names and shapes of a model's weights.</summary>
    public static List<(string Name, long[] Shape)> Shapes(CorrespondenceConfig config)
    {
        using var shapes = WeightStore.Shapes();
        _ = new CorrespondenceModel(config, shapes, null!);
        return [.. shapes.Entries.Select(entry => (entry.Name, entry.Tensor.Shape.ToArray()))];
    }

    /// <summary>The tensors of a model as Lightning stores them, with those beside them that it does not use.</summary>
    public static List<TorchEntry> Entries(CorrespondenceModel model)
    {
        List<TorchEntry> entries = [.. model.Weights.Entries.Select(entry => new TorchEntry(entry.Name, entry.Tensor.Shape.ToArray(), entry.Tensor.ToArray<float>()))];
        entries.Add(new("timing_tau", [1], [0.05f]));
        entries.Add(new("audio_embedding_model.model.model.head.1.weight", [527, 1], new float[527]));
        entries.Add(new("audio_embedding_model.model.model.head_dist.bias", [527], new float[527]));
        entries.Add(new("sentence_embedding_model.embeddings.position_ids", [1], [0]));
        if (model.Config.Sequence is null)
            entries.AddRange([new("audio_token", [1, 1, 64], new float[64]), new("posencode.w", [1], [1]), new("posencode.pe", [1, 1, 64], new float[64])]);
        return entries;
    }

    /// <summary>Writes BERT's list of words, as many as the small model knows.</summary>
    public static void WriteTokenizer(string folder)
    {
        Directory.CreateDirectory(folder);
        string[] words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "dog", "barks", "rain", "falls", "##s", "its"];
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), words);
    }

    private static bool IsKept(string name) => name is "tau" or "posencode.pe";
}
