namespace Auricle;

/// <summary>How sound is tagged.</summary>
public sealed record TagOptions
{
    /// <summary>How many labels are wanted at most, of the whole sound and at each time of the timeline.</summary>
    public int Top { get; init; } = 10;

    /// <summary>
    /// The lowest probability of a label, 0 to 1; <see langword="null"/> leaves out none of the whole sound, and of the timeline those below
    /// <see cref="SoundTagger.TimelineThreshold"/>.
    /// </summary>
    public double? Threshold { get; init; }

    /// <summary>Whether labels are wanted along the sound too.</summary>
    public bool Timeline { get; init; }

    /// <summary>The sound track of a film: its number from 1 or its language code, such as <c>deu</c>; <see langword="null"/> for the first.</summary>
    public string? Track { get; init; }

    /// <summary>How many sounds of equal length go through the model at once; results stay the same.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Told the share of the file at hand, from 0 to 1, that is done, after each stretch of a long file whose length is known.</summary>
    public IProgress<double>? FileProgress { get; init; }

    /// <summary>Told the probabilities of all labels at each time of the timeline, in order, for pictures and for judgements of your own.</summary>
    public IProgress<HeardMoment>? Moments { get; init; }
}

/// <summary>Which labels fit a sound.</summary>
public sealed record TagResult
{
    /// <summary>The file as it was named, or <see langword="null"/> for sound from memory.</summary>
    public string? File { get; init; }

    /// <summary>The length of the sound in seconds.</summary>
    public required double Duration { get; init; }

    /// <summary>The labels of the whole sound, most probable first.</summary>
    public required IReadOnlyList<SoundTag> Tags { get; init; }

    /// <summary>The labels along the sound, in order of time; <see langword="null"/> where they were not asked for.</summary>
    public IReadOnlyList<TimedTags>? Timeline { get; init; }

    /// <summary>The name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The version of Auricle.</summary>
    public required string Version { get; init; }

    /// <summary>What a reader should know about the source, such as a file that ends early; usually empty.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>Which labels fit a sound at a time.</summary>
/// <param name="Time">The centre of the stretch that was judged, in seconds.</param>
/// <param name="Tags">The labels, most probable first; none where nothing is probable enough.</param>
public sealed record TimedTags(double Time, IReadOnlyList<SoundTag> Tags);

/// <summary>What a model that tags hears at a time.</summary>
/// <param name="Time">The centre of the stretch that was judged, in seconds.</param>
/// <param name="Probabilities">The probability of each of <see cref="SoundTagger.Labels"/>, 0 to 1.</param>
public sealed record HeardMoment(double Time, ReadOnlyMemory<float> Probabilities);
