using Auricle.Audio;

namespace Auricle.Training;

/// <summary>A corpus with the decoded clips of its splits, and what a recipe says of its training examples.</summary>
public sealed class SoundData
{
    private SoundData(SoundCorpus corpus, ClipCache train, ClipCache validation, MixtureSampler sampler, IReadOnlyList<EvaluationMixture> validationMixtures) =>
        (Corpus, Train, Validation, Sampler, ValidationMixtures) = (corpus, train, validation, sampler, validationMixtures);

    /// <summary>The corpus.</summary>
    public SoundCorpus Corpus { get; }

    /// <summary>The clips to learn from: those of the train split, and where the recipe says so those of the validation split too.</summary>
    public ClipCache Train { get; }

    /// <summary>The clips to choose by.</summary>
    public ClipCache Validation { get; }

    /// <summary>Makes training examples.</summary>
    public MixtureSampler Sampler { get; }

    /// <summary>The fixed mixtures of validation clips.</summary>
    public IReadOnlyList<EvaluationMixture> ValidationMixtures { get; }

    /// <summary>Reads the sections <c>data</c>, <c>mixtures</c>, <c>augmentation</c> and <c>validation</c> of a recipe and decodes the clips.</summary>
    /// <param name="recipe">The recipe's root.</param>
    /// <param name="sampleRate">The rate the model takes, in Hz.</param>
    public static SoundData Load(RecipeReader recipe, int sampleRate)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var data = recipe.Section("data");
        var folder = data.RequiredText("folder", "the folder of manifest.csv");
        var cache = data.OptionalText("cache");
        // For a last training, when every choice has been made: what is then measured on the validation clips says nothing.
        var learnsValidation = data.Flag("learn_validation", false);
        var options = ReadMixtures(recipe.Section("mixtures"), recipe.Section("augmentation"), (ulong)recipe.Section("run").WholeNumber("seed", 1234, Interval.NonNegative));
        var mixtures = recipe.Section("validation").WholeNumber("mixtures", 150, Interval.NonNegative);
        var corpus = SoundCorpus.Load(folder);
        var train = LoadSplit(corpus, DataSplit.Train, sampleRate, cache);
        var validation = LoadSplit(corpus, DataSplit.Validation, sampleRate, cache);
        if (learnsValidation)
            train = train.Concat(validation);
        return new SoundData(corpus, train, validation, new MixtureSampler(corpus, train, options), EvaluationMixtures.Create(corpus, validation, mixtures, seed: 1));
    }

    /// <summary>Decodes one split of a corpus.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="split">Which clips.</param>
    /// <param name="sampleRate">The rate, in Hz.</param>
    /// <param name="cacheFolder">Where to keep the decoded samples, or <see langword="null"/>.</param>
    public static ClipCache LoadSplit(SoundCorpus corpus, DataSplit split, int sampleRate, string? cacheFolder = null)
    {
        if (cacheFolder is not null)
            Directory.CreateDirectory(cacheFolder);
        var file = cacheFolder is null ? null : Path.Combine(cacheFolder, $"{split.ToString().ToLowerInvariant()}-{sampleRate}.clips");
        return ClipCache.Load(corpus, split, path => AudioFile.Load(path, sampleRate).Samples, sampleRate, file);
    }

    private static MixtureOptions ReadMixtures(RecipeReader mixtures, RecipeReader augmentation, ulong seed)
    {
        var mix = new MixtureOptions();
        var vary = new AugmentationOptions();
        return mix with
        {
            Seed = seed,
            WindowSeconds = mixtures.Number("window_seconds", mix.WindowSeconds, Interval.Between(0.5, 60)),
            PairProbability = mixtures.Number("pair_probability", mix.PairProbability, Interval.Unit),
            SequenceProbability = mixtures.Number("sequence_probability", mix.SequenceProbability, Interval.Unit),
            BalanceExponent = mixtures.Number("balance_exponent", mix.BalanceExponent, Interval.Unit),
            LoopProbability = mixtures.Number("loop_probability", mix.LoopProbability, Interval.Unit),
            MaximumAttenuation = mixtures.Number("maximum_attenuation", mix.MaximumAttenuation, Interval.NonNegative),
            SentenceSkew = mixtures.Number("sentence_skew", mix.SentenceSkew, Interval.NonNegative),
            Augmentation = vary with
            {
                GainProbability = augmentation.Number("gain_probability", vary.GainProbability, Interval.Unit),
                SpeedProbability = augmentation.Number("speed_probability", vary.SpeedProbability, Interval.Unit),
                MinimumSpeed = augmentation.Number("minimum_speed", vary.MinimumSpeed, Interval.Between(0.25, 1)),
                MaximumSpeed = augmentation.Number("maximum_speed", vary.MaximumSpeed, Interval.Between(1, 4)),
                RollProbability = augmentation.Number("roll_probability", vary.RollProbability, Interval.Unit),
                FlipProbability = augmentation.Number("flip_probability", vary.FlipProbability, Interval.Unit),
                NoiseProbability = augmentation.Number("noise_probability", vary.NoiseProbability, Interval.Unit),
                EqualiserProbability = augmentation.Number("equaliser_probability", vary.EqualiserProbability, Interval.Unit),
                MinimumSignalToNoise = augmentation.Number("minimum_signal_to_noise", vary.MinimumSignalToNoise, Interval.Between(-20, 100)),
                MaximumSignalToNoise = augmentation.Number("maximum_signal_to_noise", vary.MaximumSignalToNoise, Interval.Between(-20, 100)),
                BandLimitProbability = augmentation.Number("band_limit_probability", vary.BandLimitProbability, Interval.Unit),
                EqualiserGain = augmentation.Number("equaliser_gain", vary.EqualiserGain, Interval.NonNegative),
            },
        };
    }
}
