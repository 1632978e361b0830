using System.Numerics.Tensors;

namespace Auricle.Evaluation;

internal sealed partial class ParserNetwork
{
    /// <summary>Starts with random values, uniform in ±sqrt(3 / inputs), and forget gates that keep.</summary>
    public void Randomize(SeededRandom random)
    {
        foreach (var (name, parameter) in _parameters)
        {
            if (parameter.Rows == 1)
            {
                if (name.StartsWith("layer", StringComparison.Ordinal))
                    parameter.Values.AsSpan(Sizes.Width, Sizes.Width).Fill(1);
                continue;
            }
            var limit = name == "embeddings" ? 0.25f : MathF.Sqrt(3f / parameter.Rows);
            foreach (ref var value in parameter.Values.AsSpan())
                value = limit * (2 * random.NextSingle() - 1);
        }
    }

    /// <summary>Adds the gradient of the mean loss of a word to <paramref name="gradients"/>.</summary>
    /// <param name="sentences">Features, the longest sentence first.</param>
    /// <param name="gold">Tags, heads and relations of each sentence's words.</param>
    /// <param name="noise">Dropout.</param>
    /// <param name="gradients">A network that holds gradients.</param>
    /// <returns>The summed loss of tags, heads and relations, for one word.</returns>
    public double Learn(IReadOnlyList<int[][]> sentences, IReadOnlyList<ParserTarget> gold, ParserNoise noise, ParserNetwork gradients)
    {
        noise.Begin();
        var batch = Read(sentences, noise);
        var rows = batch.Shape.Rows;
        var words = rows - sentences.Count;
        var scale = 1f / words;
        var output = new FloatMatrix(rows, 2 * Sizes.Width); // gradients from here on
        var forms = new FloatMatrix(rows, Sizes.Arc);
        var heads = new FloatMatrix(rows, Sizes.Arc);
        var relationDependents = new FloatMatrix(rows, Sizes.Relation);
        var relationHeads = new FloatMatrix(rows, Sizes.Relation);
        var tagScores = Repeated(TagBias, rows);
        FloatMatrix.AddProduct(batch.Output.Values, TagWeight, tagScores.Values, rows);
        var loss = 0.0;
        for (var sentence = 0; sentence < sentences.Count; sentence++)
            loss += LearnHeads(batch, sentence, gold[sentence], scale, forms, heads);
        loss += LearnRelations(batch, gold, scale, relationDependents, relationHeads, gradients);
        for (var sentence = 0; sentence < sentences.Count; sentence++)
        {
            tagScores.Row(batch.RowOf(sentence, 0)).Clear();
            for (var word = 1; word < batch.Lengths[sentence]; word++)
                loss += Softmax(tagScores.Row(batch.RowOf(sentence, word)), Sizes.Tags, gold[sentence].Tags[word - 1], scale);
        }
        Propagate(batch.Output, tagScores, TagWeight, gradients.TagWeight, gradients.TagBias, output);
        Propagate(batch.Output, relationDependents, RelationDependent, gradients.RelationDependent, gradients.RelationHidden, output);
        Propagate(batch.Output, relationHeads, RelationHead, gradients.RelationHead, null, output);
        var dependents = new FloatMatrix(rows, Sizes.Arc);
        Propagate(batch.ArcDependents, forms, ArcForm, gradients.ArcForm, gradients.ArcPrior, dependents);
        BackThroughRectifier(batch.ArcDependents, dependents, noise);
        BackThroughRectifier(batch.ArcHeads, heads, noise);
        Propagate(batch.Output, dependents, ArcDependent, gradients.ArcDependent, gradients.ArcDependentBias, output);
        Propagate(batch.Output, heads, ArcHead, gradients.ArcHead, gradients.ArcHeadBias, output);
        LearnLayers(batch, output, noise, gradients);
        return loss / words;
    }

    private void LearnLayers(ParserBatch batch, FloatMatrix output, ParserNoise noise, ParserNetwork gradients)
    {
        var current = batch.Output;
        for (var i = _layers.Length - 1; i >= 0; i--)
        {
            noise.DropGradient(current, output);
            var (input, forward, backward) = batch.Layers[i];
            var (left, right) = Split(output);
            output = _layers[i].Forward.Backward(input, forward, left, gradients._layers[i].Forward, batch.Shape);
            var other = _layers[i].Backward.Backward(input, backward, right, gradients._layers[i].Backward, batch.Shape);
            TensorPrimitives.Add(output.Values, other.Values, output.Values);
            current = input;
        }
        noise.DropGradient(batch.Embedded, output);
        for (var sentence = 0; sentence < batch.Sentences.Count; sentence++)
        {
            for (var word = 0; word < batch.Lengths[sentence]; word++)
            {
                var row = output.Row(batch.RowOf(sentence, word));
                foreach (var feature in batch.Sentences[sentence][word])
                    TensorPrimitives.Add(gradients.Embeddings.Row(feature), row, gradients.Embeddings.Row(feature));
            }
        }
    }

    private static double LearnHeads(ParserBatch batch, int sentence, ParserTarget gold, float scale, FloatMatrix forms, FloatMatrix heads)
    {
        var length = batch.Lengths[sentence];
        var scores = new float[length];
        var loss = 0.0;
        for (var word = 1; word < length; word++)
        {
            var row = batch.RowOf(sentence, word);
            for (var head = 0; head < length; head++)
                scores[head] = head == word ? float.NegativeInfinity
                    : FloatMatrix.Dot(batch.ArcForms.Row(row), batch.ArcHeads.Row(batch.RowOf(sentence, head)));
            loss += Softmax(scores, length, gold.Heads[word - 1], scale);
            for (var head = 0; head < length; head++)
            {
                var headRow = batch.RowOf(sentence, head);
                TensorPrimitives.MultiplyAdd(batch.ArcHeads.Row(headRow), scores[head], forms.Row(row), forms.Row(row));
                TensorPrimitives.MultiplyAdd(batch.ArcForms.Row(row), scores[head], heads.Row(headRow), heads.Row(headRow));
            }
        }
        return loss;
    }

