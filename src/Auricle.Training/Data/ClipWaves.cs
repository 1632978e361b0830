using Auricle.Audio;
using Auricle.Data;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// Reads the sounds of batches while the last batch is worked on. A sound that cannot be read is noted and left out; the batch is that
/// much smaller.
/// </summary>
/// <param name="clips">The sounds.</param>
/// <param name="load">Gives the samples of a sound.</param>
/// <param name="samples">The samples of each wave: shorter sounds end in silence, of longer ones a random stretch is taken.</param>
/// <param name="skipped">Told the sounds that cannot be read.</param>
internal sealed class ClipWaves(IReadOnlyList<CaptionedClip> clips, Func<CaptionedClip, float[]> load, int samples, SkippedClips skipped)
{
    private (ulong Seed, int[] Clips, Task<ClipBatch> Batch)? _next;

    /// <summary>Whether an error is about the sound, and not about the run.</summary>
    public static bool IsBadSound(Exception error) => error is AudioException or DataSetException or IOException or UnauthorizedAccessException;

    /// <summary>Reads a batch.</summary>
    /// <param name="batch">The numbers of its sounds.</param>
    /// <param name="seed">Decides where long sounds are cut.</param>
    /// <param name="after">The batch that will be asked for next, with its seed, where that is known.</param>
    public ClipBatch Read(int[] batch, ulong seed, (int[] Clips, ulong Seed)? after = null)
    {
        var ready = _next is { } next && next.Seed == seed && next.Clips.AsSpan().SequenceEqual(batch) ? next.Batch : Begin(batch, seed);
        _next = after is { } following ? (following.Seed, following.Clips, Begin(following.Clips, following.Seed)) : null;
        return ready.GetAwaiter().GetResult();
    }

    private Task<ClipBatch> Begin(int[] batch, ulong seed) => Task.Run(() =>
    {
        var waves = new float[batch.Length][];
        var shares = new double[batch.Length];
        SkippedClips.Unwrap(() => Parallel.For(0, batch.Length, i =>
        {
            try
            {
                var whole = load(clips[batch[i]]);
                var start = whole.Length > samples ? SplitMix64.For(seed, (ulong)i).Next(whole.Length - samples + 1) : 0;
                var length = Math.Min(whole.Length, samples);
                waves[i] = whole.AsSpan(start, length).ToArray();
                shares[i] = Math.Max(1.0, length) / samples;
            }
            catch (Exception error) when (IsBadSound(error))
            {
                skipped.Add(clips[batch[i]], error.Message);
            }
        }));
        int[] kept = [.. Enumerable.Range(0, batch.Length).Where(i => waves[i] is not null)];
        var packed = new float[kept.Length * samples];
        for (var row = 0; row < kept.Length; row++)
            waves[kept[row]].CopyTo(packed, row * samples);
        return new ClipBatch(packed, kept, [.. kept.Select(i => shares[i])]);
    });
}

/// <summary>The waves of a batch.</summary>
/// <param name="Samples">[kept, samples], one after the other.</param>
/// <param name="Kept">Which of the batch's sounds could be read.</param>
/// <param name="Shares">For each of those which share of its wave is sound.</param>
internal sealed record ClipBatch(float[] Samples, int[] Kept, double[] Shares)
{
    /// <summary>[kept, samples] on a device.</summary>
    public Tensor Waves(Device device) => Tensor.From<float>(Samples, Kept.Length, Samples.Length / Kept.Length).On(device);
}
