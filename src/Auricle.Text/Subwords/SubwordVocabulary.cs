using System.Text.Json;

namespace Auricle.Text.Subwords;

/// <summary>The pieces of words that a published model knows, with the ids it was trained with.</summary>
public sealed class SubwordVocabulary
{
    // Published lists have few gaps, or none; a damaged file must not ask for a table of millions because of one id.
    private const int WidestGaps = 4;
    private const int FreeIds = 1 << 20;

    private const int LongestShown = 60;

    private readonly Dictionary<string, int> _ids;
    private readonly string?[] _tokens;

    private SubwordVocabulary(Dictionary<string, int> ids)
    {
        _ids = ids;
        _tokens = new string?[ids.Count == 0 ? 0 : ids.Values.Max() + 1];
        foreach (var (token, id) in ids)
            _tokens[id] = token;
    }

    /// <summary>One more than the largest id: the rows that a model's table of embeddings has at least.</summary>
    public int Count => _tokens.Length;

    /// <summary>The piece with an id; <see langword="null"/> for an id in a gap of the list.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary ends before that id.</exception>
    public string? this[int id] => id >= 0 && id < _tokens.Length
        ? _tokens[id]
        : throw new ArgumentOutOfRangeException(
            nameof(id), id, $"The vocabulary has the ids 0 to {_tokens.Length - 1}, not {id}; use the tokenizer that came with the model.");

    /// <summary>Finds the id of a piece; <see langword="false"/> if the vocabulary lacks it.</summary>
    public bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    /// <summary>Reads a <c>vocab.txt</c>: one piece a line, the number of the line is the id.</summary>
    /// <exception cref="TokenizerFileException">The file is empty or lists a piece twice.</exception>
    public static SubwordVocabulary ReadLines(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // Only the line feed ends a piece: the lists hold other characters that some readers take for line ends.
        var lines = TokenizerJson.ReadText(path).Split('\n');
        var count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        var ids = new Dictionary<string, int>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            if (!ids.TryAdd(lines[i].TrimEnd('\r'), i))
                throw new TokenizerFileException(path, $"line {i + 1} lists '{Shorten(lines[i])}' a second time; fetch the file again.");
        }
        return ids.Count > 0 ? new SubwordVocabulary(ids) : throw new TokenizerFileException(path, "it is empty; fetch the file again.");
    }

    /// <summary>Reads a <c>vocab.json</c>: one object from piece to id.</summary>
    /// <exception cref="TokenizerFileException">The file is no such object.</exception>
    public static SubwordVocabulary ReadJson(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var document = TokenizerJson.Parse(path);
        return FromJson(path, document.RootElement, []);
    }

    internal static SubwordVocabulary FromJson(string path, JsonElement entries, IEnumerable<AddedToken> added)
    {
        if (entries.ValueKind != JsonValueKind.Object)
            throw new TokenizerFileException(path, "its vocabulary is no object from piece to id; fetch the file again.");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var used = new HashSet<int>();
        foreach (var entry in entries.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id) || id < 0 || !used.Add(id))
                throw new TokenizerFileException(
                    path, $"'{Shorten(entry.Name)}' has the id {Shorten(entry.Value.GetRawText())}, which is no number of its own; fetch the file again.");
            ids[entry.Name] = id;
        }
        foreach (var token in added)
        {
            if (ids.TryAdd(token.Content, token.Id) && !used.Add(token.Id))
                throw new TokenizerFileException(
                    path, $"the added token '{Shorten(token.Content)}' has the id {token.Id} of another; fetch the file again.");
        }
        var (last, largest) = ids.Count == 0 ? default : ids.MaxBy(entry => entry.Value);
        if (largest >= (long)WidestGaps * ids.Count + FreeIds)
            throw new TokenizerFileException(
                path, $"'{Shorten(last)}' has the id {largest} in a vocabulary of {ids.Count} pieces; fetch the file again.");
        return ids.Count > 0 ? new SubwordVocabulary(ids) : throw new TokenizerFileException(path, "its vocabulary is empty; fetch the file again.");
    }

    /// <summary>The beginning of a value, for a message.</summary>
    internal static string Shorten(string value) => value.Length <= LongestShown ? value : value[..LongestShown] + "…";
}

/// <summary>A token that is recognised in raw text as a whole, before anything is split or lower-cased.</summary>
/// <param name="Content">Its spelling.</param>
/// <param name="Id">Its id.</param>
/// <param name="TakesBlanksBefore">Whether it swallows the white space on its left.</param>
/// <param name="TakesBlanksAfter">Whether it swallows the white space on its right.</param>
public readonly record struct AddedToken(string Content, int Id, bool TakesBlanksBefore = false, bool TakesBlanksAfter = false);
