using System.Runtime.InteropServices;
using System.Text.Json;
using Auricle.Testing;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Tests;

/// <summary>Stores of the weights that fixtures are made with.</summary>
internal static class HashStore
{
    /// <summary>A store as a checkpoint fills it: for prediction only, so that models may fold and pack what they load.</summary>
    /// <param name="build">Builds the model, to list its weights.</param>
    /// <param name="value">The values of a weight by name and shape.</param>
    public static WeightStore Load(Action<Weights> build, Func<string, long[], float[]> value)
    {
        using var shapes = WeightStore.Shapes();
        build(shapes.Root);
        return WeightStore.Load(Stored([.. shapes.Entries.Select(entry => (entry.Name, entry.Tensor.Shape.ToArray()))], value));
    }

    /// <summary>
    /// A network whose weights have the hash values of their names, for prediction or for training. Quicker than <see cref="Load"/>, for
    /// networks that fold nothing when they are built.
    /// </summary>
    /// <param name="build">Makes the network.</param>
    /// <param name="seed">The fixtures' seed.</param>
    /// <param name="network">The network.</param>
    /// <param name="isTrainable">Whether it records gradients.</param>
    public static WeightStore Create<T>(Func<Weights, T> build, int seed, out T network, bool isTrainable = false)
    {
        var store = WeightStore.Load(new Dictionary<string, StoredTensor>(), isTrainable: isTrainable);
        network = build(store.Root);
        Parallel.ForEach(store.Entries, entry => HashWeights.Weight(entry.Name, entry.Tensor.Shape, seed).CopyTo(entry.Tensor.Span<float>()));
        return store;
    }

    /// <summary>The tensors of a file of fixtures.</summary>
    public static IReadOnlyDictionary<string, StoredTensor> Fixture(string folder, string name) =>
        SafetensorsFile.Read(Path.Combine(Fixtures.Folder(folder), name + ".safetensors"), out _);

    /// <summary>Tensors as a checkpoint holds them.</summary>
    /// <param name="entries">Their names and shapes.</param>
    /// <param name="value">The values of a tensor by name and shape.</param>
    public static IReadOnlyDictionary<string, StoredTensor> Stored(IReadOnlyList<(string Name, long[] Shape)> entries, Func<string, long[], float[]> value)
    {
        var file = Path.GetTempFileName();
        try
        {
            SafetensorsFile.Write(file, entries.AsParallel().AsOrdered().Select(entry => new SafetensorsEntry(
                entry.Name, DType.Float32, entry.Shape, MemoryMarshal.AsBytes<float>(value(entry.Name, entry.Shape)).ToArray())).ToList());
            return SafetensorsFile.Read(file, out _);
        }
        finally
        {
            // The mapping keeps the values; the name is no longer needed.
            File.Delete(file);
        }
    }

    /// <summary>Names and shapes that a fixture's <c>state_dict_keys.json</c> lists for a variant.</summary>
    /// <param name="folder">The fixture's folder.</param>
    /// <param name="variant">The variant.</param>
    public static IReadOnlyList<(string Name, long[] Shape)> Entries(string folder, string variant)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder(folder), "state_dict_keys.json")));
        return [.. document.RootElement.GetProperty(variant).EnumerateObject()
            .Select(entry => (entry.Name, entry.Value.EnumerateArray().Select(size => size.GetInt64()).ToArray()))];
    }

    /// <summary>The same, one a line, without those that no network reads.</summary>
    /// <param name="folder">The fixture's folder.</param>
    /// <param name="variant">The variant.</param>
    /// <param name="isExpected">Names that no network reads.</param>
    public static IEnumerable<string> Keys(string folder, string variant, Func<string, bool> isExpected) =>
        [.. Entries(folder, variant).Where(entry => !isExpected(entry.Name)).Select(entry => Line(entry.Name, entry.Shape)).Order()];

    /// <summary>The same of a model.</summary>
    /// <param name="build">Builds the model.</param>
    public static IEnumerable<string> Keys(Action<Weights> build)
    {
        using var shapes = WeightStore.Shapes();
        build(shapes.Root);
        return [.. shapes.Entries.Select(entry => Line(entry.Name, entry.Tensor.Shape)).Order()];
    }

    private static string Line(string name, ReadOnlySpan<long> shape) => $"{name} [{string.Join(", ", shape.ToArray())}]";
}
