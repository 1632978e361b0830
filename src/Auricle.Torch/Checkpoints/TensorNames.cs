namespace Auricle.Torch.Checkpoints;

/// <summary>Names of tensors as training programs save them.</summary>
public static class TensorNames
{
    // torch.compile puts this before the names of whatever it wraps, which may be a part of the model only.
    private const string Compiled = "_orig_mod.";

    // The counter that a running average of a model saves beside the model.
    private const string AverageCounter = "n_averaged";

    private static readonly string[] Wrappers = ["module.", "model."];

    /// <summary>
    /// The tensors under the names that the model itself gave them: without <c>_orig_mod.</c>, which compiling adds wherever it
    /// wraps a part, and without <c>module.</c> (parallel training, running averages) and <c>model.</c> (training frameworks) where
    /// every name begins with it.
    /// </summary>
    /// <param name="tensors">The tensors of a checkpoint; for a system whose own names all begin with such a word, leave it as it is.</param>
    /// <returns>The same dictionary where there is nothing to remove; else a new one in the same order.</returns>
    /// <exception cref="WeightsException">Two tensors would have the same name.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> WithoutWrappers(IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var names = tensors.Keys.Select(name => name.Replace(Compiled, "", StringComparison.Ordinal)).ToArray();
        while (Array.Find(Wrappers, wrapper => IsAroundAll(names, wrapper)) is { } prefix)
            names = Array.ConvertAll(names, name => name == AverageCounter ? name : name[prefix.Length..]);
        if (names.SequenceEqual(tensors.Keys))
            return tensors;
        var result = new Dictionary<string, StoredTensor>();
        foreach (var ((full, tensor), name) in tensors.Zip(names))
        {
            if (name != AverageCounter && !result.TryAdd(name, tensor))
                throw new WeightsException($"The tensor '{CheckpointError.Shorten(full)}' has the same name as another once the names of training wrappers are removed; save the model without them.") { Names = [full] };
        }
        return result;
    }

    private static bool IsAroundAll(string[] names, string wrapper)
    {
        var own = names.Where(name => name != AverageCounter).ToList();
        return own.Count > 0 && own.TrueForAll(name => name.Length > wrapper.Length && name.StartsWith(wrapper, StringComparison.Ordinal));
    }
}
