using System.Runtime.ExceptionServices;

namespace Auricle.Training;

/// <summary>
/// The sounds that could not be read while a run went on without them. Few are bad luck, many are a data set that is not there: above a
/// share the run stops. Safe for concurrent callers.
/// </summary>
/// <param name="clips">The sounds there are.</param>
/// <param name="mostShare">The largest share of them that may be missing.</param>
/// <param name="leftOut">What was left out before, with the reason; it does not count.</param>
public sealed class SkippedClips(int clips, double mostShare, IReadOnlyList<KeyValuePair<string, string>>? leftOut = null)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _reasons = new(StringComparer.Ordinal);

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _reasons.Count;
        }
    }

    /// <summary>Reads the key <c>data.most_skipped</c> of a recipe.</summary>
    internal static double ReadShare(RecipeReader recipe) => recipe.Section("data").Number("most_skipped", 0.05, NumberRange.Unit);

    /// <summary>Does work that several threads share, and throws an error about the data as it is.</summary>
    internal static void Unwrap(Action work)
    {
        try
        {
            work();
        }
        catch (AggregateException errors) when (errors.InnerExceptions.OfType<AuricleException>().FirstOrDefault() is { } first)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    /// <summary>The sounds by their ids, each with the reason: those left out before, then those that could not be read.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> All()
    {
        lock (_lock)
            return [.. leftOut ?? [], .. _reasons];
    }

    /// <summary>Notes a sound.</summary>
    /// <exception cref="CorpusException">They are more than the share allows.</exception>
    public void Add(CaptionedClip clip, string reason)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(reason);
        lock (_lock)
        {
            _reasons[clip.Id] = reason;
            if (_reasons.Count > mostShare * clips)
            {
                throw new CorpusException(
                    FormattableString.Invariant($"{_reasons.Count} of {clips} sounds cannot be read, more than data.most_skipped allows ({mostShare}); the last one: {reason.TrimEnd('.')}."))
                { File = clip.Path };
            }
        }
    }
}
