namespace Auricle.Evaluation;

/// <summary>Phrases and what may stand for them.</summary>
internal sealed class MeteorParaphrases
{
    private readonly Dictionary<string, List<string>> _table = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    private MeteorParaphrases() => _lookup = _table.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>A table without entries.</summary>
    public static MeteorParaphrases None { get; } = new();

    /// <summary>Words of the longest phrase; 0 where the table is empty.</summary>
    public int LongestPhrase { get; private set; }

    /// <summary>Reads records of three lines: probability (not used), phrase, paraphrase.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="source">What messages call it.</param>
    public static MeteorParaphrases Read(TextReader reader, string source)
    {
        var table = new MeteorParaphrases();
        while (reader.ReadLine() is not null)
        {
            if (reader.ReadLine() is not { Length: > 0 } phrase || reader.ReadLine() is not { Length: > 0 } paraphrase)
                throw new MetricDataException($"The paraphrase table '{source}' ends inside a record of three lines; the file is cut short.");
            if (!table._table.TryGetValue(phrase, out var entries))
                table._table[phrase] = entries = [];
            entries.Add(paraphrase);
            table.LongestPhrase = Math.Max(table.LongestPhrase, phrase.AsSpan().Count(' ') + 1);
        }
        return table;
    }

    /// <summary>Paraphrases of a phrase in table order; words are joined by single blanks.</summary>
    public IReadOnlyList<string> Of(ReadOnlySpan<char> phrase) => _lookup.TryGetValue(phrase, out var entries) ? entries : [];
}
