using Auricle.Models.Roles;

namespace Auricle;

/// <summary>How sound and text become vectors.</summary>
public sealed record EmbedOptions
{
    /// <summary>Whether vectors are brought to length 1, so that their dot product is the cosine; otherwise they are as the model gives them.</summary>
    public bool Normalise { get; init; } = true;

    /// <summary>How many sounds of equal length go through the model at once; results stay the same.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>The sound track of a film: its number from 1 or its language code, such as <c>deu</c>; <see langword="null"/> for the first.</summary>
    public string? Track { get; init; }

    /// <summary>Told the share of the file at hand, from 0 to 1, that is done, after each stretch of a long file whose length is known.</summary>
    public IProgress<double>? FileProgress { get; init; }
}

/// <summary>A sound as a vector.</summary>
public sealed record EmbedResult
{
    /// <summary>The file as it was named, or <see langword="null"/> for sound from memory.</summary>
    public string? File { get; init; }

    /// <summary>The length of the sound in seconds.</summary>
    public required double Duration { get; init; }

    /// <summary>The vector: <c>[width]</c>.</summary>
    public required float[] Vector { get; init; }

    /// <summary>The name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The version of Auricle.</summary>
    public required string Version { get; init; }

    /// <summary>What a reader should know about the source, such as a file that ends early; usually empty.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>A sound as vectors along its time.</summary>
public sealed record FrameResult
{
    /// <summary>The file as it was named, or <see langword="null"/> for sound from memory.</summary>
    public string? File { get; init; }

    /// <summary>The length of the sound in seconds.</summary>
    public required double Duration { get; init; }

    /// <summary>The vectors with the centres of the stretches that they stand for, in seconds.</summary>
    public required Timeline Frames { get; init; }

    /// <summary>The name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The version of Auricle.</summary>
    public required string Version { get; init; }

    /// <summary>What a reader should know about the source, such as a file that ends early; usually empty.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
