using Auricle.Models.Encoders;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>A batch of training examples as log-mel images.</summary>
/// <param name="LogMel">[batch, 1, frames, mels] in dB; belongs to the scope it was made in.</param>
/// <param name="Contents">What is heard in each.</param>
public sealed record FeatureBatch(Tensor LogMel, IReadOnlyList<MixtureContent> Contents)
{
    /// <summary>
    /// Draws examples <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1 of an epoch. One thread makes
    /// one example from its clips to its image: the transform inside does not share its work out by itself.
    /// </summary>
    public static FeatureBatch Draw(MixtureSampler sampler, IAudioEncoder encoder, int epoch, long first, int count)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        ArgumentNullException.ThrowIfNull(encoder);
        var contents = new MixtureContent[count];
        var images = new float[count][];
        long frames = 0, mels = 0;
        // The threads that share the examples out must not share each operation out again.
        var threads = TorchRuntime.Threads;
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, SingleThreaded, (i, _, none) =>
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var wave = Tensor.Empty([1, sampler.WindowSamples]);
            contents[i] = sampler.Fill(epoch, first + i, wave.Span<float>());
            var image = encoder.LogMel(wave);
            (frames, mels) = (image.Size(2), image.Size(3));
            images[i] = image.ToArray<float>();
            return none;
        }, _ => TorchRuntime.Threads = threads);
        var batch = Tensor.Empty([count, 1, frames, mels]);
        var all = batch.Span<float>();
        for (var i = 0; i < count; i++)
            images[i].CopyTo(all[(i * images[i].Length)..]);
        return new FeatureBatch(batch, contents);
    }

    private static object? SingleThreaded()
    {
        TorchRuntime.Threads = 1;
        return null;
    }
}
