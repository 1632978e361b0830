namespace Auricle.Text;

/// <summary>The words a captioner knows: token to id, id to token, and how often each occurred in the training captions.</summary>
public sealed class Vocabulary
{
    private readonly List<string> _tokens = [];
    private readonly List<long> _counts = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>Starts a vocabulary with the <see cref="SpecialTokens"/> alone.</summary>
    public Vocabulary()
    {
        foreach (var token in SpecialTokens.All)
            Append(token, 0);
    }

    /// <summary>Number of tokens; ids run from 0 to this number less one.</summary>
    public int Count => _tokens.Count;

    /// <summary>All tokens in id order.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The token with an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such id.</exception>
    public string this[int id] => id >= 0 && id < _tokens.Count
        ? _tokens[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary has the ids 0 to {_tokens.Count - 1}, not {id}; use the tokenizer that came with the model.");

    /// <summary>Finds the id of <paramref name="token"/>; <see langword="false"/> if the vocabulary lacks it.</summary>
    public bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    /// <summary>How often a token occurred in the training captions; 0 for special and unknown tokens.</summary>
    public long CountOf(string token) => _ids.TryGetValue(token, out var id) ? _counts[id] : 0;

    /// <summary>Gives the id of <paramref name="token"/>, appending it with count 0 if it is new.</summary>
    internal int GetOrAdd(string token) => _ids.TryGetValue(token, out var id) ? id : Append(token, 0);

    internal void AddOccurrence(string token) => _counts[GetOrAdd(token)]++;

    internal int Append(string token, long count)
    {
        _ids.Add(token, _tokens.Count);
        _tokens.Add(token);
        _counts.Add(count);
        return _tokens.Count - 1;
    }

    internal long CountAt(int id) => _counts[id];
}
