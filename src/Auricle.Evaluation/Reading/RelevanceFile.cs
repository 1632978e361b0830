using System.Text;

namespace Auricle.Evaluation;

/// <summary>A query and all sounds that people found to fit it.</summary>
/// <param name="Query">The text.</param>
/// <param name="Files">The sounds' file names, at least one.</param>
/// <param name="Line">Line of the file, from 1.</param>
public sealed record RelevantSounds(string Query, IReadOnlyList<string> Files, int Line);

/// <summary>
/// Lists of several relevant sounds for each query, as the retrieval task of DCASE 2025 gives them: a table with the columns <c>query</c> and
/// <c>audio_filenames</c>, the latter a list in Python's spelling (<c>['a.wav', "b's.wav"]</c>) or as JSON.
/// </summary>
public static class RelevanceFile
{
    private const string QueryColumn = "query";
    private const string FilesColumn = "audio_filenames";

    /// <summary>Reads the lists.</summary>
    /// <param name="path">The table.</param>
    /// <exception cref="CaptionFileException">It cannot be read, lacks a column, or a query stands twice or has no sound.</exception>
    public static IReadOnlyList<RelevantSounds> Read(string path) => CaptionCsv.Read(path, CaptionFile.ReadText(path), (csv, header) =>
    {
        var (query, files) = (header.IndexOf(QueryColumn), header.IndexOf(FilesColumn));
        if (query < 0 || files < 0)
            throw new CaptionFileException(path, $"'{path}' has the columns {CaptionCsv.Quoted(csv.Headers)}, but lists of relevant sounds need {QueryColumn} and {FilesColumn}.", 1);
        var lists = new List<RelevantSounds>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (csv.Read())
        {
            var line = (int)csv.LineNumber;
            var text = CaptionCsv.Field(csv, query).Trim();
            var names = Names(CaptionCsv.Field(csv, files)) ?? throw new CaptionFileException(
                path, $"'{path}' has no list of file names in line {line}; write one such as ['a.wav', 'b.wav'].", line);
            if (text.Length == 0 || names.Count == 0)
                throw new CaptionFileException(path, $"'{path}' has {(text.Length == 0 ? "no query" : "a query without sounds")} in line {line}; fill it in or leave the line out.", line);
            if (!known.Add(text))
                throw new CaptionFileException(path, $"'{path}' has the query '{text}' again in line {line}; leave one of them.", line);
            lists.Add(new RelevantSounds(text, names, line));
        }
        return lists.Count > 0 ? lists : throw new CaptionFileException(path, $"'{path}' has no queries; give at least one.");
    });

    /// <summary>The texts of a list; <see langword="null"/> where it is none.</summary>
    private static List<string>? Names(string list)
    {
        var rest = list.AsSpan().Trim();
        if (rest is not ['[', .., ']'])
            return null;
        rest = rest[1..^1].Trim();
        var names = new List<string>();
        while (rest.Length > 0)
        {
            var quote = rest[0];
            if (quote is not ('\'' or '"'))
                return null;
            var name = new StringBuilder();
            var place = 1;
            for (; place < rest.Length && rest[place] != quote; place++)
            {
                if (rest[place] == '\\' && place + 1 < rest.Length)
                    place++;
                name.Append(rest[place]);
            }
            if (place == rest.Length)
                return null;
            names.Add(name.ToString());
            rest = rest[(place + 1)..].TrimStart();
            if (rest.Length == 0)
                break;
            if (rest[0] != ',')
                return null;
            rest = rest[1..].TrimStart();
        }
        return names;
    }
}
