using System.Security.Cryptography;

namespace Auricle.Cli.Outputs;

/// <summary>A file that counts when it is whole: it is written beside its place first, so that an earlier one survives whatever goes wrong.</summary>
internal sealed class AtomicOutput : IDisposable
{
    /// <summary>What the names of files beside outputs begin with.</summary>
    public const string Prefix = ".auricle-";

    private readonly OutputPath _path;
    private readonly string _option;
    private readonly FileStream? _earlier;
    private readonly FileStream _file;
    private string? _partial;

    private AtomicOutput(OutputPath path, string option)
    {
        _path = path;
        _option = option;
        if (path.Kind == FileKind.Stream)
        {
            _file = new FileStream(path.Target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            return;
        }
        Directory.CreateDirectory(path.Folder);
        _earlier = path.LockExisting();
        try
        {
            var partial = Path.Combine(path.Folder, Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)));
            _file = path.CreateBeside(partial);
            _partial = partial;
        }
        catch
        {
            _earlier?.Dispose();
            throw;
        }
    }

    /// <summary>Begins a file; its folder is made where it does not exist.</summary>
    /// <param name="name">The path.</param>
    /// <param name="option">The option that names it, for messages.</param>
    /// <exception cref="CommandException">It is a folder, is written by another run, or nothing can be made beside it.</exception>
    public static AtomicOutput To(string name, string option)
    {
        var path = OutputPath.Find(name, option);
        try
        {
            return new AtomicOutput(path, option);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(name, option, error);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file.Write(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(_path.Name, _option, error);
        }
    }

    /// <summary>Lets others write, who take a stream.</summary>
    public void Write(Action<Stream> work) => Try(() => work(_file));

    /// <summary>Puts the file in its place.</summary>
    public void Complete() => Try(() =>
    {
        if (_partial is null)
            return;
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        File.Move(_partial, _path.Target, overwrite: true);
        _partial = null;
    });

    /// <summary>Leaves no part behind of a file that is not whole.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _earlier?.Dispose();
        if (_partial is not null)
            OutputPath.TryDelete(_partial);
    }

    private static CommandException NotWritten(string name, string option, Exception error) =>
        CommandException.NotWritten(name, error, $"make room or name another place with {option}");

    private void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(_path.Name, _option, error);
        }
    }
}
