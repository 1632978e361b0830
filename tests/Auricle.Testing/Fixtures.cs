namespace Auricle.Testing;

/// <summary>Finds the reference numbers and data that tests compare against.</summary>
public static class Fixtures
{
    /// <summary>The repository's root folder: the one that holds <c>Auricle.slnx</c>.</summary>
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>
    /// The shared folder beside the repository (fetched audio, vocabularies, data), or <see langword="null"/> where there is none.
    /// </summary>
    public static string? SharedRoot { get; } = FindShared();

    /// <summary>The published checkpoint of EfficientAT's mn04; for tests that need the shared folder.</summary>
    public static string Mn04 => Path.Combine(SharedRoot!, "data", "checkpoints", "efficientat-mn04", "mn04_as_mAP_432.pt");

    /// <summary>
    /// A folder of fixtures by name (for example <c>conette</c>): under <c>AURICLE_FIXTURES</c> if that is set, else
    /// under <c>../shared/fixtures</c>, else the copy in <c>tests/fixtures</c>.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">None of the places has the folder.</exception>
    public static string Folder(string name)
    {
        var candidates = new List<string>();
        if (Environment.GetEnvironmentVariable("AURICLE_FIXTURES") is { Length: > 0 } root)
            candidates.Add(Path.Combine(root, name));
        if (SharedRoot is not null)
            candidates.Add(Path.Combine(SharedRoot, "fixtures", name));
        candidates.Add(Path.Combine(RepositoryRoot, "tests", "fixtures", name));
        return candidates.Find(Directory.Exists)
            ?? throw new DirectoryNotFoundException($"No fixture folder '{name}'; looked in {string.Join(", ", candidates)}.");
    }

    /// <summary>The seed of a folder's weights and inputs, as its <c>inputs.json</c> says.</summary>
    /// <param name="folder">The folder, as for <see cref="Folder"/>.</param>
    public static int Seed(string folder) => FixtureInputs.Read(folder).Seed;

    private static string FindRepositoryRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Auricle.slnx")))
                return folder;
        }
        throw new DirectoryNotFoundException($"No Auricle.slnx above '{AppContext.BaseDirectory}'.");
    }

    private static string? FindShared()
    {
        var path = Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared"));
        return Directory.Exists(path) ? path : null;
    }
}
