using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models;

/// <summary>How a model is loaded.</summary>
public sealed record ModelLoadOptions
{
    /// <summary>The element type of matrix products; float32 as the references have it.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Where the model computes; the processor by default.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>Whether the weights record gradients, to train the model further.</summary>
    public bool IsTrainable { get; init; }

    /// <summary>
    /// A file with the weights of the audio encoder alone, for checkpoints that hold the rest only; <see langword="null"/> where the
    /// model has its own.
    /// </summary>
    public string? EncoderFile { get; init; }

    /// <summary>The folder or file of the tokenizer, for checkpoints that come without one.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The folder of the text encoder, for systems that are stored without theirs.</summary>
    public string? TextEncoder { get; init; }

    /// <summary>
    /// With a seed, systems whose authors crop long clips at random places do so too; a clip's place depends on the seed and its length
    /// alone. Without, all of a clip is heard.
    /// </summary>
    public int? CropSeed { get; init; }

    /// <summary>
    /// What a checkpoint is computed as, where two published implementations of one system differ and the tensors do not tell which is meant
    /// (<see cref="Families.ModelFamily.Profiles"/>); <see langword="null"/> takes the first.
    /// </summary>
    public string? Profile { get; init; }

    /// <summary>A file with a label in each line, or CSV or JSON as AudioSet's, in place of the labels that belong to the checkpoint.</summary>
    public string? LabelsFile { get; init; }

    /// <summary>Set where a model is only looked at: its weights are not read.</summary>
    internal ModelInspection? Inspection { get; init; }

    /// <summary>The element type that the precision comes to.</summary>
    internal DType Compute => PrecisionSupport.Resolve(Precision, Device);

    /// <summary>The store of a checkpoint's tensors, under the model's own names.</summary>
    internal WeightStore Open(IReadOnlyDictionary<string, StoredTensor> stored, string file) =>
        Inspection is null ? WeightStore.Load(stored, file, IsTrainable, Device) : WeightStore.Inspect(stored, file);

    /// <summary>Looks whether the checkpoint had every weight that the model asked for, and no other.</summary>
    /// <exception cref="WeightsException">It did not, and the model is not only looked at.</exception>
    internal void Check(WeightStore store, Func<string, bool> isExpected)
    {
        if (Inspection is null)
            store.ThrowIfMismatched(isExpected);
        else
            (Inspection.Store, Inspection.Differences) = (store, store.Differences(isExpected));
    }

    /// <summary>Builds a model on a checkpoint's tensors; the store is released where that fails.</summary>
    internal TModel Build<TModel>(
        IReadOnlyDictionary<string, StoredTensor> stored, string file, Func<string, bool> isExpected, Func<WeightStore, TModel> build)
    {
        var store = Open(stored, file);
        try
        {
            var model = build(store);
            Check(store, isExpected);
            return model;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }
}

/// <summary>What is found out about a model whose weights are not read.</summary>
internal sealed class ModelInspection
{
    public WeightStore? Store { get; set; }

    public WeightDifferences? Differences { get; set; }
}
