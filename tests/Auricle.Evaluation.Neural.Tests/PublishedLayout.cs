using Auricle.Evaluation.Neural;
using Auricle.Models.Encoders.Text;

namespace Auricle.Evaluation.Neural.Tests;

/// <summary>A folder with the published models' layout, and small networks with hash weights in it.</summary>
internal sealed class PublishedLayout : IDisposable
{
    /// <summary>The captions behind the fixtures' vectors.</summary>
    public static string[] Captions { get; } = FixtureInputs.Read("bert").Captions("bert_tiny");

    public string Root { get; } = Directory.CreateTempSubdirectory("auricle-metrics-").FullName;

    /// <summary>BERT's full list where the tests have it, else the few words of the tests.</summary>
    public static string WordList => Fixtures.SharedRoot is null
        ? HashText.WordList
        : File.ReadAllText(Path.Combine(Fixtures.SharedRoot, "tokenizers", "bert-base-uncased", "vocab.txt"));

    public static float[] ClassifierWeight { get; } = HashWeights.Weight("clf.weight", [FluencyErrorDetector.Types.Count, TextEncoderConfig.BertTiny.Width], HashText.Seed);

    public static float[] ClassifierBias { get; } = HashWeights.Weight("clf.bias", [FluencyErrorDetector.Types.Count], HashText.Seed);

    public void WriteSentenceEncoder()
    {
        var folder = Path.Combine(Root, SentenceSimilarity.PublishedName);
        HashText.WriteFolder(folder, TextEncoderConfig.BertTiny, hasPooler: true);
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), WordList);
        File.WriteAllText(Path.Combine(folder, "sentence_bert_config.json"), """{"max_seq_length":128,"do_lower_case":false}""");
        File.WriteAllText(Path.Combine(folder, "modules.json"), """
            [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
             {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]
            """);
        Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
        File.WriteAllText(Path.Combine(folder, "1_Pooling", "config.json"), """{"pooling_mode_cls_token":false,"pooling_mode_mean_tokens":true}""");
    }

    /// <summary>Writes the detector's checkpoint as its authors saved it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="types">Kinds of errors.</param>
    /// <param name="more">Tensors that do not belong there.</param>
    /// <param name="middle">The logit that becomes 0.</param>
    /// <param name="sharpness">How much further from 0 the others become.</param>
    public string WriteDetector(
        string name = FluencyDetectorOptions.BaseDetector, int types = 6, IEnumerable<TorchEntry>? more = null, float middle = 0, float sharpness = 1)
    {
        var entries = HashText.Shapes(TextEncoderConfig.BertTiny, hasPooler: true)
            .Select(entry => new TorchEntry("encoder." + entry.Name, entry.Shape, HashWeights.Weight(entry.Name, entry.Shape, HashText.Seed))).ToList();
        entries.Add(new TorchEntry("encoder.embeddings.position_ids", [1, 2], [0, 1]));
        var width = TextEncoderConfig.BertTiny.Width;
        entries.Add(new TorchEntry("clf.weight", [types, width], Array.ConvertAll(ClassifierWeight[..(types * width)], value => sharpness * value)));
        entries.Add(new TorchEntry("clf.bias", [types], Array.ConvertAll(ClassifierBias[..types], value => sharpness * (value - middle))));
        entries.AddRange(more ?? []);
        var path = Path.Combine(Root, name + ".ckpt");
        TorchZip.Write(path, new Dictionary<string, object> { ["model_type"] = "prajjwal1/bert-tiny", ["num_classes"] = types }, "state_dict", entries);
        return path;
    }

    public string WriteWordList()
    {
        Directory.CreateDirectory(Path.Combine(Root, "bert-base-uncased"));
        var path = Path.Combine(Root, "bert-base-uncased", "vocab.txt");
        File.WriteAllText(path, WordList);
        return path;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
