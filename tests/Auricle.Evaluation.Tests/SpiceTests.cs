using System.Diagnostics;
using System.Text.Json;
using Auricle.Testing;

namespace Auricle.Evaluation.Tests;

public sealed class SpiceTests
{
    [Fact]
    public void Tuples_EveryParsedCaption_EqualsOriginalProgram()
    {
        var wrong = new List<string>();
        foreach (var caption in SpiceData.Root.GetProperty("captions").EnumerateArray())
        {
            var tuples = caption.GetProperty("sentences").EnumerateArray().SelectMany(sentence => Spice.Tuples(SpiceData.Sentence(
                sentence.GetProperty("tokens"), sentence.GetProperty("tags"), sentence.GetProperty("lemmas"), sentence.GetProperty("dependencies"))));
            if (!SpiceData.Tuples(tuples).Order(StringComparer.Ordinal)
                .SequenceEqual(SpiceData.Tuples(caption.GetProperty("tuples")).Order(StringComparer.Ordinal)))
                wrong.Add(caption.GetProperty("caption").GetString()!);
        }
        Assert.Empty(wrong);
    }

    [SharedFact]
    public void Tuples_WholeTreebank_EqualsOriginalProgram()
    {
        var wrong = new List<string>();
        foreach (var caption in Treebank())
        {
            var tuples = Spice.Tuples(SpiceData.Sentence(
                caption.GetProperty("tokens")[0], caption.GetProperty("tags")[0], caption.GetProperty("lemmas")[0],
                    caption.GetProperty("dependencies")[0]));
            if (!SpiceData.Tuples(tuples).Order(StringComparer.Ordinal)
                .SequenceEqual(SpiceData.Tuples(caption.GetProperty("tuples")).Order(StringComparer.Ordinal)))
                wrong.Add(caption.GetProperty("caption").GetString()!);
        }
        Assert.Empty(wrong);
    }

    [SharedFact]
    public void Count_EveryClip_EqualsOriginalProgram()
    {
        var tuples = SpiceData.Root.GetProperty("captions").EnumerateArray().ToDictionary(
            caption => caption.GetProperty("caption").GetString()!,
            caption => caption.GetProperty("tuples").EnumerateArray().Select(NGramCases.Texts).ToArray());
        var spice = new Spice(SpiceData.Words, new SpiceOptions { Parser = SpiceData.Tiny });
        foreach (var clip in SpiceData.Root.GetProperty("clips").EnumerateArray())
        {
            var count = spice.Count(tuples[clip.GetProperty("candidate").GetString()!], NGramCases.Texts(clip.GetProperty("references"))
                .SelectMany(text => tuples[text]));
            Assert.Equal(
                (clip.GetProperty("tp").GetInt32(), clip.GetProperty("fp").GetInt32(), clip.GetProperty("fn").GetInt32()),
                (count.Matches, count.Candidates - count.Matches, count.References - count.Matches));
            Assert.Equal(clip.GetProperty("f").GetDouble(), count.F, 1e-12);
            Assert.Equal(clip.GetProperty("precision").GetDouble(), count.Precision, 1e-12);
            Assert.Equal(clip.GetProperty("recall").GetDouble(), count.Recall, 1e-12);
        }
    }

    [SharedFact]
    public void Collapse_WholeTreebank_EqualsOriginalGraphNearlyAlways()
    {
        var equal = 0;
        var total = 0;
        foreach (var caption in Treebank())
        {
            var basic = SpiceData.Sentence(caption.GetProperty("tokens")[0], caption.GetProperty("tags")[0], caption.GetProperty("lemmas")[0],
                caption.GetProperty("basic_dependencies")[0]);
            var expected = SpiceData.Sentence(caption.GetProperty("tokens")[0], caption.GetProperty("tags")[0], caption.GetProperty("lemmas")[0],
                caption.GetProperty("dependencies")[0]);
            total++;
            if (DependencyCollapser.Collapse(basic.Words, basic.Dependencies).Dependencies.ToHashSet().SetEquals(expected.Dependencies))
                equal++;
        }
        Assert.InRange((double)equal / total, 0.993, 1);
    }

    [Fact]
    public void Tuples_ArbitraryTrees_AreTakenWithoutError()
    {
        string[] words = ["dog", "out", "of", "in", "front", "on", "top", "next", "to", "followed", "by", "and", "or", "runs", "loud", "two"];
        string[] tags = ["NN", "NNS", "IN", "TO", "CC", "VBZ", "VBG", "VBN", "JJ", "CD", "DT", "PRP", "NNP"];
        string[] relations = ["case", "nmod", "conj", "cc", "mwe", "advmod", "dobj", "nsubj", "nsubjpass", "auxpass", "cop", "acl", "acl:relcl", "advcl",
            "amod", "compound", "nummod", "xcomp", "dep", "det"];
        var spice = new Spice(SpiceData.Few, new SpiceOptions { Parser = SpiceData.Tiny });
        var random = new Random(7);
        for (var sentence = 0; sentence < 20_000; sentence++)
        {
            var length = random.Next(1, 13);
            var order = Enumerable.Range(1, length).ToArray();
            random.Shuffle(order);
            var heads = new int[length];
            for (var i = 1; i < length; i++)
                heads[order[i] - 1] = order[random.Next(i)];
            var parse = new ParsedSentence(
                random.GetItems(words, length), random.GetItems(tags, length), heads,
                [.. heads.Select(head => head == 0 ? "root" : relations[random.Next(relations.Length)])]);
            Assert.All(spice.Tuples(parse), tuple => Assert.InRange(tuple.Length, 1, 3));
        }
    }

