namespace Auricle.Audio;

/// <summary>
/// Converts the sample rate of mono sound that arrives in blocks, in memory that does not grow with the length of the sound.
/// The joined output equals <see cref="Resampler.Resample"/> of the joined input, bit for bit. For one caller at a time.
/// </summary>
public sealed class StreamingResampler
{
    private readonly Resampler _resampler;
    private float[] _input = [];   // padded input not yet used up
    private int _inputLength;
    private long _inputIndex;      // index of _input[0] in the whole input
    private float[] _output = [];
    private long _produced;
    private long _received;
    private bool _finished;

    internal StreamingResampler(Resampler resampler)
    {
        _resampler = resampler;
        if (resampler.Kernel is { } kernel)
        {
            _inputLength = kernel.LeftPadding;
            _inputIndex = -kernel.LeftPadding;
            _input = new float[_inputLength];
        }
    }

    /// <summary>Takes the next block and gives back the samples that are complete by now.</summary>
    /// <param name="block">Mono samples at the input rate: <c>[samples]</c>.</param>
    /// <returns>Samples at the output rate, maybe none; valid until the next call.</returns>
    /// <exception cref="InvalidOperationException"><see cref="Finish"/> was called.</exception>
    public ReadOnlySpan<float> Push(ReadOnlySpan<float> block)
    {
        ThrowIfFinished();
        _received += block.Length;
        if (_resampler.Kernel is null)
            return block;
        Append(block);
        return Produce(long.MaxValue);
    }

    /// <summary>Ends the sound and gives back its remaining samples.</summary>
    /// <returns>Samples at the output rate, maybe none; valid as long as this object.</returns>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public ReadOnlySpan<float> Finish()
    {
        ThrowIfFinished();
        _finished = true;
        if (_resampler.Kernel is not { } kernel)
            return [];
        Append(new float[kernel.RightPadding]);
        return Produce(_resampler.OutputLength(_received));
    }

    private void Append(ReadOnlySpan<float> block)
    {
        var needed = _inputLength + block.Length;
        if (needed > _input.Length)
            Array.Resize(ref _input, Math.Max(needed, 2 * _input.Length));
        block.CopyTo(_input.AsSpan(_inputLength));
        _inputLength = needed;
    }

    private ReadOnlySpan<float> Produce(long end)
    {
        var kernel = _resampler.Kernel!;

        // Row starts never step back, so the complete outputs are those before the first whose row reaches past the input.
        var lastStart = _inputIndex + _inputLength - kernel.RowLength;
        var limit = _produced;
        var high = Math.Min(end, _resampler.OutputLength(Math.Max(0, lastStart + kernel.LeftPadding + 2)));
        while (limit < high)
        {
            var middle = limit + (high - limit) / 2;
            if (kernel.InputStart(middle) <= lastStart)
                limit = middle + 1;
            else
                high = middle;
        }

        var count = (int)(limit - _produced);
        if (_output.Length < count)
            _output = new float[count];
        kernel.Run(_input.AsSpan(0, _inputLength), _inputIndex, _produced, _output.AsSpan(0, count));
        _produced = limit;

        var used = (int)Math.Clamp(kernel.InputStart(_produced) - _inputIndex, 0, _inputLength);
        _input.AsSpan(used, _inputLength - used).CopyTo(_input);
        _inputLength -= used;
        _inputIndex += used;
        return _output.AsSpan(0, count);
    }

    private void ThrowIfFinished()
    {
        if (_finished)
            throw new InvalidOperationException("The stream has ended; start another with Resampler.Stream.");
    }
}
