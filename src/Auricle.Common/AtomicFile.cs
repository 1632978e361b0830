namespace Auricle;

/// <summary>Writes files so that a reader, or a crash, sees the old content or the new, never a part.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a temporary file beside <paramref name="path"/>, forces it to the disk, and renames it over the old one.</summary>
    /// <param name="path">The file to create or replace; its folder is created where missing.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        using var file = new Replacement(path);
        using (var stream = new FileStream(file.TemporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        file.Commit();
    }

    /// <summary>As <see cref="Write(string, Action{Stream})"/>, for a text in UTF-8.</summary>
    public static void WriteText(string path, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        Write(path, stream => stream.Write(bytes));
    }

    /// <summary>As <see cref="Write(string, Action{Stream})"/>, for a writer that opens the file by its path itself.</summary>
    /// <param name="path">The file to create or replace; its folder is created where missing.</param>
    /// <param name="write">Creates the file at the temporary path it is given.</param>
    public static void Replace(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        using var file = new Replacement(path);
        write(file.TemporaryPath);
        using (var stream = new FileStream(file.TemporaryPath, FileMode.Open, FileAccess.ReadWrite))
            stream.Flush(flushToDisk: true);
        file.Commit();
    }

    private sealed class Replacement : IDisposable
    {
        private readonly string _path;

        public Replacement(string path)
        {
            _path = Path.GetFullPath(path);
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            TemporaryPath = $"{_path}.{Guid.NewGuid():n}.part";
        }

        public string TemporaryPath { get; }

        public void Commit() => File.Move(TemporaryPath, _path, overwrite: true);

        public void Dispose() => File.Delete(TemporaryPath);
    }
}
