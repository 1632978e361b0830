using Auricle.Torch;

namespace Auricle.Training;

/// <summary>What the one training loop needs to know of a task: a model, its data, its loss and its score.</summary>
public interface ITrainingTask : IDisposable
{
    /// <summary>The tensors the loop trains, averages and keeps in checkpoints.</summary>
    IReadOnlyList<Weight> Weights { get; }

    /// <summary>Examples in one epoch.</summary>
    long ExamplesPerEpoch { get; }

    /// <summary>The validation measurement that decides which checkpoint is best, for example <c>val_score</c>; greater is better.</summary>
    string Monitor { get; }

    /// <summary>The sounds that could not be read so far; <see langword="null"/> where a run does not go on without them.</summary>
    SkippedClips? Skipped => null;

    /// <summary>Whether weight decay applies to a parameter: to tables, unless a task says otherwise.</summary>
    bool Decays(Weight weight) => weight.Tensor.Dimensions > 1;

    /// <summary>The mean loss of a batch, with its graph, in the caller's scope.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="first">The number of the batch's first example in the epoch.</param>
    /// <param name="count">Examples in the batch.</param>
    Tensor Loss(int epoch, long first, int count);

    /// <summary>Measures the model on validation data; names begin with <c>val_</c>.</summary>
    IReadOnlyList<KeyValuePair<string, double>> Validate(CancellationToken cancellationToken);

    /// <summary>Writes the model as it stands into a folder that <c>auricle</c> can load.</summary>
    void Export(string folder);
}
