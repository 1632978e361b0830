using Auricle.Testing;

namespace Auricle.Training.Tests;

public sealed class MixtureSamplerTests
{
    private static readonly MixtureOptions Plain = new()
    {
        Seed = 11,
        WindowSeconds = 2,
        LoopProbability = 0,
        Augmentation = AugmentationOptions.None,
    };

    private static TinyCorpus Tiny() => new(
        ("bell", "train", 4), ("bell", "train", 0.5), ("dog", "train", 3), ("dog", "train", 0.6), ("rain", "train", 1), ("sea", "test", 1));

    /// <summary>Enough clips of each label for it to count.</summary>
    private static TinyCorpus Learnable() => new([.. Enumerable.Range(0, 15).Select(i => (new[] { "bell", "dog", "rain" }[i % 3], "train", 0.5 + i % 4))]);

    private static MixtureSampler Sampler(TinyCorpus tiny, MixtureOptions options)
    {
        var corpus = tiny.Load();
        return new MixtureSampler(corpus, ClipCache.Load(corpus, DataSplit.Train, tiny.Decode, TinyCorpus.SampleRate), options);
    }

    private static double Heard(ReadOnlySpan<float> samples, int label) => TinyCorpus.Amount(samples, TinyCorpus.Frequency(label));

    [Fact]
    public void Draw_SameSeedEpochAndIndex_GivesTheSameWhateverTheOrder()
    {
        using var tiny = Tiny();
        var options = Plain with { Augmentation = new AugmentationOptions() };
        var sampler = Sampler(tiny, options);
        var forward = Enumerable.Range(0, 40).Select(index => sampler.Draw(3, index)).ToArray();
        var parallel = new TrainingExample[40];
        var again = Sampler(tiny, options);
        Parallel.For(0, 40, index => parallel[39 - index] = again.Draw(3, 39 - index));
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(forward[i].Samples, parallel[i].Samples);
            Assert.Equal(forward[i].Caption, parallel[i].Caption);
            Assert.Equal(forward[i].Labels, parallel[i].Labels);
        }
        Assert.NotEqual(forward[0].Samples, sampler.Draw(4, 0).Samples);
        Assert.NotEqual(forward[0].Samples, Sampler(tiny, options with { Seed = 12 }).Draw(3, 0).Samples);
    }

    [Fact]
    public void Draw_Any_StaysInFullScaleAndFinite()
    {
        using var tiny = Tiny();
        var sampler = Sampler(tiny, Plain with { LoopProbability = 0.5, Augmentation = new AugmentationOptions { NoiseProbability = 1, EqualiserProbability = 1 } });
        for (var index = 0; index < 30; index++)
        {
            var example = sampler.Draw(0, index);
            Assert.Equal(2 * TinyCorpus.SampleRate, example.Samples.Length);
            Assert.All(example.Samples, sample => Assert.InRange(sample, -1.0001f, 1.0001f));
            Assert.True(Waveform.Power(example.Samples) > 1e-6);
        }
    }

    [Fact]
    public void Draw_SingleClip_SoundsOnlyItsLabel()
    {
        using var tiny = Tiny();
        var sampler = Sampler(tiny, Plain with { PairProbability = 0 });
        for (var index = 0; index < 30; index++)
        {
            var example = sampler.Draw(0, index);
            var label = Assert.Single(example.Labels);
            Assert.Null(example.Content.Relation);
            for (var other = 0; other < 3; other++)
            {
                if (other == label)
                    Assert.True(Heard(example.Samples, other) > 0.1);
                else
                    Assert.True(Heard(example.Samples, other) < 0.02);
            }
        }
    }

    [Fact]
    public void Draw_Sequence_SoundsFirstThenSecond()
    {
        using var tiny = Tiny();
        var sampler = Sampler(tiny, Plain with { PairProbability = 1, SequenceProbability = 1, LoopProbability = 0.3 });
        for (var index = 0; index < 60; index++)
        {
            var example = sampler.Draw(0, index);
            Assert.Equal(PairRelation.Sequential, example.Content.Relation);
            var (first, second) = (Centre(example, 0), Centre(example, 1));
            Assert.True(first < second, $"example {index}: {first} s, {second} s");
        }

        // The mean time of a label's tone, in blocks of 50 ms.
        static double Centre(TrainingExample example, int which)
        {
            var block = TinyCorpus.SampleRate / 20;
            var (sum, weight) = (0.0, 0.0);
            for (var at = 0; at + block <= example.Samples.Length; at += block)
            {
                var amount = Heard(example.Samples.AsSpan(at, block), example.Labels[which]);
                amount = amount > 0.01 ? amount : 0;
                (sum, weight) = (sum + amount * at / TinyCorpus.SampleRate, weight + amount);
            }
            Assert.True(weight > 0);
            return sum / weight;
        }
    }

    [Fact]
    public void Draw_Overlap_SoundsBothAtOnceTheSecondWeaker()
    {
        using var tiny = Tiny();
        var sampler = Sampler(tiny, Plain with { PairProbability = 1, SequenceProbability = 0 });
        for (var index = 0; index < 60; index++)
        {
            var example = sampler.Draw(0, index);
            Assert.Equal(PairRelation.Simultaneous, example.Content.Relation);
            Assert.NotEqual(example.Labels[0], example.Labels[1]);
            var block = TinyCorpus.SampleRate / 20;
            var (both, strong, weak) = (0, 0.0, 0.0);
            for (var at = 0; at + block <= example.Samples.Length; at += block)
            {
                var one = Heard(example.Samples.AsSpan(at, block), example.Labels[0]);
                var other = Heard(example.Samples.AsSpan(at, block), example.Labels[1]);
                both += one > 0.02 && other > 0.02 ? 1 : 0;
                (strong, weak) = (Math.Max(strong, one), Math.Max(weak, other));
            }
            Assert.True(both >= 4, $"example {index}: both in {both} blocks");
            Assert.InRange(20 * Math.Log10(weak / strong), -10.5, 0.5);
        }
    }

    [Theory]
    [InlineData(0, 2.0 / 5, 1.0 / 5)]
    [InlineData(1, 1.0 / 3, 1.0 / 3)]
    public void Draw_ManySingles_FollowsTheBalance(double exponent, double twoClips, double oneClip)
    {
        using var tiny = Tiny();
        var sampler = Sampler(tiny, Plain with { PairProbability = 0, BalanceExponent = exponent, WindowSeconds = 0.1 });
        var buffer = new float[sampler.WindowSamples];
        const int Draws = 6000;
        var counts = new int[3];
        for (var index = 0; index < Draws; index++)
            counts[sampler.Fill(0, index, buffer).Labels[0]]++;
        Assert.Equal(twoClips, counts[0] / (double)Draws, 0.025);
        Assert.Equal(twoClips, counts[1] / (double)Draws, 0.025);
        Assert.Equal(oneClip, counts[2] / (double)Draws, 0.025);
    }

    [Fact]
    public void Draw_ClipWithSilence_CutsWhereItSounds()
    {
        using var tiny = new TinyCorpus(("bell", "train", 1), ("dog", "train", 1));
        var corpus = tiny.Load();
        // 10 s of which one second sounds.
        var cache = ClipCache.Load(corpus, DataSplit.Train, _ =>
        {
            var samples = new float[10 * TinyCorpus.SampleRate];
            TinyCorpus.Tone(500, TinyCorpus.SampleRate).CopyTo(samples, 4 * TinyCorpus.SampleRate);
            return samples;
        }, TinyCorpus.SampleRate);
        var sampler = new MixtureSampler(corpus, cache, Plain with { PairProbability = 0, WindowSeconds = 0.5 });
        for (var index = 0; index < 50; index++)
            Assert.True(TinyCorpus.Amount(sampler.Draw(0, index).Samples, 500) > 0.4);
    }

    [Fact]
    public void Fill_BufferOfAnotherSize_Fails()
    {
        using var tiny = Tiny();
        var sampler = Sampler(tiny, Plain);
        Assert.Throws<ArgumentException>(() => sampler.Fill(0, 0, new float[5]));
    }

    [Fact]
    public void Constructor_OneLabelAndPairs_Fails()
    {
        using var tiny = new TinyCorpus(("bell", "train", 1));
        Assert.Throws<CorpusException>(() => Sampler(tiny, Plain));
    }

    [Fact]
    public void EvaluationMixtures_SameSeed_GiveTheSameListAndReadBack()
    {
        using var tiny = Learnable();
        var corpus = tiny.Load();
        var cache = ClipCache.Load(corpus, DataSplit.Train, tiny.Decode, TinyCorpus.SampleRate);
        var mixtures = EvaluationMixtures.Create(corpus, cache, 20, seed: 5);
        Assert.Equal(mixtures, EvaluationMixtures.Create(corpus, cache, 20, seed: 5));
        Assert.NotEqual(mixtures, EvaluationMixtures.Create(corpus, cache, 20, seed: 6));

        var path = Path.Combine(tiny.Folder, "mixtures.csv");
        EvaluationMixtures.Save(path, mixtures);
        Assert.Equal(mixtures, EvaluationMixtures.Load(path));
        Assert.Equal(10, mixtures.Count(mixture => mixture.Relation == PairRelation.Sequential));
        Assert.Equal(20, mixtures.Select(mixture => mixture.Id).Distinct().Count());
    }

    [Fact]
    public void EvaluationMixtures_TextThatASpreadsheetWouldRun_IsQuotedAndReadBack()
    {
        using var tiny = Learnable();
        var part = new MixturePart("=1+1.wav", "@label", 0, 10, 0, -1.5);
        var mixture = new EvaluationMixture("-id", PairRelation.Sequential, "+caption", 8000, 20, part, part with { File = "b.wav", Label = "plain" });
        var path = Path.Combine(tiny.Folder, "mixtures.csv");
        EvaluationMixtures.Save(path, [mixture]);
        Assert.EndsWith("\n'-id,sequential,'+caption,8000,20,'=1+1.wav,'@label,0,10,0,-1.5,b.wav,plain,0,10,0,-1.5\n", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal([mixture], EvaluationMixtures.Load(path));
    }

    [Fact]
    public void EvaluationMixtures_Rendered_SoundAsDescribed()
    {
        using var tiny = Learnable();
        var corpus = tiny.Load();
        var cache = ClipCache.Load(corpus, DataSplit.Train, tiny.Decode, TinyCorpus.SampleRate);
        foreach (var mixture in EvaluationMixtures.Create(corpus, cache, 20, seed: 7))
        {
            var samples = EvaluationMixtures.Render(mixture, cache);
            Assert.Equal(mixture.Length, samples.Length);
            Assert.True(samples.Length <= 10 * TinyCorpus.SampleRate);
            foreach (var part in new[] { mixture.First, mixture.Second })
            {
                // The tones have amplitude 0.5, and fades take a little of the mean.
                var heard = TinyCorpus.Amount(samples.AsSpan(part.Offset, part.Length), TinyCorpus.Frequency(corpus.LabelIndex(part.Label)));
                Assert.Equal(0.5 * Math.Pow(10, part.Gain / 20), heard, 0.02);
                Assert.Equal(part.Label, cache.Clips[cache.IndexOf(part.File)].Label);
            }
            if (mixture.Relation == PairRelation.Sequential)
                Assert.True(mixture.First.Offset + mixture.First.Length < mixture.Second.Offset);
            else
                Assert.True(mixture.Second.Gain <= mixture.First.Gain + 0.1);
        }
    }

    [SharedFact]
    public void EvaluationMixtures_EverydaySounds_HaveTwoKnownLabels()
    {
        var corpus = SoundCorpus.Load(Path.Combine(Fixtures.SharedRoot!, "data", "sounds"));
        var tone = TinyCorpus.Tone(300, 800);
        var cache = ClipCache.Load(corpus, DataSplit.Test, _ => tone, TinyCorpus.SampleRate);
        Assert.All(EvaluationMixtures.Create(corpus, cache, 50, seed: 1), mixture =>
            Assert.Equal(2, new[] { mixture.First.Label, mixture.Second.Label }.Select(corpus.LabelIndex).Distinct().Count()));
    }
}
