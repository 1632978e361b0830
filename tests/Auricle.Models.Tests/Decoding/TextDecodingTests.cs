using Auricle.Models.Decoding;
using Auricle.Testing;

namespace Auricle.Models.Tests.Decoding;

public sealed class TextDecodingTests
{
    private const int End = 1;

    [Fact]
    public void Run_Sampling_DependsOnSeedAlone()
    {
        var options = Options(new Sampling { Count = 3, Seed = 7 });
        var alone = Write(options, [5]);
        var beside = Write(options, [9], [5], [5]);
        var fewer = Write(options with { Search = new Sampling { Count = 1, Seed = 7 } }, [5]);
        Assert.Equal(Texts(alone[0]), Texts(beside[1]));
        Assert.Equal(Texts(alone[0]), Texts(beside[2]));
        Assert.Equal(Texts(alone[0])[0], Texts(fewer[0])[0]);
        Assert.Equal(3, Texts(alone[0]).Distinct().Count());
        Assert.NotEqual(Texts(alone[0]), Texts(Write(options with { Search = new Sampling { Count = 3, Seed = 8 } }, [5])[0]));
    }

    [Fact]
    public void Run_ManyDraws_FollowTheProbabilities()
    {
        const int Count = 8000;
        float[] logits = [0, 1, 2, -1, float.NegativeInfinity];
        foreach (var temperature in new[] { 0.5, 1, 2 })
        {
            var sampling = new Sampling { Count = Count, Temperature = temperature, Seed = 3 };
            var drawn = TextDecoding.Run(new Chain(_ => logits), [[0]], new DecodingOptions { Search = sampling, MaximumLength = 1 })[0].Texts;
            var weights = logits.Select(logit => Math.Exp(logit / temperature)).ToArray();
            for (var token = 0; token < logits.Length; token++)
            {
                var expected = weights[token] / weights.Sum();
                // Five standard deviations of a share of so many draws.
                Assert.Equal(expected, drawn.Count(text => text.Tokens[0] == token) / (double)Count, 5 * Math.Sqrt(expected * (1 - expected) / Count) + 1e-12);
            }
        }
    }

    [Fact]
    public void Candidates_TopK_KeepsThoseAsLikelyAsTheLast() =>
        Assert.Equal([3, 0, 2, 4], new Sampling { TopK = 2 }.Candidates([1, 0, 1, 5, 1]).Select(candidate => candidate.Token));

    [Theory]
    [InlineData(0.4, 1)]
    [InlineData(0.5, 1)]
    [InlineData(0.51, 2)]
    [InlineData(0.8, 3)]
    [InlineData(1, 4)]
    public void Candidates_TopP_AreTheFewestThatReachIt(double share, int count)
    {
        var found = new Sampling { TopP = share }.Candidates([MathF.Log(0.05f), MathF.Log(0.26f), MathF.Log(0.51f), MathF.Log(0.18f)]);
        Assert.Equal(new[] { 2, 1, 3, 0 }.Take(count), found.Select(candidate => candidate.Token));
        Assert.Equal(1, found.Sum(candidate => candidate.Probability), 1e-12);
        Assert.Equal(0.51 / new[] { 0.51, 0.26, 0.18, 0.05 }.Take(count).Sum(), found[0].Probability, 1e-6);
    }

