using Auricle.Audio;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders;
using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Families;
using Auricle.Models.Roles;
using Auricle.Torch;

namespace Auricle.Models.Systems.Conette;

/// <summary>The roles that CoNeTTE plays, by its captioner and by its encoder.</summary>
public sealed partial class ConetteModel
{
    string IDescribed.SystemName => "CoNeTTE";

    IEnumerable<(string Name, string Prefix)> IDescribed.Parts => [("encoder", ConetteWeights.EncoderPrefix), ("captioner", ConetteWeights.CaptionerPrefix)];

    IEnumerable<(string Name, string Value)> IDescribed.Details =>
    [
        ("architecture", $"{EncoderFamily.Of(Config.Encoder).Name} encoder of width {Config.Encoder.Width}, Transformer decoder of {Config.DecoderLayers} layers of width {Config.Width}"),
        ("tasks", Tasks.Count == 0 ? "none" : string.Join(", ", Tasks)),
        ("vocabulary", $"{Tokenizer.Vocabulary.Count} tokens"),
        ("search", $"beam {Config.BeamSize}, {Config.MinPredSize} to {Config.MaxPredSize} tokens"),
    ];

    bool ICaptioner.PlacesWords => true;

    string ICaptioner.TaskName(string? task) => Tasks.Count == 0 ? "" : Tasks[_tasks.IndexOf(task)];

    IReadOnlyList<Captioned> ICaptioner.Caption(IReadOnlyList<AudioClip> clips, CaptioningOptions? options, CancellationToken cancellationToken)
    {
        options ??= new CaptioningOptions();
        var results = Caption(clips, new ConetteOptions
        {
            Tasks = options.Tasks,
            Search = options.SearchOf(new BeamSearch { Size = Config.BeamSize }, new BeamSearch()),
            MinLength = options.MinLength,
            MaxLength = options.MaxLength,
            Timestamps = options.Timestamps,
        }, cancellationToken);
        return [.. results.Select(result => new Captioned(
            [.. result.Candidates.Select(candidate => new CaptionText(candidate.Caption, candidate.LogProbability, candidate.Tokens) { Words = candidate.Words })], result.Task)
        {
            TagProbabilities = result.TagProbabilities,
        })];
    }

    /// <inheritdoc/>
    public IReadOnlyList<float[]> Tag(IReadOnlyList<AudioClip> clips, CancellationToken cancellationToken = default) => _hearing.Tag(clips, cancellationToken);

    /// <inheritdoc/>
    public Timeline TagTimeline(AudioClip clip, CancellationToken cancellationToken = default) => _hearing.TagTimeline(clip, cancellationToken);

    /// <inheritdoc/>
    public Tensor EmbedAudio(IReadOnlyList<AudioClip> clips) => _hearing.EmbedAudio(clips);

    /// <inheritdoc/>
    public Timeline EmbedFrames(AudioClip clip, CancellationToken cancellationToken = default) => _hearing.EmbedFrames(clip, cancellationToken);

    /// <summary>The vectors of sounds in the space that they share with texts.</summary>
    /// <param name="waves">At the encoder's rate.</param>
    /// <returns>[sounds, width], of length 1.</returns>
    internal Tensor EmbedInSpace(IReadOnlyList<float[]> waves)
    {
        var heard = ClipBatches.EncodeApart(Encoder, waves, Weights.Device, CancellationToken.None);
        var clips = Tensor.Cat([.. heard.Select(output => output.Clip)]);
        var encoder = (WindowedMobileNet)Encoder;
        return Space!.EmbedAudio(Space.Features(clips, encoder.Network.Classify(clips)!, encoder.Own(clips)));
    }
}
