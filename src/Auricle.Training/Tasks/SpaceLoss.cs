using Auricle.Models.Encoders.MobileNet;
using Auricle.Models.Systems.Listener;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>
/// The symmetric contrastive loss of a shared space. Beside examples and their captions stand labels of AudioSet: a text of each, and in place
/// of a sound the tags that such a sound would have. How much a sound and a text belong together is graded: by the labels they share, and by
/// the probability that the pretrained network gives to an AudioSet label. Words of texts are exchanged for synonyms, wider and narrower ones, and texts of
/// one meaning are drawn together beside that.
/// </summary>
internal sealed class SpaceLoss(SharedSpace space, WindowedMobileNet encoder, TextCorpus texts, double meaningShare, double variedShare)
{
    private const double LeastProbability = 0.1;
    private const int MeaningsForEach = 3;

    private readonly int _tags = encoder.Config.Network.Tags;

    /// <param name="means">Of the examples, [batch, map width].</param>
    /// <param name="tags">What the network says, before the sigmoid, [batch, tags].</param>
    /// <param name="own">What a tagger says that did not hear these examples, before the softmax, [batch, own tags].</param>
    /// <param name="captions">A text for each.</param>
    /// <param name="labels">The corpus labels of each.</param>
    /// <param name="random">Decides what is drawn.</param>
    public Tensor Of(Tensor means, Tensor tags, Tensor own, IReadOnlyList<string> captions, IReadOnlyList<int[]> labels, SplitMix64 random)
    {
        using var scope = TensorScope.Begin();
        var batch = captions.Count;
        var drawn = Enumerable.Range(0, batch / 2).Select(_ => random.Next(_tags)).Distinct().ToArray();
        var probabilities = tags.Sigmoid().ToArray<float>();
        var features = Tensor.Cat([Dropped(space.Features(means, tags, own), random), Imagined(drawn, probabilities, own, random)]);
        var all = captions.Concat(drawn.Select(label => Text(label, random))).Select(text => random.Chance(variedShare) ? texts.Varied(text, random) : text).ToList();
        var sounds = space.EmbedAudio(features, training: true);
        var words = space.EmbedText(all, random);
        var scale = space.Scale.Clamp(1, 60);
        var targets = Targets(labels, drawn, probabilities);
        var logits = sounds.Matmul(words.Transpose(0, 1)).Mul(scale);
        var loss = Graded(logits, targets, all.Count).Add(Graded(logits.Transpose(0, 1), Transposed(targets, all.Count), all.Count)).Mul(0.5);
        if (meaningShare > 0)
            loss = loss.Add(Meaning(MeaningsForEach * batch, scale, random).Mul(meaningShare));
        return scope.Keep(loss);
    }

    private string Text(int label, SplitMix64 random)
    {
        var text = texts.Labels[label].Texts[random.Next(texts.Labels[label].Texts.Count)];
        return random.Chance(0.3) ? $"This is a sound of {text}" : text;
    }

    // Now and then a sound is known by one of its three parts less, so that none is relied on alone.
    private Tensor Dropped(Tensor features, SplitMix64 random)
    {
        var (batch, width) = ((int)features.Size(0), (int)features.Size(1));
        var kept = new float[batch * width];
        for (var i = 0; i < batch; i++)
        {
            var row = kept.AsSpan(i * width, width);
            row.Fill(1);
            if (random.Chance(0.3))
                row[..(width - encoder.Tags)].Clear();
            if (random.Chance(0.25))
                row.Slice(width - encoder.Tags, _tags).Clear();
            if (random.Chance(0.25))
                row[(width - encoder.Config.OwnTags)..].Clear();
        }
        return features.Mul(Tensor.From<float>(kept, batch, width));
    }

    /// <summary>What is seen of sounds of AudioSet labels that are not there.</summary>
    private Tensor Imagined(int[] drawn, float[] probabilities, Tensor own, SplitMix64 random)
    {
        var examples = probabilities.Length / _tags;
        var others = Tensor.From<long>([.. drawn.Select(_ => (long)random.Next(examples))], drawn.Length);
        var known = Tensor.From<float>([.. drawn.Select(_ => random.Chance(0.5) ? 1f : 0)], drawn.Length, 1);
        var strengths = Array.ConvertAll(drawn, _ => random.Uniform(0.2, 0.95));
        var vectors = encoder.ClipVector(ImaginedTags.Draw(texts, drawn, strengths, probabilities, random), own.IndexSelect(0, others));
        var ofOwn = vectors.Narrow(1, _tags, encoder.Config.OwnTags).Mul(known);
        return Tensor.Cat([Tensor.Zeros([drawn.Length, encoder.ClipWidth], DType.Float32), vectors.Narrow(1, 0, _tags), ofOwn], 1);
    }

