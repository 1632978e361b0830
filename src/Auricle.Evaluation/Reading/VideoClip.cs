using System.Globalization;
using System.Text.RegularExpressions;

namespace Auricle.Evaluation;

/// <summary>
/// A clip that was cut out of a video: AudioSet, AudioCaps and their kin name a YouTube id and where the clip starts, in one of many
/// spellings: <c>ID</c>, <c>YID</c>, <c>ID_30</c>, <c>YID_30.000_40.000</c> (seconds), <c>ID_30000_40000</c> (milliseconds).
/// </summary>
/// <param name="Id">The video.</param>
/// <param name="Starts">Where the clip may start, in milliseconds: one number, two where the spelling leaves open what it counts, none where nothing is said.</param>
/// <param name="IsCertain">Whether a column says that this is a video; else a name has the form of one, which other names have by chance.</param>
internal sealed partial record VideoClip(string Id, IReadOnlyList<long> Starts, bool IsCertain = false)
{
    // Shorter stretches than this between start and end are seconds: AudioSet's clips are at most ten.
    private const double LongestSeconds = 100;

    /// <summary>From columns of a table.</summary>
    /// <param name="id">The video.</param>
    /// <param name="start">The start in seconds, or nothing.</param>
    public static VideoClip Of(string id, string start) => 
        new(id, TryNumber(start, out var seconds) ? [Milliseconds(seconds)] : [], IsCertain: true);

    /// <summary>From a name without folder and extension; <see langword="null"/> where it is of another form.</summary>
    public static VideoClip? Parse(string stem)
    {
        var match = Pattern().Match(stem);
        if (!match.Success)
            return null;
        var id = match.Groups["id"].Value;
        if (!TryNumber(match.Groups["start"].Value, out var start))
            return new VideoClip(id, []);
        if (TryNumber(match.Groups["end"].Value, out var end))
            return new VideoClip(id, [end - start > LongestSeconds ? (long)start : Milliseconds(start)]);
        return new VideoClip(id, match.Groups["start"].Value.Contains('.', StringComparison.Ordinal) ? [Milliseconds(start)]
            : [Milliseconds(start), (long)start]);
    }

    /// <summary>Keys under which an index has the clip.</summary>
    public IEnumerable<string> Keys =>
    [
        .. IsCertain || Starts.Count == 0 ? new[] { Id } : [],
        .. IsCertain && Starts.Count == 0 ? new[] { NoStart } : [],
        .. Starts.Select(KeyOf),
    ];

    /// <summary>Keys under which to look for it: by its start, else without one where the other file names none.</summary>
    public IEnumerable<string> Lookups => Starts.Count == 0 ? [Id] : [.. Starts.Select(KeyOf), NoStart];

    private string NoStart => Id + "@";

    private string KeyOf(long start) => string.Create(CultureInfo.InvariantCulture, $"{Id}@{start}");

    private static long Milliseconds(double seconds) => (long)Math.Round(1000 * Math.Min(seconds, 1e12));

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);

    [GeneratedRegex(@"\AY?(?<id>[A-Za-z0-9_-]{11})(_(?<start>[0-9]{1,9}(\.[0-9]{1,6})?)(_(?<end>[0-9]{1,9}(\.[0-9]{1,6})?))?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
