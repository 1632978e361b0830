using Auricle.Torch;

namespace Auricle.Training;

/// <summary>A batch of training examples as log-mel images.</summary>
/// <param name="LogMel">[batch, 1, frames, mels] in dB, on the device of the encoder; belongs to the scope it was made in.</param>
/// <param name="Contents">What is heard in each.</param>
public sealed record FeatureBatch(Tensor LogMel, IReadOnlyList<MixtureContent> Contents);