    [Fact]
    public void Run_TemperatureZeroOrOneCandidate_IsGreedySearch()
    {
        var greedy = Write(Options(new BeamSearch { Size = 1 }), [5], [9], [2]);
        foreach (var search in new[] { new Sampling { Temperature = 0 }, new Sampling { TopK = 1, Seed = 4 } })
            Assert.Equal(greedy.Select(result => Texts(result)[0]), Write(Options(search), [5], [9], [2]).Select(result => Texts(result)[0]));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    [InlineData(4, true)]
    public void Run_Beam_FindsWhatAPlainSearchFinds(int size, bool finishedCompete)
    {
        foreach (var prompt in Enumerable.Range(2, 8))
        {
            var found = Write(Options(new BeamSearch { Size = size, FinishedCompete = finishedCompete }), [3], [prompt])[1].Texts;
            var expected = PlainBeam(prompt, size, finishedCompete).OrderByDescending(text => text.Sum / text.Tokens.Length).ToList();
            Assert.Equal(expected.Select(text => string.Join(' ', text.Tokens)), found.Select(text => string.Join(' ', text.Tokens)));
            for (var i = 0; i < size; i++)
            {
                Assert.Equal(expected[i].Sum, found[i].LogProbability, 1e-4);
                Assert.Equal(expected[i].Sum / expected[i].Tokens.Length, found[i].Score, 1e-4);
            }
        }
    }

    [Fact]
    public void Run_Ranking_OrdersTexts()
    {
        var options = Options(new BeamSearch { Size = 5 });
        var bySum = Write(options with { Ranking = Rankings.Sum }, [6])[0].Texts;
        var byMean = Write(options, [6])[0].Texts;
        Assert.Equal(bySum.Select(text => text.LogProbability).OrderDescending(), bySum.Select(text => text.LogProbability));
        Assert.Equal(byMean.Select(text => text.LogProbability / text.Tokens.Count).OrderDescending(), byMean.Select(text => text.Score));
        Assert.Equal(Rankings.Sum(-3, 7), Rankings.Penalty(0)(-3, 7));
        Assert.Equal(-3 * 6 / 12.0, Rankings.Penalty(1)(-3, 7), 1e-12);
    }

    [Fact]
    public void Run_MinimumLength_HoldsTheEndBack()
    {
        foreach (var length in new[] { 0, 2, 5 })
        {
            var options = Options(new Sampling { Count = 40, Seed = 1 }) with { Filters = [new MinimumLength(length, End)] };
            var lengths = Write(options, [4])[0].Texts.Select(text => text.Tokens.Count(token => token != End)).ToList();
            Assert.Equal(length, lengths.Min());
        }
    }

    [Fact]
    public void Run_NoRepetition_CountsThePrompt()
    {
        var once = Enumerable.Range(0, Chain.Vocabulary).Select(token => token > 3).ToList();
        var options = Options(new Sampling { Count = 40, Seed = 2 }) with { Filters = [new NoRepetition(once)], EndToken = null, MaximumLength = 12 };
        foreach (var text in Write(options, [5])[0].Texts)
        {
            Assert.DoesNotContain(5, text.Tokens);
            Assert.Equal(text.Tokens.Where(token => token > 3).Distinct(), text.Tokens.Where(token => token > 3));
        }
    }

    [Fact]
    public void Apply_RepetitionPenalty_LowersWhatWasSaid()
    {
        float[] logits = [2, -2, 4, 1];
        new RepetitionPenalty(2).Apply([0, 1, 0], 1, logits);
        Assert.Equal([1, -4, 4, 1], logits);
    }

    [Fact]
    public void Run_PromptOfSeveralTokens_ContinuesThemAll()
    {
        var model = new Chain(prefix => Chain.Hash([.. prefix.TakeLast(3)]));
        var options = Options(new BeamSearch { Size = 1 });
        Assert.Equal(Texts(TextDecoding.Run(model, [[4, 5, 6], [6, 5, 6]], options)[1]), Texts(TextDecoding.Run(model.Again(), [[6, 5, 6]], options)[0]));
        Assert.Contains("2, 1", Assert.Throws<ArgumentException>(() => TextDecoding.Run(model.Again(), [[4, 5], [6]], options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NothingPossible_IsExplained()
    {
        void Fails(float value, string reason) => Assert.Contains(
            reason,
            Assert.Throws<ModelException>(() => Write(Options(new BeamSearch()), new Chain(_ => [value, value, value, value]), [0])).Message,
            StringComparison.Ordinal);
        Fails(float.NegativeInfinity, "forbid every token");
        Fails(float.NaN, "no numbers");
        Fails(float.PositiveInfinity, "no numbers");
    }

    [Fact]
    public void Run_NumbersWithoutSense_AreRefused()
    {
        foreach (var search in new Search[]
        {
            new BeamSearch { Size = 0 }, new BeamSearch { Size = Chain.Vocabulary + 1 }, new Sampling { Count = 0 }, new Sampling { Temperature = -1 },
            new Sampling { Temperature = double.NaN }, new Sampling { TopK = 0 }, new Sampling { TopP = 0 }, new Sampling { TopP = 1.5 },
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => Write(Options(search), [2]));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => Write(Options(new BeamSearch()) with { MaximumLength = 0 }, [2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Temperature(0));
    }

    private static DecodingOptions Options(Search search) => new() { Search = search, EndToken = End, MaximumLength = 8 };

    private static IReadOnlyList<DecodingResult> Write(DecodingOptions options, params int[][] prompts) => Write(options, new Chain(prefix => Chain.Hash([.. prefix])), prompts);

    private static IReadOnlyList<DecodingResult> Write(DecodingOptions options, Chain model, params int[][] prompts) => TextDecoding.Run(model, prompts, options);

    private static string[] Texts(DecodingResult result) => [.. result.Texts.OrderBy(text => text.Place).Select(text => string.Join(' ', text.Tokens))];

    /// <summary>The two beams as their papers' code walks them: all candidates of a step in one list.</summary>
    private static List<(int[] Tokens, double Sum, bool IsFinished)> PlainBeam(int prompt, int size, bool finishedCompete)
    {
        var beam = new List<(int[] Tokens, double Sum, bool IsFinished)> { ([], 0, false) };
        for (var step = 1; step <= 8 && beam.Exists(text => !text.IsFinished); step++)
        {
            var left = beam.Where(text => text.IsFinished && !finishedCompete).ToList();
            var candidates = beam.Where(text => text.IsFinished && finishedCompete).ToList();
            foreach (var (tokens, sum, _) in beam.Where(text => !text.IsFinished))
            {
                var logits = Chain.Hash([prompt, .. tokens]);
                var total = Math.Log(logits.Sum(logit => Math.Exp(logit)));
                candidates.AddRange(logits.Select((logit, token) => ((int[])[.. tokens, token], sum + logit - total, token == End)));
            }
            beam = [.. left, .. candidates.OrderByDescending(text => text.Item2 / text.Item1.Length).Take(size - left.Count)];
        }
        return beam;
    }

    /// <summary>A language of its own: what follows a text is decided by a hash of it.</summary>
    private sealed class Chain(Func<IReadOnlyList<int>, float[]> following) : IStepModel
    {
        public const int Vocabulary = 12;

        private int[][]? _prefixes;

        public int VocabularySize { get; } = following([0]).Length;

        public static float[] Hash(ReadOnlySpan<int> prefix) => HashWeights.Signal(string.Join('.', prefix.ToArray()), Vocabulary).Select(value => 8 * value).ToArray();

        public Chain Again() => new(following);

        public Span<float> Advance(scoped ReadOnlySpan<int> tokens)
        {
            _prefixes ??= [.. Enumerable.Repeat<int[]>([], tokens.Length)];
            Assert.Equal(_prefixes.Length, tokens.Length);
            for (var row = 0; row < _prefixes.Length; row++)
                _prefixes[row] = [.. _prefixes[row], tokens[row]];
            return _prefixes.SelectMany(prefix => following(prefix)).ToArray();
        }

        public void Rearrange(ReadOnlySpan<int> parents) => _prefixes = [.. parents.ToArray().Select(parent => _prefixes![parent])];

        public void Dispose()
        {
        }
    }
}