    [SharedFact]
    public void Lemmas_OfTheTreebank_EqualOriginalNearlyAlways()
    {
        var spice = new Spice(SpiceData.Words);
        var words = SpiceTreebank.Load(SpiceData.TreebankFolder)
            .SelectMany(sentence => sentence.Tokens.Select((token, i) => spice.LemmaOf(token, sentence.Tags[i]) == sentence.Lemmas[i])).ToArray();
        Assert.InRange((double)words.Count(isEqual => isEqual) / words.Length, 0.998, 1);
    }

    [SharedFact]
    public void Lemmas_ByRuleAlone_EqualOriginalMostly()
    {
        var words = SpiceTreebank.Load(SpiceData.TreebankFolder)
            .SelectMany(sentence => sentence.Tokens.Select((token, i) => (token, tag: sentence.Tags[i], lemma: sentence.Lemmas[i])))
            .Where(word => word.tag is "NNS" or "VBG" or "VBN" or "VBZ").Distinct().ToArray();
        Assert.InRange((double)words.Count(word => SpiceLemmatizer.Of(word.token, word.tag) == word.lemma) / words.Length, 0.9, 1);
    }

    [Fact]
    public void Evaluate_EqualCaptions_ScoreOneAndAreCalledApproximate()
    {
        var scores = new Spice(SpiceData.Few, new SpiceOptions { Parser = SpiceData.Tiny })
            .Evaluate(new CaptionSet(["a dog barks", "a dog barks"], [["a dog barks"], ["birds sing"]]));
        Assert.Equal([1, 0], scores.Scores.Sentences);
        Assert.Equal(0.5, scores.Scores.Corpus);
        Assert.True(scores.IsApproximate);
        Assert.Contains("approximate", scores.FrontEnd, StringComparison.Ordinal);
    }

    [Fact]
    public void Count_Synonyms_Match()
    {
        var spice = new Spice(SpiceData.Few, new SpiceOptions { Parser = SpiceData.Tiny });
        Assert.Equal(new SpiceCount(1, 1, 1), spice.Count([["dog"]], [["hound"]]));
        Assert.Equal(new SpiceCount(0, 1, 1), spice.Count([["dog"]], [["cat"]]));
        Assert.Equal(new SpiceCount(3, 3, 3), spice.Count([["dog", "cat", "be near"]], [["hound", "cat", "near"]])); // the relation loses its "be"
        Assert.Equal(new SpiceCount(1, 1, 1), spice.Count([["dog"], ["hound"]], [["dog"]])); // merged into one object
        Assert.Equal(0, spice.Count([], [["dog"]]).F);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("...")]
    [InlineData("🐶 犬が吠える")]
    [InlineData("Ein Hund bellt über Straße, größer.")]
    [InlineData("A. B! C? \"d\" 'e' (f) <g>")]
    public void Score_OddCaption_IsAFraction(string caption)
    {
        var spice = new Spice(SpiceData.Few);
        Assert.InRange(spice.Score(caption, ["a dog barks"]), 0, 1);
        Assert.InRange(spice.Score("a dog barks", [caption]), 0, 1);
        Assert.InRange(spice.Score(caption, [caption]), 0, 1);
    }

    [Fact]
    public void Score_VeryLongCaption_TakesTimeInProportion()
    {
        var spice = new Spice(SpiceData.Few);
        string Long(int words) => string.Join(' ', Enumerable.Range(0, words).Select(WordAt));
        spice.Score(Long(100), ["a dog barks"]);
        var watch = Stopwatch.StartNew();
        Assert.InRange(spice.Score(Long(2_500), ["a dog barks"]), 0, 1);
        var first = watch.Elapsed;
        Assert.InRange(spice.Score(Long(10_000), ["a dog barks"]), 0, 1);
        // Four times the words; a quadratic method would take sixteen times as long.
        Assert.True(watch.Elapsed - first < 10 * first + TimeSpan.FromSeconds(1), $"{first} for 2,500 words, {watch.Elapsed - first} for 10,000");
    }

    private static string WordAt(int i) => (i % 5) switch
    {
        0 => "the",
        1 => $"w{i}",
        2 => "chases",
        3 => $"v{i % 1000}",
        _ => "and",
    };

    [Fact]
    public void Score_NoReference_IsRefused() =>
        Assert.Throws<MetricInputException>(() => new Spice(SpiceData.Few, new SpiceOptions { Parser = SpiceData.Tiny }).Score("a dog", []));

    private static IEnumerable<JsonElement> Treebank() =>
        File.ReadLines(Path.Combine(SpiceData.TreebankFolder, SpiceTreebank.FileName)).Select(line => JsonDocument.Parse(line).RootElement);
}
