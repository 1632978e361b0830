using Auricle.Audio;
using Auricle.Models.Decoding;

namespace Auricle.Models.Roles;

/// <summary>A model that says in a sentence what is heard.</summary>
public interface ICaptioner : IAudioModel
{
    /// <summary>The styles it can write in, the default first; empty for a model that knows only one.</summary>
    IReadOnlyList<string> Tasks { get; }

    /// <summary>The full name of a style.</summary>
    /// <param name="task">Its name, in any form that the model knows; <see langword="null"/> for the default.</param>
    /// <returns>One of <see cref="Tasks"/>; the empty text for a model that knows only one style.</returns>
    /// <exception cref="Text.UnknownTaskException">The model has no such style.</exception>
    string TaskName(string? task) =>
        Tasks.Count == 0 ? ""
        : task is null ? Tasks[0]
        : Tasks.Contains(task, StringComparer.Ordinal) ? task
        : throw new Text.UnknownTaskException(task, Tasks);

    /// <summary>Whether it can tell where the words of a sentence were heard.</summary>
    bool PlacesWords => false;

    /// <summary>Captions clips. The same clip gives the same caption, alone or among others.</summary>
    /// <param name="clips">The sounds, of any rate and length.</param>
    /// <param name="options">How they are captioned.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>One result for each clip.</returns>
    /// <exception cref="Text.UnknownTaskException">The model has no task of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options makes no sense.</exception>
    IReadOnlyList<Captioned> Caption(IReadOnlyList<AudioClip> clips, CaptioningOptions? options = null, CancellationToken cancellationToken = default);
}

/// <summary>How clips are captioned. What is <see langword="null"/> comes from the model's configuration.</summary>
public sealed record CaptioningOptions
{
    /// <summary>The style: one for all clips, or one for each; <see langword="null"/> for the model's first.</summary>
    public IReadOnlyList<string>? Tasks { get; init; }

    /// <summary>Sentences followed at a time; 1 is greedy search. Without it and without <see cref="Sampling"/> the model searches or draws as its authors do.</summary>
    public int? BeamSize { get; init; }

    /// <summary>Draws sentences instead of searching for the most probable; the seed decides them. <see cref="Candidates"/> is how many are drawn.</summary>
    public Sampling? Sampling { get; init; }

    /// <summary>How many sentences are wanted, at least; a narrower beam is widened to so many.</summary>
    public int Candidates { get; init; } = 1;

    /// <summary>The fewest words.</summary>
    public int? MinLength { get; init; }

    /// <summary>The most tokens, the end mark included.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Whether the words of every sentence are placed in time; heeded where <see cref="ICaptioner.PlacesWords"/>.</summary>
    public bool Timestamps { get; init; }

    /// <summary>The search that these options ask for.</summary>
    /// <param name="own">The model's own, where they ask for none.</param>
    /// <param name="beam">A beam of the model's kind.</param>
    internal Search SearchOf(Search own, BeamSearch beam) =>
        Sampling is not null ? Sampling with { Count = Candidates }
        : BeamSize is { } size ? beam with { Size = Math.Max(size, Candidates) }
        : own switch
        {
            Sampling draws => draws with { Count = Candidates },
            BeamSearch search => search with { Size = Math.Max(search.Size, Candidates) },
            _ => own,
        };
}

/// <summary>What a captioner says about one clip.</summary>
/// <param name="Texts">The sentences it found, the best first, at least one.</param>
/// <param name="Task">The style they have; empty for a model that knows only one.</param>
public sealed record Captioned(IReadOnlyList<CaptionText> Texts, string Task)
{
    /// <summary>The probability of every label, in the order of <see cref="ITagger.Labels"/>; empty where the captioner does not tag.</summary>
    public IReadOnlyList<float> TagProbabilities { get; init; } = [];
}

/// <summary>A sentence.</summary>
/// <param name="Text">Its words.</param>
/// <param name="Score">The mean log-probability of its tokens, the end mark included; natural logarithm, at most 0.</param>
/// <param name="Tokens">The ids of its tokens, the end mark included where it was reached.</param>
public sealed record CaptionText(string Text, double Score, IReadOnlyList<int> Tokens)
{
    /// <summary>Its words with their times, where those were asked for.</summary>
    public IReadOnlyList<HeardWord>? Words { get; init; }

    /// <summary>The cosine between the sentence and the sound, where sentences were ranked by it.</summary>
    public double? Similarity { get; init; }
}

/// <summary>A word of a sentence and when it was heard.</summary>
/// <param name="Word">The word.</param>
/// <param name="Time">The middle of what the decoder attended to when it chose the word, in seconds from the beginning of the sound.</param>
public sealed record HeardWord(string Word, double Time);
