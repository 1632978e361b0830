using Auricle.Evaluation;

namespace Auricle.Training;

/// <summary>What a space shared by sounds and texts finds in a split of a corpus, over clips of labels that can be learned.</summary>
/// <param name="ZeroShot">The share of clips whose label's text is the closest of all labels' texts.</param>
/// <param name="ZeroShotEsc10">The share of ESC-10's clips whose label's text is the closest of its ten.</param>
/// <param name="Captions">Clips found by the captions and clauses of their labels.</param>
/// <param name="Queries">Clips found by other queries for their labels; <see langword="null"/> without such.</param>
public sealed record SpaceEvaluation(double ZeroShot, double ZeroShotEsc10, RetrievalScores Captions, RetrievalScores? Queries)
{
    private const string Template = "This is a sound of ";

    /// <summary>Measures a space.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="clips">Clips of it whose labels can be learned.</param>
    /// <param name="sounds">Their vectors, [clips, width] row by row.</param>
    /// <param name="embed">Gives the vectors of texts in the same order, row by row.</param>
    /// <param name="queries">Further texts with their labels.</param>
    public static SpaceEvaluation Run(
        SoundCorpus corpus, IReadOnlyList<SoundClip> clips, float[] sounds, Func<IReadOnlyList<string>, float[]> embed, IReadOnlyList<LabelQuery> queries)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentNullException.ThrowIfNull(sounds);
        ArgumentNullException.ThrowIfNull(embed);
        ArgumentNullException.ThrowIfNull(queries);
        var width = sounds.Length / clips.Count;
        var clipsOf = Enumerable.Range(0, clips.Count).GroupBy(i => clips[i].Label).ToDictionary(group => group.Key, IReadOnlyList<int> (group) => [.. group]);
        var ofEsc10 = Enumerable.Range(0, clips.Count).Where(i => clips[i].Fold is not null).ToArray();
        var esc10 = ofEsc10.Select(i => clips[i].Label).Distinct().Order(StringComparer.Ordinal).ToArray();
        var texts = corpus.Labels.SelectMany(label => corpus.Captions[label].Concat(corpus.Clauses[label]).Select(text => new LabelQuery(text, label))).ToList();
        return new SpaceEvaluation(
            Named(corpus.Labels, Enumerable.Range(0, clips.Count)), Named(esc10, ofEsc10), Found(texts)!, Found(queries));

        double Named(IReadOnlyList<string> labels, IEnumerable<int> which)
        {
            if (labels.Count == 0)
                return 0;
            var vectors = embed([.. labels.Select(label => Template + label.Replace('_', ' '))]);
            return which.Average(i => labels[Ranking.Best<float>([.. Enumerable.Range(0, labels.Count).Select(label => Cosine(vectors, label, i))])] == clips[i].Label ? 1.0 : 0);
        }

        RetrievalScores? Found(IReadOnlyList<LabelQuery> asked)
        {
            var known = asked.Where(query => clipsOf.ContainsKey(query.Label)).ToList();
            if (known.Count == 0)
                return null;
            var vectors = embed([.. known.Select(query => query.Text)]);
            var similarities = new float[known.Count * clips.Count];
            for (var i = 0; i < similarities.Length; i++)
                similarities[i] = Cosine(vectors, i / clips.Count, i % clips.Count);
            return RetrievalScores.Of(similarities, clips.Count, [.. known.Select(query => clipsOf[query.Label])]);
        }

        float Cosine(float[] vectors, int text, int clip) =>
            System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(vectors.AsSpan(text * width, width), sounds.AsSpan(clip * width, width));
    }
}

/// <summary>A text by which the clips of a label are to be found.</summary>
/// <param name="Text">The text.</param>
/// <param name="Label">The label.</param>
public sealed record LabelQuery(string Text, string Label);

/// <summary>Reads such texts.</summary>
public static class LabelQueries
{
    /// <summary>The rows of a table with the columns <c>query</c> and <c>label</c>.</summary>
    /// <exception cref="CorpusException">The file or a column is missing.</exception>
    public static IReadOnlyList<LabelQuery> Read(string path) => CorpusTable.Read(path, "query", "label").ConvertAll(row => new LabelQuery(row.Fields[0], row.Fields[1]));
}
