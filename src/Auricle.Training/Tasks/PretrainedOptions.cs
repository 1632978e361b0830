using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Systems.Listener;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>What a recipe says of a <see cref="PretrainedTask"/>.</summary>
internal sealed record PretrainedOptions
{
    /// <summary>The file of the pretrained network.</summary>
    public required string Network { get; init; }

    /// <summary>The windows over its map.</summary>
    public required WindowedMobileNetConfig Encoder { get; init; }

    /// <summary>The folder of a model of the same task, from which what is not trained here is taken; or none.</summary>
    public string? Start { get; init; }

    public bool TrainsTags { get; init; }

    public bool TrainsCaptions { get; init; }

    public bool TrainsSpace { get; init; }

    /// <summary>The tables of texts that the shared space learns from.</summary>
    public required SpaceTexts Texts { get; init; }

    /// <summary>The shared space; its words are found when the texts are read.</summary>
    public required SharedSpaceConfig Space { get; init; }

    /// <summary>The weight of texts of one meaning in the loss of the space.</summary>
    public double MeaningShare { get; init; }

    /// <summary>The share of texts one of whose words is exchanged for one of near meaning.</summary>
    public double VariedShare { get; init; }

    /// <summary>Texts and labels, comma-separated, that training never sees; the space is asked for them at validation. Or none.</summary>
    public string? Queries { get; init; }

    public required FeatureBankOptions Bank { get; init; }

    /// <summary>Groups of labels that one tagger each never hears.</summary>
    public int LabelFolds { get; init; }

    /// <summary>The weight of half the taggers' squared weights.</summary>
    public double Penalty { get; init; }

    /// <summary>The weight of the binary part of the taggers' loss.</summary>
    public double BinaryShare { get; init; }

    /// <summary>The weight of the windows in the taggers' loss.</summary>
    public double WindowShare { get; init; }

    /// <summary>The share of the mixtures that are heard in an epoch.</summary>
    public double PairShare { get; init; }

    /// <summary>The share of examples whose caption tells what the tagger hears, right or wrong, instead of what is there.</summary>
    public double TrustingShare { get; init; }

    /// <summary>The share of examples in which labels change places with any others, in the tags and in the caption.</summary>
    public double ExchangedShare { get; init; }

    /// <summary>The share of single sounds that are captioned as if the corpus lacked their label.</summary>
    public double StrangerShare { get; init; }

    /// <summary>From which share on the highest own tag is told; single sounds below it are captioned as if the corpus lacked their label.</summary>
    public double SureLabel { get; init; }

    /// <summary>Sounds of AudioSet labels that are imagined beside each batch, as a share of it.</summary>
    public double ImaginedShare { get; init; }

    /// <summary>From which probability on an AudioSet label is told by name; below, down to a third of it, its group is.</summary>
    public double SureTag { get; init; }

    /// <summary>The weight of how well the last layer's attention keeps to the part of a sequence that a clause is about.</summary>
    public double PlaceShare { get; init; }

    public double LabelSmoothing { get; init; }

    public int ValidationBeam { get; init; }

    public DType Storage { get; init; }

    public static PretrainedOptions Read(RecipeReader recipe)
    {
        var encoder = recipe.Section("encoder");
        var train = recipe.Section("train");
        var bank = recipe.Section("bank");
        var loss = recipe.Section("loss");
        var space = recipe.Section("space");
        return new PretrainedOptions
        {
            Network = encoder.RequiredModel("network", "the checkpoint of a MobileNetV3 of EfficientAT"),
            Encoder = new WindowedMobileNetConfig
            {
                WindowColumns = encoder.WholeNumber("window_columns", 8, NumberRange.Between(1, 1000)),
                StepColumns = encoder.WholeNumber("step_columns", 2, NumberRange.Between(1, 1000)),
                WindowShare = encoder.Number("window_share", 0.5, NumberRange.Unit),
                FramesHavePeaks = encoder.Flag("frames_have_peaks", true),
            },
            Start = recipe.Section("model").OptionalModel("start"),
            TrainsTags = train.Flag("tags", true),
            TrainsCaptions = train.Flag("captions", true),
            TrainsSpace = train.Flag("space", true),
            Texts = new SpaceTexts(
                space.RequiredText("clauses", "the table of AudioSet's labels: label, group, clause, group_clause"),
                space.Texts("captions", []), space.WholeNumber("words", 16_000, NumberRange.AtLeast(0))),
            Space = new SharedSpaceConfig
            {
                Width = space.WholeNumber("width", 256, NumberRange.Between(1, 65_536)),
                AudioHidden = space.WholeNumber("audio_hidden", 512, NumberRange.Between(1, 65_536)),
                Text = new WordTowerConfig
                {
                    WordWidth = space.WholeNumber("word_width", 160, NumberRange.Between(1, 65_536)),
                    Buckets = space.WholeNumber("buckets", 8192, NumberRange.Between(1, 1 << 24)),
                    Hidden = space.WholeNumber("hidden", 512, NumberRange.Between(1, 65_536)),
                },
            },
            MeaningShare = loss.Number("meaning_share", 0.5, NumberRange.NonNegative),
            VariedShare = train.Number("varied_share", 0.5, NumberRange.Unit),
            Queries = recipe.Section("validation").OptionalText("queries"),
            Bank = new FeatureBankOptions
            {
                Seed = (ulong)recipe.Section("run").WholeNumber("seed", 1234, NumberRange.NonNegative),
                Views = bank.WholeNumber("views", 4, NumberRange.AtLeast(1)),
                Pairs = bank.WholeNumber("pairs", 12_000, NumberRange.NonNegative),
                VariedPairs = bank.Number("varied_pairs", 0.5, NumberRange.Unit),
                Folds = bank.WholeNumber("folds", 4, NumberRange.Between(2, 100)),
                Augmentation = AugmentationOptions.None,
            },
            LabelFolds = bank.WholeNumber("label_folds", 4, NumberRange.Between(0, 100)),
            Penalty = loss.Number("penalty", 0.015, NumberRange.NonNegative),
            BinaryShare = loss.Number("binary_share", 0.1, NumberRange.NonNegative),
            WindowShare = loss.Number("window_share", 0.3, NumberRange.NonNegative),
            PairShare = train.Number("pair_share", 1, NumberRange.Unit),
            TrustingShare = train.Number("trusting_share", 0, NumberRange.Unit),
            ExchangedShare = train.Number("exchanged_share", 0, NumberRange.Unit),
            StrangerShare = train.Number("stranger_share", 0.06, NumberRange.Unit),
            ImaginedShare = train.Number("imagined_share", 0.12, NumberRange.Unit),
            SureTag = train.Number("sure_tag", 0.3, NumberRange.Between(0.01, 0.95)),
            SureLabel = train.Number("sure_label", 0, NumberRange.Unit),
            PlaceShare = loss.Number("place_share", 0.1, NumberRange.NonNegative),
            LabelSmoothing = loss.Number("label_smoothing", 0.1, NumberRange.Between(0, 0.9)),
            ValidationBeam = recipe.Section("validation").WholeNumber("beam", 1, NumberRange.Between(1, 256)),
            Storage = recipe.Section("model").Choice("storage", "float16", ["float32", "float16"]) == "float16" ? DType.Float16 : DType.Float32,
        };
    }
}

/// <summary>What a shared space learns words from.</summary>
/// <param name="Clauses">The table of AudioSet's labels.</param>
/// <param name="Captions">Tables of captions as Clotho's.</param>
/// <param name="Words">The most words it knows.</param>
internal sealed record SpaceTexts(string Clauses, IReadOnlyList<string> Captions, int Words);
