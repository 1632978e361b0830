using Auricle.Search.Embedded;
using Auricle.Search.Postgres;

namespace Auricle.Search;

/// <summary>Opens indexes: a folder on this machine, or a schema of a PostgreSQL database with pgvector.</summary>
public static class SoundIndex
{
    /// <summary>
    /// The index that is meant where none is named: the folder that <c>AURICLE_INDEX</c> names, else <c>auricle/index</c> in the user's folder for
    /// data.
    /// </summary>
    public static string DefaultLocation =>
        Environment.GetEnvironmentVariable("AURICLE_INDEX") is { Length: > 0 } named ? named
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } data ? data
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share"),
            "auricle", "index");

    /// <summary>Opens an index to search in it.</summary>
    /// <param name="location">A folder, or an address as <c>postgres://user:password@host/database?schema=auricle</c>.</param>
    /// <exception cref="IndexException">There is none, or it cannot be read.</exception>
    public static ISoundIndex Open(string location) =>
        DatabaseAddress.Is(Checked(location)) ? PostgresIndex.Open(location, forWriting: false) : FolderIndex.Open(location, forWriting: false);

    /// <summary>Opens an index to change it, as its only writer.</summary>
    /// <param name="location">A folder, or an address as <c>postgres://user:password@host/database?schema=auricle</c>.</param>
    /// <exception cref="IndexException">There is none, it cannot be written, or another program writes it.</exception>
    public static ISoundIndex OpenForWriting(string location) =>
        DatabaseAddress.Is(Checked(location)) ? PostgresIndex.Open(location, forWriting: true) : FolderIndex.Open(location, forWriting: true);

    /// <summary>Opens an index to add files, as its only writer, and makes it where there is none.</summary>
    /// <param name="location">A folder, or an address as <c>postgres://user:password@host/database?schema=auricle</c>.</param>
    /// <param name="settings">The model, and how files are cut.</param>
    /// <param name="rebuild">Whether an index that is there is emptied first, whoever made it.</param>
    /// <exception cref="IndexMismatchException">The index was made by another model or with other lengths.</exception>
    /// <exception cref="IndexException">It cannot be written, or another program writes it.</exception>
    public static ISoundIndex Create(string location, IndexSettings settings, bool rebuild = false)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return DatabaseAddress.Is(Checked(location)) ? PostgresIndex.Create(location, settings, rebuild) : FolderIndex.Create(location, settings, rebuild);
    }

    /// <summary>Whether there is an index at a place.</summary>
    public static bool Exists(string location) => DatabaseAddress.Is(Checked(location)) ? PostgresIndex.Exists(location) : FolderIndex.Exists(location);

    private static string Checked(string location)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(location);
        return location;
    }
}
