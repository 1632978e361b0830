using System.Text.Json;
using Auricle.Testing;

namespace Auricle.Evaluation.Tests;

/// <summary>What the original SPICE makes of captions, and language data to compare meanings with.</summary>
internal static class SpiceData
{
    private static readonly Lazy<MeteorResources> SharedWords = new(() => MeteorResources.Load(Path.Combine(Fixtures.SharedRoot!, "data", "meteor")));
    private static readonly Lazy<MeteorResources> FewWords = new(LoadFewWords);
    private static readonly Lazy<SpiceParser> SmallParser = new(() => Train(1));

    public static JsonElement Root { get; } = NGramCases.Read("spice_audiocaps_100.json");

    public static string ScoresPath => Path.Combine(Fixtures.Folder("metrics"), "spice_audiocaps_100.json");

    public static string TreebankFolder => Path.Combine(Fixtures.SharedRoot!, "data", "spice");

    /// <summary>All of WordNet, from the shared folder.</summary>
    public static MeteorResources Words => SharedWords.Value;

    /// <summary>Two words with a common synonym set, enough where meaning is not the matter.</summary>
    public static MeteorResources Few => FewWords.Value;

    /// <summary>A parser trained on three captions: small, and bad at its work.</summary>
    public static SpiceParser Tiny => SmallParser.Value;

    public static SpiceSentence Sentence(JsonElement tokens, JsonElement tags, JsonElement lemmas, JsonElement dependencies)
    {
        var (texts, tagTexts, lemmaTexts) = (NGramCases.Texts(tokens), NGramCases.Texts(tags), NGramCases.Texts(lemmas));
        return new(
            [.. texts.Select((text, i) => new SpiceWord(text, tagTexts[i], lemmaTexts[i]))],
            [.. dependencies.EnumerateArray().Select(edge => new SpiceDependency(edge[0].GetString()!, Place(edge[1]), Place(edge[2])))]);
    }

    public static string[] Tuples(JsonElement list) => [.. list.EnumerateArray().Select(tuple => string.Join('|', NGramCases.Texts(tuple)))];

    public static string[] Tuples(IEnumerable<IReadOnlyList<string>> tuples) => [.. tuples.Select(tuple => string.Join('|', tuple))];

    /// <summary>Three parsed captions.</summary>
    public static IReadOnlyList<TreebankSentence> FewCaptions { get; } =
    [
        Caption("a dog barks", "DT NN VBZ", "a dog bark", [2, 3, 0], "det nsubj root"),
        Caption("a loud cat meows", "DT JJ NN VBZ", "a loud cat meow", [3, 3, 4, 0], "det amod nsubj root"),
        Caption("birds sing in trees", "NNS VBP IN NNS", "bird sing in tree", [2, 0, 4, 2], "nsubj root case nmod"),
    ];

    public static SpiceParser Train(int seed) => SpiceParserTrainer.Train(
        FewCaptions,
        new SpiceParserOptions { Members = 2, Epochs = 400, BatchSize = 3, LearningRate = 0.02, Dropout = 0, Embedding = 16, Width = 16,
            Seed = seed });

    public static TreebankSentence Caption(string text, string tags, string lemmas, int[] heads, string relations) =>
        new(text, text.Split(' '), tags.Split(' '), lemmas.Split(' '), heads, relations.Split(' '), []);

    private static SpicePlace Place(JsonElement item)
    {
        if (item.ValueKind == JsonValueKind.Number)
            return new(item.GetInt32());
        var parts = item.GetString()!.Split('\'').Select(int.Parse).ToArray(); // "4'1" is the first copy of word 4
        return new(parts[0], parts[1]);
    }

    private static MeteorResources LoadFewWords()
    {
        var folder = Directory.CreateTempSubdirectory("auricle-words-").FullName;
        try
        {
            File.WriteAllLines(Path.Combine(folder, "english.synsets"), ["dog", "1 2", "hound", "2"]);
            File.WriteAllLines(Path.Combine(folder, "english.exceptions"), ["mouse", "mice"]);
            File.WriteAllLines(Path.Combine(folder, "english.function.words"), ["the"]);
            File.WriteAllLines(Path.Combine(folder, "english.nonbreaking.prefixes"), ["Mr"]);
            return MeteorResources.Load(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
