namespace Auricle.Training;

/// <summary>The pairs of sounds and captions of a data set, in an order that differs from epoch to epoch and follows from the seed.</summary>
internal sealed class CaptionPairs
{
    private readonly (int Clip, int Caption)[] _pairs;
    private readonly EpochOrder _order;

    /// <param name="clips">The sounds with their captions.</param>
    /// <param name="seed">Decides the order.</param>
    /// <param name="isReadable">Which sounds take part.</param>
    public CaptionPairs(IReadOnlyList<CaptionedClip> clips, ulong seed, Func<int, bool> isReadable)
    {
        var texts = new Dictionary<string, int>(StringComparer.Ordinal);
        var pairs = new List<(int, int)>();
        for (var clip = 0; clip < clips.Count; clip++)
        {
            foreach (var caption in clips[clip].Captions)
            {
                if (!texts.TryGetValue(caption, out var text))
                    texts.Add(caption, text = texts.Count);
                if (isReadable(clip))
                    pairs.Add((clip, text));
            }
        }
        _pairs = [.. pairs];
        _order = new EpochOrder(_pairs.Length, seed);
        Captions = [.. texts.Keys];
        Matches = [.. Enumerable.Range(0, Captions.Count).Select(_ => new List<int>())];
        foreach (var (clip, text) in _pairs)
            ((List<int>)Matches[text]).Add(clip);
    }

    /// <summary>Every caption once, in the order in which they are first met.</summary>
    public IReadOnlyList<string> Captions { get; }

    /// <summary>For each caption the readable sounds that have it.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Matches { get; }

    /// <summary>The number of pairs.</summary>
    public int Count => _pairs.Length;

    /// <summary>Some pairs of an epoch.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="first">The number of the first in the epoch.</param>
    /// <param name="count">How many.</param>
    /// <returns>Of each the number of the sound and that of the caption.</returns>
    public (int Clip, int Caption)[] Take(int epoch, long first, int count) => [.. _order.Take(epoch, first, count).Select(index => _pairs[index])];
}

/// <summary>The order of examples, which differs from epoch to epoch and follows from the seed.</summary>
/// <param name="count">How many examples there are.</param>
/// <param name="seed">Decides the order.</param>
internal sealed class EpochOrder(int count, ulong seed)
{
    private (int Epoch, int[] Order)? _order;

    /// <summary>The numbers of some examples of an epoch.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="first">The place of the first in the epoch.</param>
    /// <param name="some">How many.</param>
    public int[] Take(int epoch, long first, int some)
    {
        if (_order?.Epoch != epoch)
        {
            int[] shuffled = [.. Enumerable.Range(0, count)];
            SplitMix64.For(seed, (ulong)epoch).Shuffle(shuffled);
            _order = (epoch, shuffled);
        }
        return _order!.Value.Order.AsSpan((int)first, some).ToArray();
    }
}
