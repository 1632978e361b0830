namespace Auricle.Search;

/// <summary>An index cannot be opened, read or written. The message is whole sentences with the place and the remedy.</summary>
public class IndexException : DataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="location">The index.</param>
    /// <param name="message">Whole sentences.</param>
    /// <param name="isRequest">Whether the request was wrong, and not what it met on the way.</param>
    /// <param name="innerException">What was thrown below.</param>
    public IndexException(string location, string message, bool isRequest = false, Exception? innerException = null) : base(message, innerException)
    {
        Location = location;
        IsRequest = isRequest;
    }

    /// <summary>The folder or address.</summary>
    public string Location { get; }

    /// <inheritdoc/>
    public override bool IsRequest { get; }
}

/// <summary>An index was made by another model, or cut in another way, than is asked for.</summary>
public sealed class IndexMismatchException : IndexException
{
    /// <summary>Creates the error.</summary>
    /// <param name="location">The index.</param>
    /// <param name="has">What made it.</param>
    /// <param name="asked">What was to be used with it.</param>
    public IndexMismatchException(string location, IndexSettings has, IndexSettings asked) : base(location, Describe(location, has, asked), isRequest: true) =>
        (Has, Asked) = (has, asked);

    /// <summary>What made the index.</summary>
    public IndexSettings Has { get; }

    /// <summary>What was to be used with it.</summary>
    public IndexSettings Asked { get; }

    private static string Describe(string location, IndexSettings has, IndexSettings asked)
    {
        ArgumentNullException.ThrowIfNull(has);
        ArgumentNullException.ThrowIfNull(asked);
        if (has.Fingerprint == asked.Fingerprint)
        {
            return FormattableString.Invariant($"The index '{location}' holds stretches of {has.SegmentSeconds} s that overlap by {has.OverlapSeconds} s, ")
                + FormattableString.Invariant($"not of {asked.SegmentSeconds} s by {asked.OverlapSeconds} s; leave the lengths out, or make it anew with --rebuild.");
        }
        var which = has.Model == asked.Model ? $"another version of the model '{has.Model}' ({Short(has)}, and this one is {Short(asked)})"
            : $"the model '{has.Model}' ({Short(has)}), not by '{asked.Model}' ({Short(asked)})";
        return $"The index '{location}' was made by {which}, and vectors of different models cannot be compared; name that model with --model, "
            + "another index with --index, or make this one anew with: auricle index --rebuild.";
    }

    private static string Short(IndexSettings settings) => settings.Fingerprint.Length > 8 ? settings.Fingerprint[..8] : settings.Fingerprint;
}
