using Auricle.Audio;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders;
using Auricle.Text;
using Auricle.Torch;

namespace Auricle.Models.Systems.Conette;

public sealed partial class ConetteModel
{
    // Clips of equal length are encoded together, at most this many, to bound the memory of a long list.
    private const int EncoderBatch = 8;

    /// <summary>Captions clips of any rate and length. Those too short for the encoder are filled with silence.</summary>
    /// <param name="clips">The sounds.</param>
    /// <param name="options">How they are captioned.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>One result for each clip.</returns>
    /// <exception cref="UnknownTaskException">The model has no task of that name.</exception>
    /// <exception cref="ArgumentException">The number of tasks is neither one nor that of the clips, or a clip is too short and <see cref="ConetteOptions.Independent"/> is off.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options makes no sense.</exception>
    /// <example><code>
    /// using var model = ConetteModel.Load("models/auricle-small");
    /// Console.WriteLine(model.Caption([AudioFile.Load("rain.wav", model.Encoder.SampleRate)])[0].Caption);
    /// </code></example>
    public IReadOnlyList<ConetteResult> Caption(IReadOnlyList<AudioClip> clips, ConetteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clips);
        options ??= new ConetteOptions();
        var taskIndexes = TaskIndexes(options.Tasks, clips.Count);
        if (clips.Count == 0)
            return [];
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var waves = clips.Select(clip => clip.Resample(Encoder.SampleRate).Samples).ToArray();
        var encoded = options.Independent ? EncodeApart(waves, cancellationToken) : EncodeTogether(waves);
        var padding = encoded.FrameCounts.All(count => count == encoded.Frames.Size(1)) ? null : FramePadding(encoded.FrameCounts, encoded.Frames.Size(1)).On(Weights.Device);
        var found = Generate(Project(encoded.Frames, training: false), padding, taskIndexes, options, cancellationToken);
        var probabilities = encoded.TagLogits?.Sigmoid().On(Device.Cpu);
        return [.. found.Select((result, i) => Describe(result, taskIndexes[i], probabilities?.Select(0, i).ToArray<float>() ?? [], options.TagThreshold))];
    }

    /// <summary>Captions frame vectors that were computed before.</summary>
    /// <param name="frames">[clips, frames, encoder width].</param>
    /// <param name="frameCounts">The frames of each clip.</param>
    /// <param name="options">How they are captioned; tag threshold and independence play no part.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>One result for each clip, without tags.</returns>
    /// <exception cref="UnknownTaskException">The model has no task of that name.</exception>
    /// <exception cref="ArgumentException">The number of tasks is neither one nor that of the clips.</exception>
    public IReadOnlyList<ConetteResult> CaptionFrames(Tensor frames, IReadOnlyList<long> frameCounts, ConetteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentNullException.ThrowIfNull(frameCounts);
        options ??= new ConetteOptions();
        var taskIndexes = TaskIndexes(options.Tasks, frameCounts.Count);
        if (frameCounts.Count == 0)
            return [];
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var padding = FramePadding([.. frameCounts], frames.Size(1)).On(Weights.Device);
        var found = Generate(Project(frames, training: false), padding, taskIndexes, options, cancellationToken);
        return [.. found.Select((result, i) => Describe(result, taskIndexes[i], [], options.TagThreshold))];
    }

    private IReadOnlyList<DecodingResult> Generate(Tensor memory, Tensor? padding, int[] taskIndexes, ConetteOptions options, CancellationToken cancellationToken)
    {
        var unrepeatable = options.ForbidRepetition switch
        {
            null => _unrepeatable,
            RepetitionMode.None => null,
            { } mode => Tokenizer.ForbidRepetitionMask(mode),
        };
        var minimum = options.MinLength ?? Config.MinPredSize;
        ArgumentOutOfRangeException.ThrowIfNegative(minimum, nameof(options.MinLength));
        using var session = Decoder.Begin(memory, padding);
        return TextDecoding.Run(session, Array.ConvertAll(taskIndexes, index => new[] { _taskTokens[index] }), new DecodingOptions
        {
            Search = new BeamSearch { Size = options.BeamSize ?? Config.BeamSize },
            Filters = [new MinimumLength(minimum, SpecialTokens.EndId), .. unrepeatable is null ? [] : new ILogitFilter[] { new NoRepetition(unrepeatable) }],
            EndToken = SpecialTokens.EndId,
            MaximumLength = options.MaxLength ?? Config.MaxPredSize,
        }, cancellationToken);
    }

    private int[] TaskIndexes(IReadOnlyList<string>? names, int clips)
    {
        if (names is null)
            return new int[clips];
        if (names.Count != 1 && names.Count != clips)
            throw new ArgumentException($"There are {names.Count} tasks for {clips} clips; give one for all or one for each.", nameof(names));
        return [.. Enumerable.Range(0, clips).Select(i => _tasks.IndexOf(names[names.Count == 1 ? 0 : i]))];
    }

    private ConetteResult Describe(DecodingResult found, int task, float[] probabilities, double threshold)
    {
        var candidates = found.Texts
            .Select(text => new CaptionCandidate(Tokenizer.Decode(text.Tokens.ToArray()), text.Score, text.Tokens, text.Place))
            .ToList();
        return new ConetteResult
        {
            Caption = candidates[0].Caption,
            LogProbability = candidates[0].LogProbability,
            Tokens = candidates[0].Tokens,
            Candidates = candidates,
            Task = _tasks.Names.Count > 0 ? _tasks.Names[task] : "",
            TagProbabilities = probabilities,
            Tags = [.. probabilities
                .Select((probability, i) => new TagScore(Tags[i], probability, i))
                .Where(tag => tag.Probability >= threshold)
                .OrderByDescending(tag => tag.Probability)],
        };
    }

    private sealed record Encoded(Tensor Frames, long[] FrameCounts, Tensor? TagLogits);

    /// <summary>Encodes clips filled with silence to the longest, as the reference does.</summary>
    private Encoded EncodeTogether(float[][] waves)
    {
        var longest = waves.Max(wave => wave.Length);
        if (longest < Encoder.MinimumSamples)
            throw new ArgumentException($"The longest clip has {longest} samples at {Encoder.SampleRate} Hz, but the encoder needs {Encoder.MinimumSamples}; add silence or encode clips independently.", nameof(waves));
        var output = Encode(waves, longest);
        var frames = output.Frames.Size(1);
        var samplesPerFrame = longest / frames;
        var counts = Array.ConvertAll(waves, wave => Math.Min(frames, (long)Math.Round((double)wave.Length / samplesPerFrame, MidpointRounding.ToEven)));
        return new Encoded(output.Frames, counts, output.TagLogits);
    }

    /// <summary>Encodes every clip as if it were alone; clips of equal length share a batch, which changes nothing for them.</summary>
    private Encoded EncodeApart(float[][] waves, CancellationToken cancellationToken)
    {
        var lengths = Array.ConvertAll(waves, wave => Math.Max(wave.Length, Encoder.MinimumSamples));
        var frames = new Tensor[waves.Length];
        var tags = Encoder.Tags > 0 ? new Tensor[waves.Length] : null;
        foreach (var group in Enumerable.Range(0, waves.Length).GroupBy(i => lengths[i]))
        {
            foreach (var chunk in group.Chunk(EncoderBatch))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var output = Encode([.. chunk.Select(i => waves[i])], group.Key);
                for (var row = 0; row < chunk.Length; row++)
                {
                    frames[chunk[row]] = output.Frames.Select(0, row);
                    if (tags is not null)
                        tags[chunk[row]] = output.TagLogits!.Select(0, row);
                }
            }
        }
        var counts = Array.ConvertAll(frames, sequence => sequence.Size(0));
        var longest = counts.Max();
        var padded = Array.ConvertAll(frames, sequence => sequence.Size(0) == longest ? sequence : sequence.ConstantPadNd([0, 0, 0, longest - sequence.Size(0)]));
        return new Encoded(Tensor.Stack(padded), counts, tags is null ? null : Tensor.Stack(tags));
    }

    private EncoderOutput Encode(float[][] waves, int length)
    {
        using var scope = TensorScope.Begin();
        var samples = Tensor.Zeros([waves.Length, length], DType.Float32);
        var values = samples.Span<float>();
        for (var i = 0; i < waves.Length; i++)
            waves[i].CopyTo(values[(i * length)..]);
        return Encoder.Encode(Encoder.Prepare(samples.On(Weights.Device))).KeptBy(scope);
    }
}
