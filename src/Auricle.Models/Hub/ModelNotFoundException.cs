namespace Auricle.Models.Hub;

/// <summary>No model has the name, or the folder that was named holds none.</summary>
public sealed class ModelNotFoundException : ModelException
{
    /// <summary>Creates the error.</summary>
    /// <param name="name">The name or folder that was asked for.</param>
    /// <param name="knownModels">The models that would have been found.</param>
    /// <param name="searchedFolders">The folders that were looked into.</param>
    /// <param name="message">One sentence with the name, the known models and the remedy.</param>
    public ModelNotFoundException(string name, IReadOnlyList<string> knownModels, IReadOnlyList<string> searchedFolders, string message)
        : base(message)
    {
        Name = name;
        KnownModels = knownModels;
        SearchedFolders = searchedFolders;
    }

    /// <inheritdoc/>
    public override bool IsRequest => true;

    /// <summary>The name or folder that was asked for.</summary>
    public string Name { get; }

    /// <summary>The models that would have been found.</summary>
    public IReadOnlyList<string> KnownModels { get; }

    /// <summary>The folders that were looked into, in their order.</summary>
    public IReadOnlyList<string> SearchedFolders { get; }
}
