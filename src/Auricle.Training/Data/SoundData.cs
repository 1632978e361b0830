using Auricle.Audio;

namespace Auricle.Training;

/// <summary>A corpus with the decoded clips of its splits, and what a recipe says of its training examples.</summary>
public sealed class SoundData
{
    private SoundData(SoundCorpus corpus, ClipCache train, ClipCache validation, MixtureOptions options, IReadOnlyList<EvaluationMixture> validationMixtures) =>
        (Corpus, Train, Validation, Options, Sampler, ValidationMixtures) = (corpus, train, validation, options, new MixtureSampler(corpus, train, options), validationMixtures);

    /// <summary>The corpus.</summary>
    public SoundCorpus Corpus { get; }

    /// <summary>The clips to learn from: those of the train split, and where the recipe says so those of the validation split too.</summary>
    public ClipCache Train { get; }

    /// <summary>The clips to choose by.</summary>
    public ClipCache Validation { get; }

    /// <summary>What the recipe says of training examples.</summary>
    public MixtureOptions Options { get; }

    /// <summary>Makes training examples.</summary>
    public MixtureSampler Sampler { get; }

    /// <summary>The fixed mixtures of validation clips.</summary>
    public IReadOnlyList<EvaluationMixture> ValidationMixtures { get; }

    /// <summary>Reads the sections <c>data</c>, <c>mixtures</c>, <c>augmentation</c> and <c>validation</c> of a recipe; opens no file.</summary>
    /// <param name="recipe">The recipe's root.</param>
    /// <returns>Decodes the clips, at the rate that it is given, in Hz.</returns>
    /// <exception cref="CorpusException">From what is returned: the corpus is missing or damaged.</exception>
    public static Func<int, SoundData> Read(RecipeReader recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var data = recipe.Section("data");
        var folder = data.RequiredText("folder", "the folder of manifest.csv");
        var about = data.OptionalText("about");
        var cache = data.OptionalText("cache");
        // For a last training, when every choice has been made: what is then measured on the validation clips says nothing.
        var learnsValidation = data.Flag("learn_validation", false);
        var options = ReadMixtures(recipe.Section("mixtures"), recipe.Section("augmentation"), (ulong)recipe.Section("run").WholeNumber("seed", 1234, NumberRange.NonNegative));
        var mixtures = recipe.Section("validation").WholeNumber("mixtures", 150, NumberRange.Between(0, 1_000_000));
        return sampleRate =>
        {
            var corpus = LoadCorpus(folder, about);
            var train = LoadSplit(corpus, DataSplit.Train, sampleRate, cache);
            var validation = LoadSplit(corpus, DataSplit.Validation, sampleRate, cache);
            if (learnsValidation)
                train = train.Concat(validation);
            return new SoundData(
                corpus, train, validation, options, EvaluationMixtures.Create(corpus, validation, mixtures, seed: 1));
        };
    }

    /// <summary>The corpus that <c>data.folder</c> names.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="about">The file that says where the corpus comes from, where there is one.</param>
    /// <exception cref="CorpusException">The corpus is missing or damaged.</exception>
    internal static SoundCorpus LoadCorpus(string folder, string? about)
    {
        var manifest = Path.Combine(folder, SoundCorpus.ManifestName);
        return File.Exists(manifest)
            ? SoundCorpus.Load(folder)
            : throw new CorpusException(
                $"There is no {SoundCorpus.ManifestName} in '{folder}', which data.folder names; {(about is null ? "" : $"{about} says where the corpus comes from; ")}"
                    + "a folder of your own sounds will do as well: data.folder=FOLDER.") { File = manifest };
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
            WindowSeconds = mixtures.Number("window_seconds", mix.WindowSeconds, NumberRange.Between(0.5, 60)),
            PairProbability = mixtures.Number("pair_probability", mix.PairProbability, NumberRange.Unit),
            SequenceProbability = mixtures.Number("sequence_probability", mix.SequenceProbability, NumberRange.Unit),
            BalanceExponent = mixtures.Number("balance_exponent", mix.BalanceExponent, NumberRange.Unit),
            LoopProbability = mixtures.Number("loop_probability", mix.LoopProbability, NumberRange.Unit),
            MaximumAttenuation = mixtures.Number("maximum_attenuation", mix.MaximumAttenuation, NumberRange.NonNegative),
            SentenceSkew = mixtures.Number("sentence_skew", mix.SentenceSkew, NumberRange.NonNegative),
            Augmentation = vary with
            {
                GainProbability = augmentation.Number("gain_probability", vary.GainProbability, NumberRange.Unit),
                SpeedProbability = augmentation.Number("speed_probability", vary.SpeedProbability, NumberRange.Unit),
                MinimumSpeed = augmentation.Number("minimum_speed", vary.MinimumSpeed, NumberRange.Between(0.25, 1)),
                MaximumSpeed = augmentation.Number("maximum_speed", vary.MaximumSpeed, NumberRange.Between(1, 4)),
                RollProbability = augmentation.Number("roll_probability", vary.RollProbability, NumberRange.Unit),
                FlipProbability = augmentation.Number("flip_probability", vary.FlipProbability, NumberRange.Unit),
                NoiseProbability = augmentation.Number("noise_probability", vary.NoiseProbability, NumberRange.Unit),
                EqualiserProbability = augmentation.Number("equaliser_probability", vary.EqualiserProbability, NumberRange.Unit),
                MinimumSignalToNoise = augmentation.Number("minimum_signal_to_noise", vary.MinimumSignalToNoise, NumberRange.Between(-20, 100)),
                MaximumSignalToNoise = augmentation.Number("maximum_signal_to_noise", vary.MaximumSignalToNoise, NumberRange.Between(-20, 100)),
                BandLimitProbability = augmentation.Number("band_limit_probability", vary.BandLimitProbability, NumberRange.Unit),
                EqualiserGain = augmentation.Number("equaliser_gain", vary.EqualiserGain, NumberRange.NonNegative),
            },
        };
    }
}
