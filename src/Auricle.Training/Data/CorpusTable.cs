using CsvHelper;

namespace Auricle.Training;

/// <summary>Reads named columns of a CSV file of a corpus.</summary>
internal static class CorpusTable
{
    /// <summary>The asked columns of every row, in the asked order, with the row's line in the file.</summary>
    /// <exception cref="CorpusException">The file or a column is missing, or the text is no CSV.</exception>
    public static List<(int Line, string[] Fields)> Read(string path, params string[] columns)
    {
        if (!File.Exists(path))
        {
            throw new CorpusException($"There is no '{Path.GetFileName(path)}' in '{Path.GetDirectoryName(path)}'; give the folder of a sound corpus.")
            {
                File = path,
            };
        }
        using var csv = CsvReader.FromFile(path, new CsvReaderOptions { Separator = ',', TrackLineNumbers = true });
        var rows = new List<(int, string[])>();
        try
        {
            csv.ReadHeader();
            var header = csv.Headers;
            var missing = columns.Where(column => !header.Contains(column)).ToList();
            if (missing.Count > 0)
            {
                throw new CorpusException(
                    $"'{path}' has no column {string.Join(", ", missing.Select(column => $"'{column}'"))}; it has {string.Join(", ", header)}.")
                {
                    File = path,
                    Line = 1,
                    Columns = missing,
                };
            }
            var places = columns.Select(column => csv.GetFieldIndex(column)).ToArray();
            while (csv.Read())
                rows.Add(((int)csv.LineNumber, Array.ConvertAll(places, csv.GetString)));
        }
        catch (CsvFormatException error)
        {
            throw new CorpusException($"'{path}' is no valid CSV at line {error.LineNumber}: {error.Message.Split('\n')[0].Trim().TrimEnd('.')}.", error)
            {
                File = path,
                Line = (int)error.LineNumber,
            };
        }
        return rows;
    }
}
