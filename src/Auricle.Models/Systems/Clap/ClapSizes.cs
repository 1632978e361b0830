using Auricle.Models.FrontEnds;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.Cnn;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Clap;

/// <summary>The sizes of a CLAP model; its files have no configuration, so they are those of the tensors.</summary>
/// <param name="Name">Which model it is.</param>
/// <param name="Width">Size of a vector.</param>
internal abstract record ClapSizes(string Name, int Width)
{
    /// <summary>Tokens that the text encoder knows.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The id that fills shorter texts; <see langword="null"/> where any will do.</summary>
    public abstract int? PaddingId { get; }

    /// <summary>Whose tokenizer it takes.</summary>
    public abstract string TokenizerName { get; }

    /// <summary>The name of the mel matrix.</summary>
    public abstract string MelFilters { get; }

    /// <summary>Whether the tensors are those of a CLAP model.</summary>
    public static bool Recognises(IReadOnlyDictionary<string, StoredTensor> stored)
    {
        bool Has(string prefix) => stored.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));
        return Has(ClapWeights.LaionAudio) && Has(ClapWeights.LaionText) || Has(ClapWeights.MsAudio) && Has(ClapWeights.MsText);
    }

    /// <exception cref="WeightsException">The tensors are no CLAP model that is known.</exception>
    public static ClapSizes Read(IReadOnlyDictionary<string, StoredTensor> stored, string file)
    {
        bool Has(string prefix) => stored.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));
        if (Has(ClapWeights.LaionAudio) && Has(ClapWeights.LaionText))
        {
            var isFused = Has(ClapWeights.LaionAudio + "patch_embed.mel_conv2d.");
            return new LaionClapSizes(
                isFused ? "LAION-CLAP with fusion" : "LAION-CLAP", Columns(stored, "audio_projection.2.weight", file),
                HtsAtWeights.Sizes(stored, ClapWeights.LaionAudio, HtsAtConfig.LaionTiny.LogMel, file),
                TextEncoderWeights.Sizes(TextEncoderConfig.RobertaBase, Below(stored, ClapWeights.LaionText), file));
        }
        var width = Has(ClapWeights.MsAudio) && Has(ClapWeights.MsText) ? Columns(stored, "audio_encoder.projection.linear2.weight", file) : 0;
        if (width > 0 && Has(ClapWeights.MsHtsAt))
            return new MsClapSizes(
                MsClapModel.Name2023, width, HtsAtWeights.Sizes(stored, ClapWeights.MsHtsAt, new LogMelConfig(), file), null, Gpt(stored, file));
        if (width > 0)
            return new MsClapSizes(
                MsClapModel.Name2022, width, CnnWeights.Sizes(stored, ClapWeights.MsAudio, MsClapModel.FrontEnd2022, file),
                TextEncoderWeights.Sizes(TextEncoderConfig.BertBase, Below(stored, ClapWeights.MsText), file), null);
        throw new WeightsException(
            $"The checkpoint '{file}' is no CLAP model that is known: it has neither '{ClapWeights.MsAudio}…' with '{ClapWeights.MsText}…' (MS-CLAP) "
            + $"nor '{ClapWeights.LaionAudio}…' with '{ClapWeights.LaionText}…' (LAION-CLAP); name such a file.")
        { File = file };
    }

    private static GptConfig Gpt(IReadOnlyDictionary<string, StoredTensor> stored, string file)
    {
        var width = Columns(stored, ClapWeights.MsText + "wte.weight", file, dimension: 1);
        return new GptConfig
        {
            VocabularySize = Columns(stored, ClapWeights.MsText + "wte.weight", file),
            Width = width,
            Heads = Math.Max(1, width / TextEncoderWeights.PublishedHeadWidth),
            Positions = Columns(stored, ClapWeights.MsText + "wpe.weight", file),
            Layers = StoredSizes.Layers(stored.Keys, ClapWeights.MsText + "h."),
        };
    }

    private static int Columns(IReadOnlyDictionary<string, StoredTensor> stored, string name, string file, int dimension = 0) =>
        stored.TryGetValue(name, out var tensor) && tensor.Shape.Count == 2
            ? checked((int)tensor.Shape[dimension])
            : throw new WeightsException($"The checkpoint '{file}' has no matrix '{name}', which every CLAP model of its kind has; fetch it again.")
            { File = file, Names = [name] };

    private static Dictionary<string, StoredTensor> Below(IReadOnlyDictionary<string, StoredTensor> stored, string prefix) =>
        stored.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value, StringComparer.Ordinal);
}

/// <summary>The sizes of an MS-CLAP model.</summary>
/// <param name="Name">Which model it is.</param>
/// <param name="Width">Size of a vector.</param>
/// <param name="Audio">Its audio encoder.</param>
/// <param name="Bert">Its text encoder, if it is a BERT.</param>
/// <param name="Gpt">Its text encoder, if it is a GPT-2.</param>
internal sealed record MsClapSizes(string Name, int Width, EncoderConfig Audio, TextEncoderConfig? Bert, GptConfig? Gpt) : ClapSizes(Name, Width)
{
    public override int VocabularySize => Bert?.VocabularySize ?? Gpt!.VocabularySize;

    public override int? PaddingId => Bert?.PaddingId;

    public override string TokenizerName => Bert is null ? "GPT-2" : "BERT";

    public override string MelFilters => Audio is HtsAtConfig ? ClapWeights.MsHtsAt + StoredSizes.MelFilters : ClapWeights.MsAudio + StoredSizes.MelFilters;
}

/// <summary>The sizes of a LAION-CLAP model.</summary>
/// <param name="Name">Which model it is.</param>
/// <param name="Width">Size of a vector.</param>
/// <param name="Audio">Its audio encoder.</param>
/// <param name="Text">Its text encoder.</param>
internal sealed record LaionClapSizes(string Name, int Width, HtsAtConfig Audio, TextEncoderConfig Text) : ClapSizes(Name, Width)
{
    public override int VocabularySize => Text.VocabularySize;

    public override int? PaddingId => Text.PaddingId;

    public override string TokenizerName => "RoBERTa";

    public override string MelFilters => ClapWeights.LaionAudio + StoredSizes.MelFilters;
}
