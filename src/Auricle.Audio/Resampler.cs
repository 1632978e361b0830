namespace Auricle.Audio;

/// <summary>
/// Converts the sample rate of mono sound by band-limited sinc interpolation with a squared-cosine window: six zero
/// crossings, roll-off 0.99, arithmetic in float32, as torchaudio does. Checkpoints were trained behind that filter, so its
/// values are kept to about 1e-6. Safe for concurrent use.
/// </summary>
public sealed class Resampler
{
    private readonly ResamplerKernel? _kernel;

    /// <summary>Prepares a conversion; the filter is computed once per pair of rates and shared.</summary>
    /// <param name="from">The rate of the input in hertz.</param>
    /// <param name="to">The rate of the output in hertz.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate is not positive.</exception>
    public Resampler(int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(from);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(to);
        From = from;
        To = to;
        _kernel = from == to ? null : ResamplerKernel.For(from, to);
    }

    /// <summary>The rate of the input in hertz.</summary>
    public int From { get; }

    /// <summary>The rate of the output in hertz.</summary>
    public int To { get; }

    internal ResamplerKernel? Kernel => _kernel;

    /// <summary>How many samples come out for a number of samples going in: the same time span, rounded up.</summary>
    /// <param name="inputLength">Samples at the rate <see cref="From"/>.</param>
    public long OutputLength(long inputLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputLength);
        return _kernel is null ? inputLength : (long)(((Int128)inputLength * _kernel.Phases + _kernel.Stride - 1) / _kernel.Stride);
    }

    /// <summary>Converts a whole clip.</summary>
    /// <param name="samples">Mono samples at the rate <see cref="From"/>: <c>[samples]</c>.</param>
    /// <returns>The samples at the rate <see cref="To"/>, <see cref="OutputLength"/> of them.</returns>
    public float[] Resample(ReadOnlySpan<float> samples)
    {
        if (_kernel is null)
            return samples.ToArray();
        var output = new float[OutputLength(samples.Length)];
        var padded = new float[_kernel.LeftPadding + samples.Length + _kernel.RightPadding];
        samples.CopyTo(padded.AsSpan(_kernel.LeftPadding));
        _kernel.Run(padded, -_kernel.LeftPadding, 0, output);
        return output;
    }

    /// <summary>Starts a conversion whose input arrives in blocks; the joined output equals that of <see cref="Resample"/>.</summary>
    public StreamingResampler Stream() => new(this);
}
