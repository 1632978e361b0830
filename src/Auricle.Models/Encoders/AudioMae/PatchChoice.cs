using Auricle.Models.Decoders;
using Auricle.Torch;

namespace Auricle.Models.Encoders.AudioMae;

/// <summary>Some patches of each image of a batch. Images may have different numbers of them.</summary>
/// <param name="numbers">Of each image the numbers of its patches, at least one.</param>
internal sealed class PatchChoice(IReadOnlyList<int[]> numbers)
{
    /// <summary>Of each image the numbers of its patches.</summary>
    public IReadOnlyList<int[]> Numbers => numbers;

    /// <summary>The most patches of an image.</summary>
    public int Longest { get; } = numbers.Max(own => own.Length);

    /// <summary>The patches of all images together.</summary>
    public int Count { get; } = numbers.Sum(own => own.Length);

    /// <summary>Draws patches of images: a share of them is kept, the rest is taken away.</summary>
    /// <param name="counts">The patches of each image, at least two.</param>
    /// <param name="masked">The share that is taken away. What is kept is rounded down, but at least one patch is kept and one taken away.</param>
    /// <param name="random">The random numbers of an image.</param>
    public static (PatchChoice Kept, PatchChoice Removed) Split(IReadOnlyList<int> counts, double masked, Func<int, SplitMix64> random)
    {
        var shuffled = counts.Select((count, image) => Shuffled(count, random(image))).ToArray();
        int Kept(int image) => Math.Clamp((int)(counts[image] * (1 - masked)), 1, counts[image] - 1);
        return (new([.. shuffled.Select((all, image) => Ascending(all[..Kept(image)]))]), new([.. shuffled.Select((all, image) => Ascending(all[Kept(image)..]))]));
    }

    /// <summary>All patches of images that have few, and as many of the others as are asked for, drawn without repetition.</summary>
    /// <param name="counts">The patches of each image.</param>
    /// <param name="most">The most patches.</param>
    /// <param name="random">The random numbers of an image.</param>
    public static PatchChoice Draw(IReadOnlyList<int> counts, int most, Func<int, SplitMix64> random) => new([.. counts.Select((count, image) =>
        count <= most ? [.. Enumerable.Range(0, count)] : Ascending(Shuffled(count, random(image))[..most]))]);

    /// <summary>The rows of a batch: from [batch, patches, width] to [batch, longest, width].</summary>
    public Tensor OfImages(Tensor all)
    {
        using var scope = TensorScope.Begin();
        var (patches, width) = (all.Size(1), all.Size(2));
        return scope.Keep(all.Reshape(-1, width).IndexSelect(0, Places(image => image * patches).On(all.Device)).View(numbers.Count, Longest, width));
    }

    /// <summary>The rows of a table that all images share: from [patches, width] to [batch, longest, width].</summary>
    public Tensor OfTable(Tensor table)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(table.IndexSelect(0, Places(_ => 0).On(table.Device)).View(numbers.Count, Longest, table.Size(1)));
    }

    /// <summary>[batch, longest], true behind the patches of an image.</summary>
    public Tensor Padding(Device device)
    {
        var padding = new bool[numbers.Count * Longest];
        for (var image = 0; image < numbers.Count; image++)
            padding.AsSpan(image * Longest + numbers[image].Length, Longest - numbers[image].Length).Fill(true);
        return Tensor.From<bool>(padding, numbers.Count, Longest).On(device);
    }

    /// <summary>What attention adds to its scores, or nothing where all images have equally many.</summary>
    public Tensor? Bias(Device device) => Count == numbers.Count * Longest ? null : TransformerDecoder.Additive(Padding(device));

    private Tensor Places(Func<int, long> start)
    {
        var places = new long[numbers.Count * Longest];
        for (var image = 0; image < numbers.Count; image++)
        {
            // Behind them stands the first patch again, to which nothing attends.
            for (var i = 0; i < Longest; i++)
                places[image * Longest + i] = start(image) + (i < numbers[image].Length ? numbers[image][i] : 0);
        }
        return Tensor.From<long>(places, places.Length);
    }

    private static int[] Shuffled(int count, SplitMix64 random)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        random.Shuffle(all);
        return all;
    }

    private static int[] Ascending(int[] some)
    {
        Array.Sort(some);
        return some;
    }
}
