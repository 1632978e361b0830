using System.Security.Cryptography;
using System.Text;

namespace Auricle.Cli.Outputs;

/// <summary>A place to write to: what the user named, and where that leads.</summary>
internal sealed class OutputPath
{
    private const int MostLinks = 40;

    // What a shell's redirections are called from inside; opening them anew would lose their place.
    private static readonly string[] Descriptors = ["/dev/fd/", "/proc/self/fd/", "/dev/stderr"];

    private OutputPath(string name, string target, FileKind kind)
    {
        Name = name;
        Target = target;
        Kind = kind;
    }

    /// <summary>The path as the user named it.</summary>
    public string Name { get; }

    /// <summary>The file that is written, behind any links.</summary>
    public string Target { get; }

    /// <summary>What is there now.</summary>
    public FileKind Kind { get; }

    /// <summary>The folder of <see cref="Target"/>.</summary>
    public string Folder => Path.GetDirectoryName(Path.GetFullPath(Target)) ?? "/";

    /// <summary>Whether a name stands for standard output.</summary>
    public static bool IsStandardOutput(string? name) => name is "-" or "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1";

    /// <summary>Finds out where a name leads.</summary>
    /// <param name="name">The path of a file, which need not exist.</param>
    /// <param name="option">The option that names it, for messages.</param>
    /// <exception cref="CommandException">It is a folder, or a link that leads nowhere.</exception>
    public static OutputPath Find(string name, string option)
    {
        if (IsStandardOutput(name) || Array.Exists(Descriptors, start => name.StartsWith(start, StringComparison.Ordinal)))
            return new OutputPath(name, name, FileKind.Stream);
        try
        {
            var target = name;
            for (var links = 0; FileIdentity.KindOf(target, follow: false) == FileKind.Link; links++)
            {
                if (links == MostLinks)
                    throw CommandException.Usage($"'{name}' is a link that leads in a circle; name another file with {option}.");
                target = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(target)) ?? "/", new FileInfo(target).LinkTarget!);
            }
            var kind = FileIdentity.KindOf(target);
            return kind != FileKind.Folder && !Path.EndsInDirectorySeparator(name)
                ? new OutputPath(name, target, kind)
                : throw CommandException.Usage($"'{name}' is a folder; name a file with {option}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CommandException.NotWritten(name, error, $"name another file with {option}");
        }
    }

    /// <summary>
    /// Refuses, before anything is opened, an output that is an input, a link to one, or another output of the same command.
    /// </summary>
    /// <param name="outputs">What the command writes, with the option that names each; absent ones are passed over.</param>
    /// <param name="inputs">What it reads; absent ones are passed over.</param>
    /// <exception cref="CommandException">Two of them are one file, or an output is a folder.</exception>
    public static void RefuseOverlap(IEnumerable<(string? Path, string Option)> outputs, IEnumerable<string?> inputs)
    {
        var written = new List<(string Name, string Option, string Key)>();
        foreach (var (path, option) in outputs)
        {
            if (path is null)
                continue;
            var place = Find(path, option);
            if (Key(place) is not { } key)
                continue;
            if (written.Exists(other => other.Key == key))
                throw Overlap(path, option);
            written.Add((path, option, key));
        }
        if (written.Count == 0)
            return;
        foreach (var input in inputs)
        {
            if (input is not null && FileIdentity.Of(input) is { } key && written.Find(output => output.Key == key) is { Name: not null } output)
                throw Overlap(output.Name, output.Option);
        }

        static CommandException Overlap(string name, string option) => IsStandardOutput(name)
            ? CommandException.Usage($"Standard output is used twice in this command; name a file with {option}.")
            : CommandException.Usage($"'{name}' is used twice in this command and would be written over; name another file with {option}.");
    }

    /// <summary>Writes a whole file: beside it first, then in its place, so that an earlier one survives whatever goes wrong.</summary>
    /// <param name="name">The path; its folder is made where it does not exist.</param>
    /// <param name="text">What to write, as UTF-8.</param>
    /// <param name="option">The option that names the file, for messages.</param>
    /// <exception cref="CommandException">It cannot be written; nothing is left beside it.</exception>
    public static void Write(string name, string text, string option)
    {
        using var output = AtomicOutput.To(name, option);
        output.Write(Encoding.UTF8.GetBytes(text));
        output.Complete();
    }

    /// <summary>A short hidden name beside the target that is always the same for it, so that a later run finds it.</summary>
    /// <param name="ending">What kind of file it is.</param>
    public string Beside(string ending)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(Target)));
        return Path.Combine(Folder, $"{AtomicOutput.Prefix}{Convert.ToHexStringLower(hash.AsSpan(0, 6))}.{ending}");
    }

    /// <summary>Creates a file beside the target that may be read by those who may read the target.</summary>
    /// <param name="path">Its path, where nothing is: neither an existing file is taken nor a link followed.</param>
    public FileStream CreateBeside(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 };
        if (OperatingSystem.IsWindows() || !File.Exists(Target))
            return new FileStream(path, options);
        var mode = File.GetUnixFileMode(Target);
        options.UnixCreateMode = mode & (UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var file = new FileStream(path, options);
        File.SetUnixFileMode(file.SafeFileHandle, mode);
        return file;
    }

    /// <summary>
    /// Takes the target for this process alone, where it exists: another run of Auricle that writes it is refused as long as the result is open.
    /// </summary>
    /// <exception cref="CommandException">Another run writes it.</exception>
    public FileStream? LockExisting() => File.Exists(Target) ? Lock(FileMode.Open) : null;

    /// <summary>Opens the target for this process alone, and creates it where it is absent.</summary>
    /// <exception cref="CommandException">Another run writes it.</exception>
    public FileStream LockOrCreate() => Lock(FileMode.OpenOrCreate);

    /// <summary>Removes a file where it can be removed.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What is in the way of the output has been said already.
        }
    }

    private FileStream Lock(FileMode mode)
    {
        for (var attempt = 0; ; attempt++)
        {
            FileStream file;
            try
            {
                file = new FileStream(Target, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException error) when (error.Message.Contains("another process", StringComparison.Ordinal))
            {
                throw new CommandException(ExitCode.Failure, $"'{Name}' is being written by another run of Auricle; wait for its end, or name another file.", error);
            }
            // Between opening and locking another run may have put its own file there.
            if (FileIdentity.Of(file.SafeFileHandle) == FileIdentity.Of(Target) || attempt == 10)
                return file;
            file.Dispose();
        }
    }

    /// <summary>One name for everything that is the same file; <see langword="null"/> for devices, which many may write.</summary>
    private static string? Key(OutputPath path)
    {
        if (IsStandardOutput(path.Name))
            return FileIdentity.OfDescriptor(1) ?? "standard output";
        if (path.Kind == FileKind.Stream)
            return null;
        return FileIdentity.Of(path.Target)
            ?? (FileIdentity.Of(path.Folder) is { } folder ? $"{folder}/{Path.GetFileName(path.Target)}" : Path.GetFullPath(path.Target));
    }
}
