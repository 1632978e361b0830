namespace Auricle.Data;

/// <summary>A sound of a data set, and what is said of it.</summary>
public sealed record DataItem
{
    /// <summary>What stands for it, different from all others of its set.</summary>
    public required string Id { get; init; }

    /// <summary>The sound file; <see langword="null"/> where the set is packed (<see cref="Packed"/>).</summary>
    public string? Path { get; init; }

    /// <summary>What a packed set holds instead of a file.</summary>
    public IPackedItem? Packed { get; init; }

    /// <summary>Captions as published, in their order; empty where the set has labels only.</summary>
    public IReadOnlyList<string> Captions { get; init; } = [];

    /// <summary>Labels as published; a set of classes has one for each item.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The split, as the set's authors call it.</summary>
    public string? Split { get; init; }

    /// <summary>The fold, where the set has folds.</summary>
    public int? Fold { get; init; }

    /// <summary>The source within the set, such as <c>FreeSound</c> in WavCaps.</summary>
    public string? Source { get; init; }

    /// <summary>
    /// The recording it was cut from, by who keeps it: <c>freesound:1234</c>, <c>youtube:ID</c>. Items of one recording must not lie in two splits.
    /// </summary>
    public string? Recording { get; init; }

    /// <summary>Its length in seconds, where the set says so.</summary>
    public double? Seconds { get; init; }
}

/// <summary>What a packed set holds of an item. Safe for concurrent use.</summary>
public interface IPackedItem
{
    /// <summary>The file that holds it.</summary>
    string File { get; }

    /// <summary>The sound file's bytes; <see langword="null"/> where features are packed.</summary>
    /// <exception cref="DataSetException">They cannot be read.</exception>
    ReadOnlyMemory<byte>? ReadSound();

    /// <summary>The features; <see langword="null"/> where the sound is packed.</summary>
    /// <exception cref="DataSetException">They cannot be read.</exception>
    PackedFeatures? ReadFeatures();
}

/// <summary>Precomputed features of a sound.</summary>
/// <param name="Width">Numbers of a frame.</param>
/// <param name="Frames"><c>[frames, width]</c>, row-major.</param>
/// <param name="Tags">Probabilities of tags for the whole sound; empty where there are none.</param>
public sealed record PackedFeatures(int Width, float[] Frames, float[] Tags);

/// <summary>An item whose sound is not there.</summary>
/// <param name="Id">The item.</param>
/// <param name="Split">Its split.</param>
/// <param name="Sought">The file that was looked for, or why one that is there was not taken.</param>
public sealed record MissingSound(string Id, string? Split, string Sought);

/// <summary>A data set cannot be read as it lies there.</summary>
public sealed class DataSetException : DataException
{
    /// <summary>States the fault and where it is.</summary>
    /// <param name="place">The file or folder.</param>
    /// <param name="message">Whole sentences with the value and the remedy.</param>
    /// <param name="line">Line of the file, from 1, where one is known.</param>
    /// <param name="innerException">What was thrown below.</param>
    // Names in packed files may be anything; a message is one line.
    public DataSetException(string place, string message, int? line = null, Exception? innerException = null) : base(message.ReplaceLineEndings(" "), innerException) =>
        (Place, Line) = (place, line);

    /// <summary>The file or folder.</summary>
    public string Place { get; }

    /// <summary>Line of the file, from 1, where one is known.</summary>
    public int? Line { get; }
}
