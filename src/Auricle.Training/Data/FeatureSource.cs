using Auricle.Models.Encoders;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// Makes batches of training examples. For a GPU the processor mixes the waves of the batch that comes next while the GPU
/// works on the last one, and the GPU makes the images; else threads share a batch's examples out.
/// </summary>
/// <param name="sampler">Mixes the waves.</param>
/// <param name="encoder">Makes the images.</param>
/// <param name="device">Where the encoder computes.</param>
/// <param name="examples">The examples of an epoch.</param>
internal sealed class FeatureSource(MixtureSampler sampler, IAudioEncoder encoder, Device device, long examples) : IDisposable
{
    private readonly Tensor?[] _buffers = new Tensor?[2];
    private int _largest;
    private Waves? _next;

    /// <summary>Whether the waves of the next batch are mixed while the last one is worked on.</summary>
    public bool DrawsAhead { get; init; } = device.Type != DeviceType.Cpu;

    /// <summary>Examples <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1 of an epoch.</summary>
    public FeatureBatch Draw(int epoch, long first, int count) => DrawsAhead ? DrawAhead(epoch, first, count) : DrawHere(epoch, first, count);

    /// <summary>Waits for the waves under way and releases the buffers.</summary>
    public void Dispose()
    {
        if (_next is not null)
            Task.WaitAny(_next.Contents); // whether it failed matters no more
        foreach (var buffer in _buffers)
            buffer?.Dispose();
    }

    // One thread makes one example from its clips to its image: the transform inside does not share its work out by itself.
    private FeatureBatch DrawHere(int epoch, long first, int count)
    {
        var contents = new MixtureContent[count];
        var images = new float[count][];
        long frames = 0, mels = 0;
        SingleThreads.Run(count, i =>
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            var wave = Tensor.Empty([1, sampler.WindowSamples]);
            contents[i] = sampler.Fill(epoch, first + i, wave.Span<float>());
            var image = encoder.Prepare(wave);
            (frames, mels) = (image.Size(2), image.Size(3));
            images[i] = image.ToArray<float>();
        });
        var batch = Tensor.Empty([count, 1, frames, mels]);
        var all = batch.Span<float>();
        for (var i = 0; i < count; i++)
            images[i].CopyTo(all[(i * images[i].Length)..]);
        return new FeatureBatch(batch, contents);
    }

    private FeatureBatch DrawAhead(int epoch, long first, int count)
    {
        _largest = Math.Max(_largest, count);
        var waves = _next is { } ready && (ready.Epoch, ready.First, ready.Count) == (epoch, first, count) ? ready : Begin(epoch, first, count);
        var contents = waves.Contents.GetAwaiter().GetResult();
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        // The copy is over when this returns, so that the buffer is free for the batch after the next.
        var image = encoder.Prepare(_buffers[waves.Buffer]!.Narrow(0, 0, count).On(device));

        var (nextEpoch, nextFirst) = first + count < examples ? (epoch, first + count) : (epoch + 1, 0);
        _next = Begin(nextEpoch, nextFirst, (int)Math.Min(_largest, examples - nextFirst));
        return new FeatureBatch(scope.Keep(image), contents);
    }

    private Waves Begin(int epoch, long first, int count)
    {
        _next?.Contents.Wait();
        var index = _next is { Buffer: 0 } ? 1 : 0;
        if (_buffers[index] is null || _buffers[index]!.Size(0) < count)
        {
            _buffers[index]?.Dispose();
            using var scope = TensorScope.Begin();
            var memory = Tensor.Empty([count, sampler.WindowSamples], DType.Float32);
            // The GPU fetches from locked pages three times as fast.
            _buffers[index] = (device.Type == DeviceType.Cuda ? memory.PinMemory() : memory).Own();
        }
        var buffer = _buffers[index]!;
        return new Waves(epoch, first, count, index, Task.Run(() =>
        {
            var contents = new MixtureContent[count];
            Parallel.For(0, count, i => contents[i] = sampler.Fill(epoch, first + i, buffer.Span<float>().Slice(i * sampler.WindowSamples, sampler.WindowSamples)));
            return contents;
        }));
    }

    private sealed record Waves(int Epoch, long First, int Count, int Buffer, Task<MixtureContent[]> Contents);
}

/// <summary>A batch of training examples as log-mel images.</summary>
/// <param name="LogMel">[batch, 1, frames, mels] in dB, on the device of the encoder; belongs to the scope it was made in.</param>
/// <param name="Contents">What is heard in each.</param>
public sealed record FeatureBatch(Tensor LogMel, IReadOnlyList<MixtureContent> Contents);
