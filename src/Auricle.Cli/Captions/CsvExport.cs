namespace Auricle.Cli.Captions;

/// <summary>The table that CoNeTTE's own command writes: base name, task and caption, with the line ends of RFC 4180.</summary>
internal sealed class CsvExport : IDisposable
{
    private const string LineEnd = "\r\n";
    private static readonly string[] Header = ["audio", "task", "candidate"];
    private readonly RowOutput _output;

    /// <param name="path">The file to write.</param>
    /// <param name="resume">Whether rows of an earlier run stay.</param>
    public CsvExport(string path, bool resume)
    {
        var kept = 0;
        if (resume && File.Exists(path))
        {
            var records = CsvText.Read(File.ReadAllBytes(path), out kept);
            if (records.Count > 0 && !records[0].SequenceEqual(Header))
                throw CommandException.Usage($"'{path}' does not begin with the header {string.Join(',', Header)}, so it cannot be resumed; name another file with --csv_export.");
        }
        _output = RowOutput.To(path, kept);
        if (kept == 0)
            _output.Write(CsvText.Record(Header, LineEnd));
    }

    public void Write(CaptionResult result) =>
        _output.Write(CsvText.Record([Path.GetFileName(result.File ?? ""), result.Task, result.Caption], LineEnd));

    public void Dispose() => _output.Dispose();
}
