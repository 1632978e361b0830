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
        var file = Path.GetTempFileName();
        try
        {
            SafetensorsFile.Write(file, shapes.Entries.Select(entry => (entry.Name, Shape: entry.Tensor.Shape.ToArray())).ToList().AsParallel().AsOrdered().Select(entry =>
                new SafetensorsEntry(entry.Name, DType.Float32, entry.Shape, MemoryMarshal.AsBytes<float>(value(entry.Name, entry.Shape)).ToArray())).ToList());
            return WeightStore.Load(SafetensorsFile.Read(file, out _), file);
        }
        finally
        {
            // The mapping keeps the values; the name is no longer needed.
            File.Delete(file);
        }
    }

    /// <summary>Names and shapes, one a line, that a fixture's <c>state_dict_keys.json</c> lists for a variant.</summary>
    /// <param name="folder">The fixture's folder.</param>
    /// <param name="variant">The variant.</param>
    /// <param name="isExpected">Names that no network reads.</param>
    public static IEnumerable<string> Keys(string folder, string variant, Func<string, bool> isExpected)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder(folder), "state_dict_keys.json")));
        return [.. document.RootElement.GetProperty(variant).EnumerateObject().Where(entry => !isExpected(entry.Name))
            .Select(entry => Line(entry.Name, [.. entry.Value.EnumerateArray().Select(size => size.GetInt64())])).Order()];
    }

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
