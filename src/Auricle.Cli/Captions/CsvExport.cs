using Auricle.Cli.Outputs;

namespace Auricle.Cli.Captions;

/// <summary>The table that CoNeTTE's own command writes: base name, task and caption, with the line ends of RFC 4180.</summary>
internal sealed class CsvExport : IDisposable
{
    private const string Option = "--csv_export";
    private static readonly string[] Header = ["audio", "task", "candidate"];
    private readonly RowOutput _output;
    private readonly List<string[]> _restored = [];
    private readonly bool _resume;

    /// <summary>A new table.</summary>
    /// <param name="output">Where it goes.</param>
    public CsvExport(RowOutput output)
    {
        _output = output;
        _output.Preamble = CsvText.Record(Header, CsvDialect.Rfc4180);
    }

    /// <summary>
    /// A table that an earlier run began. It is written anew from the main output, which may hold rows that did not reach it, and takes the
    /// place of the earlier one at the end.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="earlier">What the main output holds; <see langword="null"/> where it is subtitles, so that the table itself is all there is.</param>
    /// <param name="isOfAnotherRun">Whether the file is older than the run that is gone on from, and is replaced like any file.</param>
    /// <exception cref="CommandException">The file is something else.</exception>
    public CsvExport(string path, IReadOnlyList<EarlierClip>? earlier, bool isOfAnotherRun) : this(RowOutput.To(path, Option))
    {
        _resume = true;
        try
        {
            var found = isOfAnotherRun ? [] : Found(path, _output.ReadEarlier());
            _restored = earlier is null ? found : [.. earlier.Select(clip => Row(clip.File, clip.Task, clip.Caption))];
            // Behind the rows that the main output holds, one more may stand: of the sound that is described again.
            var excess = found.Count > _restored.Count + 1 || found.Zip(_restored).Any(pair => !pair.First.SequenceEqual(pair.Second));
            if (excess)
                throw CommandException.Usage($"'{path}' holds other rows than the output that is gone on from; name another file with {Option}.");
        }
        catch
        {
            _output.Dispose();
            throw;
        }
    }

    /// <summary>Whether a sound is in the table already.</summary>
    public bool Contains(string file) => _restored.Exists(row => row[0] == Path.GetFileName(file));

    /// <summary>Makes sure that the table is begun before the first row of the main output is written.</summary>
    public void Begin()
    {
        _output.Begin();
        _restored.ForEach(row => _output.Write(CsvText.Record(row, CsvDialect.Rfc4180)));
        _restored.Clear();
    }

    public void Write(CaptionResult result) =>
        _output.Write(CsvText.Record(Row(result.File ?? "", result.Task, result.Caption), CsvDialect.Rfc4180));

    /// <summary>Ends the table.</summary>
    /// <param name="isWhole">Whether the run came to its end; a table that was gone on from is put in its place also after an interruption.</param>
    public void Complete(bool isWhole)
    {
        if (_resume)
            Begin();
        if (isWhole || _resume)
            _output.Complete();
    }

    public void Dispose() => _output.Dispose();

    private static string[] Row(string file, string task, string caption) => [Path.GetFileName(file), task, caption];

    private static List<string[]> Found(string path, byte[] bytes)
    {
        var records = CsvText.Read(bytes, out var dialect);
        var isOurs = records.Count > 0
            ? records[0].Fields.SequenceEqual(Header)
            : CsvText.Record(Header, dialect).StartsWith(System.Text.Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').TrimEnd('\r'), StringComparison.Ordinal);
        if (!isOurs || records.Exists(record => record.Fields.Length != Header.Length))
            throw CommandException.Usage($"'{path}' does not hold a table with the header {string.Join(',', Header)}, so it cannot be resumed; name another file with {Option}.");
        return [.. records.Skip(1).Select(record => record.Fields)];
    }
}
