using Auricle.Testing;

namespace Auricle.Evaluation.Tests;

public sealed class SubtreeExchangeTests
{
    [Fact]
    public void Vary_PhrasesOfOneKind_ChangePlaces()
    {
        var captions = SpiceData.FewCaptions;
        var exchange = new SubtreeExchange(captions);
        var random = new SeededRandom(1);
        var varied = Enumerable.Range(0, 50).Select(_ => exchange.Vary(captions[0], random)).ToArray();
        Assert.Equal(["a dog barks", "a loud cat barks"],
            varied.Select(caption => string.Join(' ', caption.Tokens)).Distinct().Order(StringComparer.Ordinal));
        var longer = Array.Find(varied, caption => caption.Tokens.Count == 4)!;
        Assert.Equal(["DT", "JJ", "NN", "VBZ"], longer.Tags);
        Assert.Equal(["a", "loud", "cat", "bark"], longer.Lemmas);
        Assert.Equal([3, 3, 4, 0], longer.Heads);
        Assert.Equal(["det", "amod", "nsubj", "root"], longer.Relations);
    }

    [Fact]
    public void Vary_PhraseInTheMiddle_MovesWhatFollows()
    {
        TreebankSentence[] captions =
        [
            SpiceData.Caption("a dog barks at cats", "DT NN VBZ IN NNS", "a dog bark at cat", [2, 3, 0, 5, 3], "det nsubj root case nmod"),
            SpiceData.Caption("a very loud cat meows", "DT RB JJ NN VBZ", "a very loud cat meow", [4, 3, 4, 5, 0], "det advmod amod nsubj root"),
        ];
        var exchange = new SubtreeExchange(captions);
        var random = new SeededRandom(3);
        var longer = Enumerable.Range(0, 50).Select(_ => exchange.Vary(captions[0], random)).First(caption => caption.Tokens.Count == 7);
        Assert.Equal(["a", "very", "loud", "cat", "barks", "at", "cats"], longer.Tokens);
        Assert.Equal([4, 3, 4, 5, 0, 7, 5], longer.Heads);
    }

    [Fact]
    public void Vary_NothingThatFits_LeavesTheCaption()
    {
        var word = SpiceData.Caption("rain", "NN", "rain", [0], "root");
        var exchange = new SubtreeExchange([word]);
        Assert.Same(word, exchange.Vary(word, new SeededRandom(1)));
        Assert.Same(SpiceData.FewCaptions[2], exchange.Vary(SpiceData.FewCaptions[2], new SeededRandom(1)));
    }

    [Fact]
    public void Vary_HeadsInACircle_ComesBack()
    {
        var circle = SpiceData.Caption("a dog barks", "DT NN VBZ", "a dog bark", [2, 3, 2], "det nsubj root");
        var varied = new SubtreeExchange([circle, .. SpiceData.FewCaptions]).Vary(circle, new SeededRandom(1));
        Assert.Equal(varied.Tokens.Count, varied.Heads.Count);
    }

    [SharedFact]
    public void Vary_ParsedCaptions_GivesTrees()
    {
        var captions = SpiceTreebank.Load(SpiceData.TreebankFolder).Take(2_000).ToArray();
        var exchange = new SubtreeExchange(captions);
        var random = new SeededRandom(1);
        var words = captions.SelectMany(Words).ToHashSet();
        var changed = 0;
        foreach (var caption in captions)
        {
            var varied = exchange.Vary(caption, random);
            changed += varied.Tokens.SequenceEqual(caption.Tokens) ? 0 : 1;
            Assert.InRange(varied.Tokens.Count, 1, Math.Max(40, caption.Tokens.Count));
            Assert.Equal(caption.Heads.Count(head => head == 0), varied.Heads.Count(head => head == 0));
            Assert.Subset(words, Words(varied).ToHashSet());
            for (var word = 0; word < varied.Tokens.Count; word++)
                Assert.True(ReachesRoot(varied.Heads, word), string.Join(' ', varied.Tokens));
        }
        Assert.InRange(changed, captions.Length / 2, captions.Length);
    }

    /// <summary>Each word with what it is and what it is to its head.</summary>
    private static IEnumerable<(string Token, string Tag, string Lemma, string Relation, string Head)> Words(TreebankSentence caption) =>
        caption.Tokens.Select((token, i) => (token, caption.Tags[i], caption.Lemmas[i], caption.Relations[i],
            caption.Heads[i] == 0 ? "" : caption.Tags[caption.Heads[i] - 1]));

    private static bool ReachesRoot(IReadOnlyList<int> heads, int word)
    {
        for (var step = 0; step <= heads.Count; step++)
        {
            if (heads[word] == 0)
                return true;
            word = heads[word] - 1;
        }
        return false;
    }
}
