using System.Text.Json.Serialization;
using Auricle.Audio;
using Auricle.Models.Roles;

namespace Auricle;

/// <summary>What was heard in a sound.</summary>
public sealed record CaptionResult
{
    /// <summary>The file as it was named, or <see langword="null"/> for sound from memory.</summary>
    public string? File { get; init; }

    /// <summary>The best sentence; with segments their sentences in order, each repetition left out, joined by <c>; </c>.</summary>
    public required string Caption { get; init; }

    /// <summary>The average log-probability of the caption's tokens, natural logarithm, at most 0; with segments their mean weighted by length.</summary>
    public required double Score { get; init; }

    /// <summary>The length of the sound in seconds.</summary>
    public required double Duration { get; init; }

    /// <summary>The best sentences, best first; empty with segments, which hold their own.</summary>
    public required IReadOnlyList<CaptionCandidate> Candidates { get; init; }

    /// <summary>The stretches in order of time; empty where the sound was described as a whole.</summary>
    public IReadOnlyList<CaptionSegment> Segments { get; init; } = [];

    /// <summary>The sounds the encoder recognises, most probable first; empty with segments and for models without tags.</summary>
    public IReadOnlyList<SoundTag> Tags { get; init; } = [];

    /// <summary>The caption's words with their times, where those were asked for; <see langword="null"/> with segments, which hold their own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<HeardWord>? Words { get; init; }

    /// <summary>The style the caption is written in.</summary>
    public required string Task { get; init; }

    /// <summary>The name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The version of Auricle.</summary>
    public required string Version { get; init; }

    /// <summary>What a reader should know about the source, such as a file that ends early; usually empty.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What was heard in a sound of which there are segments, at least one.</summary>
    internal static CaptionResult Of(string? path, IReadOnlyList<CaptionSegment> segments, string task, string model, IReadOnlyList<string> warnings)
    {
        var length = segments[^1].End;
        return new CaptionResult
        {
            File = path,
            Caption = string.Join("; ", segments.Select(segment => segment.Caption).Distinct(StringComparer.Ordinal)),
            Score = segments.Sum(segment => segment.Score * (segment.End - segment.Start)) / length,
            Duration = length,
            Candidates = [],
            Segments = segments,
            Task = task,
            Model = model,
            Version = AuricleInfo.Version,
            Warnings = warnings,
        };
    }
}

/// <summary>One sentence for a sound.</summary>
/// <param name="Caption">The sentence, in lower case and without a full stop.</param>
/// <param name="Score">The average log-probability of its tokens, natural logarithm, at most 0.</param>
public sealed record CaptionCandidate(string Caption, double Score)
{
    /// <summary>The cosine between the sentence and the sound, where sentences were ranked by it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Similarity { get; init; }
}

/// <summary>A sound the encoder recognises.</summary>
/// <param name="Label">The label as the model's authors spell it.</param>
/// <param name="Probability">Its probability, 0 to 1; those of several labels are independent.</param>
public sealed record SoundTag(string Label, double Probability)
{
    /// <summary>The most probable labels, most probable first.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="threshold">The lowest probability.</param>
    /// <param name="labels">All labels.</param>
    /// <param name="probabilities">The probability of each; none for models that do not tag.</param>
    internal static SoundTag[] Top(int count, double threshold, IReadOnlyList<string> labels, ReadOnlySpan<float> probabilities)
    {
        var found = new List<SoundTag>();
        for (var i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] >= threshold)
                found.Add(new SoundTag(labels[i], probabilities[i]));
        }
        return [.. found.OrderByDescending(tag => tag.Probability).Take(count)];
    }
}

/// <summary>What was heard in a stretch of a longer sound.</summary>
public sealed record CaptionSegment
{
    /// <summary>Where the stretch begins, in seconds.</summary>
    public required double Start { get; init; }

    /// <summary>Where the stretch ends, in seconds.</summary>
    public required double End { get; init; }

    /// <summary>The best sentence.</summary>
    public required string Caption { get; init; }

    /// <summary>The average log-probability of the caption's tokens, natural logarithm, at most 0.</summary>
    public required double Score { get; init; }

    /// <summary>The best sentences, best first.</summary>
    public required IReadOnlyList<CaptionCandidate> Candidates { get; init; }

    /// <summary>The sounds the encoder recognises, most probable first.</summary>
    public IReadOnlyList<SoundTag> Tags { get; init; } = [];

    /// <summary>The caption's words with their times in the whole sound, where those were asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<HeardWord>? Words { get; init; }

    /// <summary>What was heard in a stretch by itself, at its place in the whole sound.</summary>
    internal static CaptionSegment Of(AudioSegment segment, CaptionResult said) => new()
    {
        Start = segment.Start,
        End = segment.End,
        Caption = said.Caption,
        Score = said.Score,
        Candidates = said.Candidates,
        Tags = said.Tags,
        Words = said.Words?.Select(word => word with { Time = segment.Start + word.Time }).ToList(),
    };
}
