namespace Auricle.Training;

/// <summary>One recording of a corpus, as its <c>manifest.csv</c> describes it.</summary>
public sealed record SoundClip
{
    /// <summary>The path below the corpus folder, with forward slashes.</summary>
    public required string File { get; init; }

    /// <summary>What is heard, for example <c>dog_bark</c>.</summary>
    public required string Label { get; init; }

    /// <summary>The group of the label, for example <c>animals</c>.</summary>
    public required string Category { get; init; }

    /// <summary>The source's own description, or an empty text.</summary>
    public required string Caption { get; init; }

    /// <summary>What the recording was cut from; no source lies in two splits.</summary>
    public required string SourceId { get; init; }

    /// <summary>What the clip is for.</summary>
    public required DataSplit Split { get; init; }

    /// <summary>The licence, for example <c>CC BY 3.0</c>.</summary>
    public required string Licence { get; init; }

    /// <summary>Author and address, for attribution.</summary>
    public required string Origin { get; init; }

    /// <summary>The length in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The fold of a data set that has folds (ESC-10), else <see langword="null"/>.</summary>
    public int? Fold { get; init; }

    /// <summary>How it was cut (<c>20-30s</c>, <c>assembled</c>, <c>padded</c>), or an empty text.</summary>
    public string Segment { get; init; } = "";
}
