using Auricle.Audio;
using Auricle.Models.Decoding;
using Auricle.Models.Encoders;
using Auricle.Models.Roles;
using Auricle.Text;
using Auricle.Torch;

namespace Auricle.Models.Systems.Conette;

public sealed partial class ConetteModel
{
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
        var memory = Project(encoded.Frames, training: false);
        var found = Generate(memory, padding, taskIndexes, options, cancellationToken);
        var probabilities = encoded.TagLogits?.Sigmoid().On(Device.Cpu);
        var results = found.Select((result, i) => Describe(result, taskIndexes[i], probabilities is null ? [] : Weights.RequireFinite(probabilities.Select(0, i).ToArray<float>()), options.TagThreshold));
        return options.Timestamps
            ? [.. results.Select((result, i) => WithWords(result, memory.Narrow(0, i, 1).Narrow(1, 0, encoded.FrameCounts[i]), _taskTokens[taskIndexes[i]],
                Encoder.FrameTimes(Math.Max(waves[i].Length, Encoder.MinimumSamples))))]
            : [.. results];
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
            Search = options.Search ?? new BeamSearch { Size = options.BeamSize ?? Config.BeamSize },
            Filters = [new MinimumLength(minimum, SpecialTokens.EndId), .. unrepeatable is null ? [] : new ILogitFilter[] { new NoRepetition(unrepeatable) }],
            EndToken = SpecialTokens.EndId,
            MaximumLength = options.MaxLength ?? Config.MaxPredSize,
            Weights = Weights,
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
            .Select(text => new DecodedCaption(Tokenizer.Decode(text.Tokens.ToArray()), text.Score, text.Tokens, text.Place))
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
                .Select((probability, i) => new TagScore(Labels[i], probability, i))
                .Where(tag => tag.Probability >= threshold)
                .OrderByDescending(tag => tag.Probability)],
        };
    }

    /// <summary>Places the words of every sentence where the last layer's attention lies, on average, when each is chosen.</summary>
    /// <param name="result">The sentences.</param>
    /// <param name="memory">[1, frames, width], from <see cref="Project"/>.</param>
    /// <param name="start">The token before the first word.</param>
    /// <param name="times">The middle of each frame, in seconds.</param>
    private ConetteResult WithWords(ConetteResult result, Tensor memory, int start, double[] times)
    {
        return result with { Candidates = [.. result.Candidates.Select(candidate => candidate with { Words = Words(candidate) })] };

        HeardWord[] Words(DecodedCaption candidate)
        {
            using var scope = TensorScope.Begin();
            var inputs = Tensor.From<long>([start, .. candidate.Tokens.Select(token => (long)token)], 1, candidate.Tokens.Count + 1).On(Weights.Device);
            float[] attention = [];
            Logits(memory, null, EmbedTokens(inputs), null, training: false, (layer, weights) =>
            {
                if (layer == Config.DecoderLayers - 1)
                    attention = weights.Mean([1]).Select(0, 0).ToArray<float>();                     // [tokens + 1, frames]
            });
            return [.. candidate.Tokens
                .Select((token, i) => new HeardWord(Tokenizer.Decode([token]), attention.AsSpan(i * times.Length, times.Length).ToArray().Zip(times, (weight, time) => weight * time).Sum()))
                .Where(word => word.Word.Length > 0)];
        }
    }

    private sealed record Encoded(Tensor Frames, long[] FrameCounts, Tensor? TagLogits);

    /// <summary>Encodes clips filled with silence to the longest, as the reference does.</summary>
    private Encoded EncodeTogether(float[][] waves)
    {
        var longest = waves.Max(wave => wave.Length);
        if (longest < Encoder.MinimumSamples)
            throw new ArgumentException($"The longest clip has {longest} samples at {Encoder.SampleRate} Hz, but the encoder needs {Encoder.MinimumSamples}; add silence or encode clips independently.", nameof(waves));
        var output = ClipBatches.Encode(Encoder, waves, longest, Weights.Device);
        var frames = output.Frames.Size(1);
        var samplesPerFrame = longest / frames;
        var counts = Array.ConvertAll(waves, wave => Math.Min(frames, (long)Math.Round((double)wave.Length / samplesPerFrame, MidpointRounding.ToEven)));
        return new Encoded(output.Frames, counts, output.TagLogits);
    }

    /// <summary>Encodes every clip as if it were alone.</summary>
    private Encoded EncodeApart(float[][] waves, CancellationToken cancellationToken)
    {
        var outputs = ClipBatches.EncodeApart(Encoder, waves, Weights.Device, cancellationToken);
        var counts = Array.ConvertAll(outputs, output => output.Frames.Size(1));
        var longest = counts.Max();
        var padded = outputs.Select(output => output.Frames.Size(1) == longest ? output.Frames : output.Frames.ConstantPadNd([0, 0, 0, longest - output.Frames.Size(1)]));
        return new Encoded(Tensor.Cat([.. padded]), counts, Encoder.Tags == 0 ? null : Tensor.Cat([.. outputs.Select(output => output.TagLogits!)]));
    }
}