    private float[] Targets(IReadOnlyList<int[]> labels, int[] drawn, float[] probabilities)
    {
        var (batch, count) = (labels.Count, labels.Count + drawn.Length);
        var targets = new float[count * count];
        for (var i = 0; i < batch; i++)
        {
            for (var j = 0; j < batch; j++)
            {
                var shared = labels[i].Intersect(labels[j]).Count();
                targets[i * count + j] = (float)shared / (labels[i].Length + labels[j].Length - shared);
            }
            for (var j = 0; j < drawn.Length; j++)
            {
                var probability = probabilities[i * _tags + drawn[j]];
                if (probability >= LeastProbability)
                    targets[i * count + batch + j] = targets[(batch + j) * count + i] = probability * 0.7f;
            }
        }
        for (var j = 0; j < drawn.Length; j++)
            targets[(batch + j) * count + batch + j] = 1;
        return targets;
    }

    private static float[] Transposed(float[] values, int count)
    {
        var result = new float[values.Length];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
                result[j * count + i] = values[i * count + j];
        }
        return result;
    }

    private static Tensor Graded(Tensor logits, float[] targets, int count)
    {
        var shares = (float[])targets.Clone();
        for (var i = 0; i < count; i++)
        {
            var row = shares.AsSpan(i * count, count);
            var sum = System.Numerics.Tensors.TensorPrimitives.Sum<float>(row);
            System.Numerics.Tensors.TensorPrimitives.Divide(row, sum, row);
        }
        return logits.LogSoftmax(1).Mul(Tensor.From<float>(shares, count, count)).Sum().Div(-count);
    }

    private Tensor Meaning(int count, Tensor scale, SplitMix64 random)
    {
        var (one, other) = (new string[count], new string[count]);
        for (var i = 0; i < count; i++)
        {
            var from = texts.Meanings.Count == 0 || i % 2 == 0 && texts.Captions.Count > 0 ? texts.Captions : texts.Meanings;
            var some = from[random.Next(from.Count)];
            var first = random.Next(some.Length);
            (one[i], other[i]) = (some[first], some[(first + 1 + random.Next(some.Length - 1)) % some.Length]);
        }
        var logits = space.EmbedText(one, random).Matmul(space.EmbedText(other, random).Transpose(0, 1)).Mul(scale);
        var places = Tensor.Arange(0, count, 1, DType.Int64);
        return logits.CrossEntropyLoss(places).Add(logits.Transpose(0, 1).CrossEntropyLoss(places)).Mul(0.5);
    }
}

/// <summary>Tags of sounds that are not there: an AudioSet label and its group stand out from the weak tags of some example.</summary>
internal static class ImaginedTags
{
    /// <param name="texts">Tells the groups.</param>
    /// <param name="labels">The labels that are heard.</param>
    /// <param name="strengths">The probability of each.</param>
    /// <param name="probabilities">Those of examples, [examples, tags] row by row.</param>
    /// <param name="random">Decides the rest.</param>
    /// <returns>Before the sigmoid, [labels, tags].</returns>
    public static Tensor Draw(TextCorpus texts, IReadOnlyList<int> labels, IReadOnlyList<double> strengths, float[] probabilities, SplitMix64 random)
    {
        var tags = texts.Labels.Count;
        var examples = probabilities.Length / tags;
        var logits = new float[labels.Count * tags];
        for (var i = 0; i < labels.Count; i++)
        {
            var from = probabilities.AsSpan(random.Next(examples) * tags, tags);
            var weak = random.Uniform(0, 0.3);
            var row = logits.AsSpan(i * tags, tags);
            for (var tag = 0; tag < tags; tag++)
                row[tag] = Logit(from[tag] * weak);
            row[texts.Labels[labels[i]].GroupHead] = Logit(random.Uniform(0, 0.6));
            row[labels[i]] = Logit(strengths[i]);
        }
        return Tensor.From<float>(logits, labels.Count, tags);

        static float Logit(double probability) => (float)Math.Log(Math.Max(probability, 1e-5) / (1 - Math.Min(probability, 1 - 1e-5)));
    }
}
