using Auricle.Data.Layouts;

namespace Auricle.Data;

/// <summary>The layout of a published data set on disk, and how it is read.</summary>
public abstract class DataLayout
{
    // How splits are called elsewhere, so that one word suits every set.
    private static readonly string[][] SplitNames =
    [
        ["train", "training", "dev", "development"],
        ["val", "valid", "validation"],
        ["test", "eval", "evaluation"],
    ];

    private protected DataLayout(string name, string title, string files, params string[] splits) => (Name, Title, Files, Splits) = (name, title, files, splits);

    /// <summary>Every layout; one line brings a data set into the house.</summary>
    public static IReadOnlyList<DataLayout> All { get; } =
    [
        new ClothoLayout(),
        new AudioCapsLayout("audiocaps", "AudioCaps", "dataset"),
        new AudioCapsLayout("audiocaps-v2", "AudioCaps 2.0", "dataset2.0"),
        new MacsLayout(),
        new WavCapsLayout(),
        new AudioSetLayout(),
        new Esc50Layout(),
        new UrbanSound8KLayout(),
        new Tut2017Layout(),
        new VggSoundLayout(),
        new ConetteHdfLayout(),
        new ParquetLayout(),
        new ShardLayout(),
        new PlainLayout(),
    ];

    /// <summary>What it is called on the command line and in recipes.</summary>
    public string Name { get; }

    /// <summary>What people call it.</summary>
    public string Title { get; }

    /// <summary>What is expected in its folder, for messages and lists.</summary>
    public string Files { get; }

    /// <summary>Its splits; empty where it has none of its own.</summary>
    public IReadOnlyList<string> Splits { get; }

    /// <summary>Whether its root may be a file.</summary>
    public virtual bool TakesFile => false;

    /// <summary>What its authors publish of it at fixed addresses; empty where each user must ask for it.</summary>
    public IReadOnlyList<DataSource> Sources => DataSource.Of(Name);

    /// <summary>Whether its sounds are clips of videos, which a program may fetch one by one (<see cref="VideoClips"/>).</summary>
    public virtual bool HasVideoClips => false;

    /// <summary>The layout of a name.</summary>
    /// <exception cref="DataSetException">There is none.</exception>
    public static DataLayout Find(string name) => All.FirstOrDefault(layout => layout.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new DataSetException(name, $"There is no data set '{name}'; those that are read are {string.Join(", ", All.Select(layout => layout.Name))}.");

    /// <summary>Reads what is there. Sounds are looked for, not opened.</summary>
    /// <param name="root">The folder of the set; for packed and plain ones perhaps a file.</param>
    /// <param name="options">What is read.</param>
    /// <exception cref="DataSetException">The folder holds no such set, a table is damaged, or more sounds are missing than is allowed.</exception>
    public DataSet Read(string root, DataReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        options ??= new DataReadOptions();
        if (!Directory.Exists(root) && !(TakesFile && File.Exists(root)))
            throw new DataSetException(root, $"There is no folder '{root}'; give that of {Title}: {Files}.");
        var builder = new DataSetBuilder(this, root, options);
        try
        {
            Read(builder);
            return builder.Build();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            builder.File?.Dispose();
            throw new DataSetException(root, $"'{root}' cannot be read ({error.Message}); check the disk and its permissions.", innerException: error);
        }
        catch
        {
            builder.File?.Dispose();
            throw;
        }
    }

    internal abstract void Read(DataSetBuilder set);

    /// <summary>The splits that are asked for, as this set calls them.</summary>
    /// <exception cref="DataSetException">The set has no such split.</exception>
    internal IReadOnlyList<string> Chosen(DataReadOptions options) => options.Splits.Count == 0 ? Splits : [.. options.Splits.Select(name =>
        Splits.FirstOrDefault(split => IsSame(split, name)) ?? throw new DataSetException(
            name, Splits.Count == 0 ? $"{Title} has no splits; leave '{name}' out." : $"{Title} has no split '{name}'; it has {string.Join(", ", Splits)}."))];

    /// <summary>Whether two names stand for one split.</summary>
    public static bool IsSame(string split, string name) => split.Equals(name, StringComparison.OrdinalIgnoreCase)
        || Array.Exists(SplitNames, names => names.Contains(split.ToLowerInvariant()) && names.Contains(name.ToLowerInvariant()));
}
