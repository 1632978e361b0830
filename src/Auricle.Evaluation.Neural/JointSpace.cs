using System.Numerics.Tensors;
using Auricle.Audio;
using Auricle.Models.Roles;
using Auricle.Torch;
using Tensor = Auricle.Torch.Tensor; // System.Numerics.Tensors has one as well

namespace Auricle.Evaluation.Neural;

/// <summary>Vectors of many texts and sounds in the space of an audio-text model, a batch at a time.</summary>
internal sealed class JointSpace(IAudioTextModel model)
{
    private const int TextsAtATime = 32;
    private const int ClipsAtATime = 8;

    /// <summary>The vectors of different texts.</summary>
    public Dictionary<string, JointVector> Texts(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var vectors = new Dictionary<string, JointVector>(StringComparer.Ordinal);
        // Texts of similar length together, so that little is computed for padding.
        foreach (var batch in texts.Distinct(StringComparer.Ordinal).OrderBy(text => text.Length).Chunk(TextsAtATime))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (text, vector) in batch.Zip(Rows(() => model.EmbedText(batch), batch.Length)))
                vectors[text] = vector;
        }
        return vectors;
    }

    /// <summary>The vectors of sounds, in order; the sounds are asked for a few at a time.</summary>
    public IEnumerable<JointVector> Sounds(IEnumerable<AudioClip> sounds, CancellationToken cancellationToken)
    {
        foreach (var clips in sounds.Chunk(ClipsAtATime))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var vector in Rows(() => model.EmbedAudio(clips), clips.Length))
                yield return vector;
        }
    }

    private JointVector[] Rows(Func<Tensor> embed, int count)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var vectors = embed();
        if (!vectors.Shape.SequenceEqual([count, model.EmbeddingWidth]))
            throw new InvalidOperationException(
                $"The audio-text model gave {vectors} for {count} inputs, expected [{count}, {model.EmbeddingWidth}].");
        return [.. vectors.ToArray<float>().Chunk(model.EmbeddingWidth).Select(values => new JointVector(values, TensorPrimitives.Norm<float>(values)))];
    }
}

/// <summary>A vector with its length, which every comparison needs.</summary>
internal readonly record struct JointVector(float[] Values, double Length)
{
    private const double SmallestDenominator = 1e-6;

    /// <summary>The mean of several, each at length 1; of one, itself.</summary>
    public static JointVector Mean(IReadOnlyList<JointVector> vectors)
    {
        if (vectors.Count == 1)
            return vectors[0];
        var mean = new float[vectors[0].Values.Length];
        foreach (var vector in vectors)
        {
            for (var i = 0; i < mean.Length; i++)
                mean[i] += (float)(vector.Values[i] / Math.Max(SmallestDenominator, vector.Length));
        }
        return new JointVector(mean, TensorPrimitives.Norm<float>(mean));
    }

    /// <summary>The cosine of two vectors.</summary>
    public double Cosine(JointVector other) => TensorPrimitives.Dot<float>(Values, other.Values) / Math.Max(SmallestDenominator, Length * other.Length);
}
