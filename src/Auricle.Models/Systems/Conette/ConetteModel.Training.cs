using Auricle.Torch;

namespace Auricle.Models.Systems.Conette;

public sealed partial class ConetteModel
{
    /// <summary>The raw embeddings of tokens, before scale and positions.</summary>
    /// <param name="ids">[batch, length], int64.</param>
    /// <returns>[batch, length, width].</returns>
    public Tensor EmbedTokens(Tensor ids) => Decoder.Embed(ids);

    /// <summary>The logits of whole captions.</summary>
    /// <param name="memory">[batch, frames, width], from <see cref="Project"/>.</param>
    /// <param name="memoryPadding">[batch, frames], true where a frame is to be ignored; or none.</param>
    /// <param name="embedded">[batch, length, width], from <see cref="EmbedTokens"/>, possibly mixed.</param>
    /// <param name="textPadding">[batch, length], true where a token is to be ignored; or none.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <param name="attend">Called with each layer's number and its attention to the memory, [batch, heads, length, frames].</param>
    /// <returns>[batch, length, tokens].</returns>
    public Tensor Logits(Tensor memory, Tensor? memoryPadding, Tensor embedded, Tensor? textPadding, bool training, Action<int, Tensor>? attend = null) =>
        Decoder.Forward(embedded, textPadding, memory, memoryPadding, training, null, attend);

    /// <summary>The training loss of a batch: cross-entropy with label smoothing over all tokens, the mean over what is not padding.</summary>
    /// <param name="batch">Sounds and their captions.</param>
    /// <param name="mixup">How clips and embeddings are mixed; or not at all.</param>
    /// <param name="training">Whether values are dropped.</param>
    /// <param name="labelSmoothing">The target weight spread over all tokens; the configuration's by default.</param>
    /// <param name="attend">Called with each layer's number and its attention to the frames, [batch, heads, length − 1, frames].</param>
    /// <returns>A single value.</returns>
    public Tensor ConetteLoss(
        ConetteBatch batch, ConetteMixup? mixup = null, bool training = true, double? labelSmoothing = null, Action<int, Tensor>? attend = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = TensorScope.Begin();
        var logits = BatchLogits(batch, mixup, training, out var targets, attend);
        return scope.Keep(logits.Reshape(-1, logits.Size(-1)).CrossEntropyLoss(
            targets.Reshape(-1), ignoreIndex: 0, labelSmoothing: labelSmoothing ?? Config.LabelSmoothing));
    }

    /// <summary>The validation loss of each caption: the mean over its tokens, without smoothing.</summary>
    /// <returns>[batch].</returns>
    public Tensor CaptionLosses(ConetteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var logits = BatchLogits(batch, null, false, out var targets);
        var losses = logits.Transpose(1, 2).CrossEntropyLoss(targets, reduction: 0, ignoreIndex: 0); // [batch, length − 1]
        return scope.Keep(losses.Sum([1]).Div(targets.Ne(0).Sum([1])));
    }

    /// <summary>The padding of frames that clips of different lengths have in a batch.</summary>
    /// <param name="frameCounts">The frames of each clip.</param>
    /// <param name="frames">The frames of the batch.</param>
    /// <returns>[batch, frames], true beyond each clip's own frames.</returns>
    public static Tensor FramePadding(ReadOnlySpan<long> frameCounts, long frames)
    {
        using var scope = TensorScope.Begin();
        var counts = Tensor.From(frameCounts, frameCounts.Length, 1);
        return scope.Keep(Tensor.Arange(0, frames, 1, DType.Int64).Unsqueeze(0).Lt(counts).LogicalNot());
    }

    private Tensor BatchLogits(ConetteBatch batch, ConetteMixup? mixup, bool training, out Tensor targets, Action<int, Tensor>? attend = null)
    {
        var length = batch.Captions.Size(1) - 1;
        var inputs = batch.Captions.Narrow(1, 0, length);
        targets = batch.Captions.Narrow(1, 1, length);
        var frames = batch.Frames;
        var frameCounts = batch.FrameCounts.ToArray();
        var embedded = EmbedTokens(inputs);
        if (mixup is not null)
        {
            frames = mixup.Mix(frames);
            embedded = mixup.Mix(embedded);
            for (var i = 0; i < frameCounts.Length; i++)
                frameCounts[i] = Math.Max(batch.FrameCounts[i], batch.FrameCounts[(int)mixup.Permutation[i]]);
        }
        var memoryPadding = FramePadding(frameCounts, frames.Size(1)).On(Weights.Device);
        return Logits(Project(frames, training), memoryPadding, embedded, inputs.Eq(0), training, attend);
    }
}

/// <summary>Sounds and captions for teacher forcing.</summary>
/// <param name="Frames">[batch, frames, encoder width]; zero beyond each clip's own frames.</param>
/// <param name="FrameCounts">The frames of each clip.</param>
/// <param name="Captions">[batch, length], int64: start token of the task, words, end token, then 0.</param>
public sealed record ConetteBatch(Tensor Frames, IReadOnlyList<long> FrameCounts, Tensor Captions);

/// <summary>How a batch is mixed with itself: value := weight × value + (1 − weight) × value of another clip.</summary>
/// <param name="Weight">The weight of each clip itself, 0.5 to 1.</param>
/// <param name="Permutation">For each clip the other one.</param>
public sealed record ConetteMixup(double Weight, IReadOnlyList<long> Permutation)
{
    /// <summary>Mixes the values of a batch.</summary>
    /// <param name="values">[batch, …].</param>
    /// <returns>The same shape.</returns>
    public Tensor Mix(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var scope = TensorScope.Begin();
        var permutation = Tensor.From<long>(Permutation.ToArray(), Permutation.Count).On(values.Device);
        return scope.Keep(values.Mul(Weight).Add(values.IndexSelect(0, permutation), 1 - Weight));
    }
}
