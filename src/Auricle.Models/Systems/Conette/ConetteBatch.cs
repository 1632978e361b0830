using Auricle.Torch;

namespace Auricle.Models.Systems.Conette;

/// <summary>Sounds and captions for teacher forcing.</summary>
/// <param name="Frames">[batch, frames, encoder width]; zero beyond each clip's own frames.</param>
/// <param name="FrameCounts">The frames of each clip.</param>
/// <param name="Captions">[batch, length], int64: start token of the task, words, end token, then 0.</param>
public sealed record ConetteBatch(Tensor Frames, IReadOnlyList<long> FrameCounts, Tensor Captions);
