using System.Text;

namespace Auricle.Cli.Outputs;

/// <summary>
/// Where rows go as they come: standard output or a file. Each write is complete when it returns, so that nothing is lost to an interruption.
/// <para>
/// Where a file holds something already, a new run writes its rows beside it (<c>.auricle-….part</c>) and puts them in its place when it
/// has ended; a run that goes on from the file appends to it. A run that was killed leaves its rows in the part, where <c>--resume</c> finds them.
/// </para>
/// </summary>
internal sealed class RowOutput : IDisposable
{
    private readonly TextWriter? _writer;
    private readonly OutputPath? _path;
    private readonly string _option;
    private readonly FileStream? _locked;
    private readonly string? _part;
    private readonly bool _created;
    private FileStream? _file;
    private long _keep;
    private bool _begun;

    private RowOutput(TextWriter writer) => (_writer, _option) = (writer, "--output");

    private RowOutput(OutputPath path, string option, bool resume)
    {
        _path = path;
        _option = option;
        if (path.Kind == FileKind.Stream)
        {
            _file = new FileStream(path.Target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            return;
        }
        Directory.CreateDirectory(path.Folder);
        var part = path.Beside("part");
        // A link under this name is none of ours, whatever it leads to.
        var hasPart = FileIdentity.KindOf(part, follow: false) == FileKind.File;
        _created = path.Kind == FileKind.None;
        _locked = path.LockOrCreate();
        if (resume ? hasPart : _locked.Length > 0)
            _part = part;
        GoesOnFromPart = resume && hasPart;
    }

    /// <summary>Written before the first row of a new file.</summary>
    public string Preamble { get; set; } = "";

    /// <summary>How the rows are made, kept beside the file for a run that goes on; <see langword="null"/> where none can.</summary>
    public RunRecord? Record { get; set; }

    /// <summary>Whether this run goes on with the rows that another left beside the file.</summary>
    public bool GoesOnFromPart { get; }

    /// <summary>Whether what was written last can be taken back: a regular file.</summary>
    public bool CanRewind => _locked is not null;

    /// <summary>Where the rows are until the run has ended: the file, or the part beside it.</summary>
    public string Place => _part ?? _path?.Name ?? "standard output";

    public static RowOutput To(TextWriter writer) => new(writer);

    /// <summary>Opens a file and takes it for this run alone.</summary>
    /// <param name="path">The file, made where it does not exist; its folder as well.</param>
    /// <param name="option">The option that names it, for messages.</param>
    /// <param name="resume">Whether rows of an earlier run stay.</param>
    public static RowOutput To(string path, string option, bool resume = false)
    {
        try
        {
            return new RowOutput(OutputPath.Find(path, option), option, resume);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CommandException.NotWritten(path, error, $"make room or name another place with {option}");
        }
    }

    /// <summary>What an earlier run wrote.</summary>
    public byte[] ReadEarlier()
    {
        try
        {
            if (GoesOnFromPart)
                return File.ReadAllBytes(_part!);
            var bytes = new byte[_locked?.Length ?? 0];
            _locked?.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            throw CommandException.Usage(
                $"'{Place}' cannot be read to go on from it ({error.Message.Split(" : '")[0].TrimEnd('.')}); name another file with {_option}.", error);
        }
    }

    /// <summary>How the rows were made that an earlier run wrote, where it is known.</summary>
    public RunRecord? ReadRecord() => _path is null ? null : RunRecord.Read(RecordPath);

    /// <summary>Keeps the first bytes of what an earlier run wrote; the rest goes with the first row that is written.</summary>
    public void Keep(long bytes) => _keep = bytes;

    /// <summary>Writes what stands before the first row.</summary>
    public void Begin()
    {
        if (_begun)
            return;
        _begun = true;
        Try(() =>
        {
            if (_locked is not null)
            {
                Record?.Save(RecordPath, length: null);
                _file = OpenRows();
                _file.SetLength(_keep);
                _file.Position = _keep;
            }
            if (_keep == 0 && Preamble.Length > 0)
                WriteNow(Preamble);
        });
    }

    public void Write(string text)
    {
        Begin();
        Try(() => WriteNow(text));
    }

    /// <summary>Writes what the next <see cref="Write"/> replaces.</summary>
    public void WriteProvisional(string text)
    {
        Begin();
        var position = _file!.Position;
        Write(text);
        _file.Position = position;
    }

    /// <summary>Ends a run: the file holds its rows, or where there are none, what it held before.</summary>
    /// <exception cref="CommandException">The file cannot be put in its place, or is gone.</exception>
    public void Complete()
    {
        if (_locked is null || !_begun)
            return;
        Try(() =>
        {
            if (FileIdentity.Of(_part is null ? _path!.Target : _part) != FileIdentity.Of(_file!.SafeFileHandle))
            {
                throw new CommandException(
                    ExitCode.Failure, $"'{_path!.Name}' is gone: it, or its folder, was removed or replaced while rows were written to it; run the command again.");
            }
            Record?.Save(RecordPath, _file.Length);
            if (_part is null)
                return;
            _file.Flush(flushToDisk: true);
            File.Move(_part, _path!.Target, overwrite: true);
            if (Record is not null)
                File.Move(RecordPath, _path.Beside("run"), overwrite: true);
        });
    }

    public void Dispose()
    {
        _file?.Dispose();
        if (_locked is null)
            return;
        // A run without a single row leaves no file that was not there.
        if (!_begun && _created && FileIdentity.Of(_path!.Target) == FileIdentity.Of(_locked.SafeFileHandle))
            OutputPath.TryDelete(_path.Target);
        _locked.Dispose();
    }

    private string RecordPath => _path!.Beside(_part is null ? "run" : "part-run");

    private FileStream OpenRows()
    {
        if (_part is null)
            return _locked!;
        if (_keep == 0)
        {
            File.Delete(_part);
            return _path!.CreateBeside(_part);
        }
        return new FileStream(_part, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    private void WriteNow(string text)
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

    private void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is IOException and not BrokenPipeException or UnauthorizedAccessException)
        {
            throw CommandException.NotWritten(
                _path?.Name ?? "standard output", error,
                $"make room or name another place with {_option}, and finished rows are not done again with --resume");
        }
    }
}