    private double LearnRelations(
        ParserBatch batch, IReadOnlyList<ParserTarget> gold, float scale, FloatMatrix relationDependents, FloatMatrix relationHeads,
            ParserNetwork gradients)
    {
        var hidden = new FloatMatrix(batch.Shape.Rows, Sizes.Relation);
        for (var sentence = 0; sentence < gold.Count; sentence++)
        {
            for (var word = 1; word < batch.Lengths[sentence]; word++)
                JoinRelation(batch, sentence, word, gold[sentence].Heads[word - 1], hidden.Row(batch.RowOf(sentence, word)));
        }
        foreach (ref var value in hidden.Values.AsSpan())
            value = Rectify(value);
        var scores = Repeated(RelationBias, hidden.Rows);
        FloatMatrix.AddProduct(hidden.Values, RelationWeight, scores.Values, hidden.Rows);
        var loss = 0.0;
        for (var sentence = 0; sentence < gold.Count; sentence++)
        {
            scores.Row(batch.RowOf(sentence, 0)).Clear();
            for (var word = 1; word < batch.Lengths[sentence]; word++)
                loss += Softmax(scores.Row(batch.RowOf(sentence, word)), Sizes.Relations, gold[sentence].Relations[word - 1], scale);
        }
        var back = new FloatMatrix(hidden.Rows, Sizes.Relation);
        Propagate(hidden, scores, RelationWeight, gradients.RelationWeight, gradients.RelationBias, back);
        for (var i = 0; i < back.Values.Length; i++)
            back.Values[i] *= hidden.Values[i] >= 0 ? 1 : Leak;
        for (var sentence = 0; sentence < gold.Count; sentence++)
        {
            for (var word = 1; word < batch.Lengths[sentence]; word++)
            {
                var row = batch.RowOf(sentence, word);
                var target = relationHeads.Row(batch.RowOf(sentence, gold[sentence].Heads[word - 1]));
                TensorPrimitives.Add(target, back.Row(row), target);
                back.Row(row).CopyTo(relationDependents.Row(row));
            }
        }
        return loss;
    }

    /// <summary>Turns scores into gradients of the cross-entropy in place; padding gets none.</summary>
    private static double Softmax(Span<float> scores, int count, int gold, float scale)
    {
        var logarithms = LogSoftmax(scores[..count]);
        for (var i = 0; i < count; i++)
            scores[i] = scale * ((float)Math.Exp(logarithms[i]) - (i == gold ? 1 : 0));
        scores[count..].Clear();
        return -logarithms[gold];
    }

    private static void Propagate(FloatMatrix input, FloatMatrix gradient, FloatMatrix weight, FloatMatrix weightGradient,
        FloatMatrix? biasGradient, FloatMatrix inputGradient)
    {
        FloatMatrix.AddProduct(input.Transposed().Values, gradient, weightGradient.Values, input.Columns);
        if (biasGradient is not null)
            LstmLayer.AddRows(gradient, biasGradient.Values);
        FloatMatrix.AddProduct(gradient.Values, weight.Transposed(), inputGradient.Values, gradient.Rows);
    }

    private static void BackThroughRectifier(FloatMatrix output, FloatMatrix gradient, ParserNoise noise)
    {
        noise.DropGradient(output, gradient);
        for (var i = 0; i < gradient.Values.Length; i++)
            gradient.Values[i] *= output.Values[i] >= 0 ? 1 : Leak;
    }

    private (FloatMatrix Left, FloatMatrix Right) Split(FloatMatrix joined)
    {
        var left = new FloatMatrix(joined.Rows, Sizes.Width);
        var right = new FloatMatrix(joined.Rows, Sizes.Width);
        for (var row = 0; row < joined.Rows; row++)
        {
            joined.Row(row)[..Sizes.Width].CopyTo(left.Row(row));
            joined.Row(row)[Sizes.Width..].CopyTo(right.Row(row));
        }
        return (left, right);
    }
}

/// <summary>What a sentence should be parsed as; position i is word i + 1.</summary>
/// <param name="Tags">Index of each word's tag.</param>
/// <param name="Heads">Position of each word's head from 1; 0 is the root.</param>
/// <param name="Relations">Index of each word's relation.</param>
internal sealed record ParserTarget(int[] Tags, int[] Heads, int[] Relations);

/// <summary>Dropout that remembers its masks for the way back.</summary>
internal sealed class ParserNoise(SeededRandom random, float share)
{
    private readonly Dictionary<FloatMatrix, float[]> _masks = [];

    public void Begin() => _masks.Clear();

    public void Drop(FloatMatrix values)
    {
        var mask = new float[values.Values.Length];
        var kept = 1 / (1 - share);
        for (var i = 0; i < mask.Length; i++)
        {
            mask[i] = random.NextSingle() < share ? 0 : kept;
            values.Values[i] *= mask[i];
        }
        _masks[values] = mask;
    }

    public void DropGradient(FloatMatrix values, FloatMatrix gradient) =>
        TensorPrimitives.Multiply(gradient.Values, _masks[values], gradient.Values);
}
