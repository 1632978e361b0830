using System.Text;

namespace Auricle.Cli.Captions;

/// <summary>Where rows go: standard output or a file. Each write is complete when it returns, so that nothing is lost to an interruption.</summary>
internal sealed class RowOutput : IDisposable
{
    private readonly TextWriter? _writer;
    private readonly FileStream? _file;
    private readonly string _name;

    private RowOutput(TextWriter? writer, FileStream? file, string name)
    {
        _writer = writer;
        _file = file;
        _name = name;
    }

    /// <summary>Whether what was written last can be taken back: a regular file.</summary>
    public bool CanRewind => _file is { CanSeek: true };

    public static RowOutput To(TextWriter writer) => new(writer, null, "standard output");

    /// <summary>Opens a file, keeping its first bytes.</summary>
    /// <param name="path">The file, made where it does not exist; its folder as well.</param>
    /// <param name="keep">How many bytes of an earlier run stay.</param>
    public static RowOutput To(string path, long keep = 0)
    {
        FileStream? file = null;
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
                Directory.CreateDirectory(folder);
            // No buffer: a row that does not fit on the disk fails in its own write.
            file = new FileStream(path, keep == 0 ? FileMode.Create : FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0);
            if (keep > 0)
            {
                file.SetLength(keep);
                file.Position = keep;
            }
            return new RowOutput(null, file, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw Failed(path, error);
        }
    }

    public void Write(string text)
    {
        try
        {
            if (_writer is not null)
            {
                _writer.Write(text);
                _writer.Flush();
            }
            else
            {
                _file!.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed(_name, error);
        }
    }

    /// <summary>Writes what the next <see cref="Write"/> replaces.</summary>
    public void WriteProvisional(string text)
    {
        var position = _file!.Position;
        Write(text);
        _file.Position = position;
    }

    public void Dispose() => _file?.Dispose();

    public static CommandException Failed(string name, Exception error) => CommandException.NotWritten(
        name, error, "make room or name another place with --output, and finished rows are not done again with --resume");
}
