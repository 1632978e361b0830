using Auricle.Torch;
using Auricle.Torch.Checkpoints;
using Auricle.Torch.Optimisers;

namespace Auricle.Training;

/// <summary>
/// The tensors a run needs to go on as if it had never stopped: weights, moments, averages and the random state. A GPU has a
/// random state of its own, which is not kept: dropout goes on differently there.
/// </summary>
internal sealed class TrainingTensors(IReadOnlyList<Weight> weights, AdamW optimiser, WeightAverage? average)
{
    private const string FileName = "training.safetensors";
    private const string RandomState = "random_state";

    private IEnumerable<(string Name, Tensor Tensor)> All() =>
        weights.Select(weight => ("weights." + weight.Name, weight.Tensor))
            .Concat(optimiser.State.Select(entry => ("optimizer." + entry.Name, entry.Tensor)))
            .Concat((average?.State ?? []).Select(entry => ("average." + entry.Name, entry.Tensor)));

    public void Save(string folder, byte[] randomState)
    {
        var entries = All().Select(entry => SafetensorsExport.Entry(entry.Name, entry.Tensor))
            .Append(new SafetensorsEntry(RandomState, DType.UInt8, [randomState.Length], randomState));
        SafetensorsFile.Write(Path.Combine(folder, FileName), entries);
    }

    public void Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var stored = SafetensorsFile.Read(path, out _);
        using var noGrad = NoGrad.Begin();
        foreach (var (name, tensor) in All())
        {
            using var scope = TensorScope.Begin();
            if (!stored.TryGetValue(name, out var entry) || !tensor.Shape.SequenceEqual([.. entry.Shape]))
                throw new WeightsException($"The checkpoint '{path}' does not fit the recipe at '{name}'; start the run under another run.name.") { File = path, Names = [name] };
            tensor.CopyInPlace(Tensor.From(entry));
        }
        if (!stored.TryGetValue(RandomState, out var random) || random.ByteLength != TorchRuntime.RandomState.Length)
            throw new WeightsException($"The checkpoint '{path}' lacks the random state, or has one of another libtorch; start the run under another run.name.") { File = path, Names = [RandomState] };
        var state = new byte[random.ByteLength];
        random.CopyTo(state);
        TorchRuntime.RandomState = state;
    }
}
