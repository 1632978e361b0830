using Auricle.Audio;
using Auricle.Torch;

namespace Auricle.Models.Encoders;

/// <summary>Encodes clips of any number and length so that none changes another's result.</summary>
internal static class ClipBatches
{
    // Clips of equal length are encoded together, at most this many, to bound the memory of a long list.
    private const int AtATime = 8;

    /// <summary>Encodes every clip as if it were alone; clips of equal length share a batch, which changes nothing for them.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="waves">At the encoder's rate; those too short for it are filled with silence.</param>
    /// <param name="device">Where the encoder computes.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>For each clip its output, with a batch of one, in the caller's scope.</returns>
    public static EncoderOutput[] EncodeApart(IAudioEncoder encoder, IReadOnlyList<float[]> waves, Device device, CancellationToken cancellationToken)
    {
        var results = new EncoderOutput[waves.Count];
        foreach (var group in Enumerable.Range(0, waves.Count).GroupBy(i => Math.Max(waves[i].Length, encoder.MinimumSamples)))
        {
            foreach (var chunk in group.Chunk(AtATime))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var output = Encode(encoder, [.. chunk.Select(i => waves[i])], group.Key, device);
                for (var row = 0; row < chunk.Length; row++)
                {
                    Tensor Row(Tensor values) => values.Narrow(0, row, 1);
                    results[chunk[row]] = new EncoderOutput(Row(output.Frames), Row(output.Clip), output.TagLogits is { } tags ? Row(tags) : null)
                    {
                        FrameTagLogits = output.FrameTagLogits is { } frameTags ? Row(frameTags) : null,
                    };
                }
            }
        }
        return results;
    }

    /// <summary>Encodes clips that are filled with silence to one length.</summary>
    public static EncoderOutput Encode(IAudioEncoder encoder, IReadOnlyList<float[]> waves, int length, Device device)
    {
        using var scope = TensorScope.Begin();
        var samples = Tensor.Zeros([waves.Count, length], DType.Float32);
        var values = samples.Span<float>();
        for (var i = 0; i < waves.Count; i++)
            waves[i].CopyTo(values[(i * length)..]);
        return encoder.Encode(encoder.Prepare(samples.On(device))).KeptBy(scope);
    }
}
