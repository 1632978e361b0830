using System.Text;

namespace Auricle.Reading;

/// <summary>What is wrong with a file, in the parts of a sentence that its reader puts together and throws as an exception of its own.</summary>
/// <param name="What">What is wrong, behind the file's name or "it": "is no JSON at line 3 (…)".</param>
public sealed record FileProblem(string What)
{
    /// <summary>What to do about it, where that is not what the reader always says.</summary>
    public string? Remedy { get; init; }

    /// <summary>The line, from 1, where one is known.</summary>
    public int? Line { get; init; }

    /// <summary>What was thrown below.</summary>
    public Exception? Inner { get; init; }
}

/// <summary>
/// Reads files that people bring: never more than so many bytes, whatever the file is (a device that never ends, too), and no exception
/// leaves but the reader's own.
/// </summary>
public static class WholeFile
{
    private const int Step = 1 << 16;

    // The path that stands for standard input.
    private const string StandardInput = "-";
    private static readonly TimeSpan PipeWait = TimeSpan.FromSeconds(5);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes of a file.</summary>
    /// <param name="path">The file; a pipe, which must have a writer; or <c>-</c> for standard input.</param>
    /// <param name="limit">The most bytes.</param>
    /// <param name="fault">Makes the reader's exception.</param>
    public static ReadOnlyMemory<byte> Read(string path, int limit, Func<FileProblem, Exception> fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        try
        {
            using var file = Open(path, fault);
            var known = file.CanSeek ? file.Length : 0;
            if (known > limit)
                throw fault(TooLong(limit));
            var content = new MemoryStream((int)known);
            var buffer = new byte[(int)Math.Min(Step, limit + 1L)];
            while (file.Read(buffer) is var count && count > 0)
            {
                if (content.Length + count > limit)
                    throw fault(TooLong(limit));
                content.Write(buffer, 0, count);
            }
            return content.GetBuffer().AsMemory(0, (int)content.Length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw fault(new($"cannot be read ({error.Message.Split(" : '")[0].TrimEnd('.')})") { Remedy = "check its name and permissions", Inner = error });
        }
    }

    /// <summary>The text of a file in UTF-8, or in what its byte order mark says.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes.</param>
    /// <param name="fault">Makes the reader's exception.</param>
    public static string ReadText(string path, int limit, Func<FileProblem, Exception> fault)
    {
        var bytes = Read(path, limit, fault);
        try
        {
            using var reader = new StreamReader(new MemoryStream(bytes.ToArray(), writable: false), Strict, detectEncodingFromByteOrderMarks: true);
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException error)
        {
            throw fault(NotUtf8(error));
        }
    }

    private static Stream Open(string path, Func<FileProblem, Exception> fault)
    {
        if (path == StandardInput)
            return Console.OpenStandardInput();
        return PathKinds.Of(path) == PathKind.Pipe
            ? PathKinds.OpenPipe(path, PipeWait) ?? throw fault(new($"is a pipe that nobody wrote into for {PipeWait.TotalSeconds} s") { Remedy = "start the writer first, or name a file" })
            : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    internal static FileProblem NotUtf8(Exception? inner = null) =>
        new("is no text in UTF-8") { Remedy = "convert it, for example with: iconv -f WINDOWS-1252 -t UTF-8", Inner = inner };

    private static FileProblem TooLong(int limit) => new(limit >= 1 << 20 ? $"has more than {limit >> 20} MB" : $"has more than {limit} bytes")
    {
        Remedy = "check that it is the right file",
    };
}
