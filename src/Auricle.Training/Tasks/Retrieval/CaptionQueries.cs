using Auricle.Evaluation;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>Captions that look for sounds: every caption is a query, to which all sounds belong that have it.</summary>
internal sealed class CaptionQueries
{
    /// <summary>The validation measurement by which checkpoints are chosen.</summary>
    public const string Monitor = "val_map10";

    private const int Depth = 10;

    private readonly CaptionPairs _pairs;

    /// <param name="pairs">The sounds and their captions.</param>
    /// <param name="kept">The sounds that could be read, in the order of their vectors.</param>
    public CaptionQueries(CaptionPairs pairs, IReadOnlyList<int> kept)
    {
        _pairs = pairs;
        PlaceOf = kept.Select((clip, place) => (clip, place)).ToDictionary(pair => pair.clip, pair => pair.place);
        Captions = [.. Enumerable.Range(0, pairs.Captions.Count).Where(caption => pairs.Matches[caption].Any(PlaceOf.ContainsKey))];
    }

    /// <summary>Where the vector of a sound stands.</summary>
    public IReadOnlyDictionary<int, int> PlaceOf { get; }

    /// <summary>The captions that some sound has, by their numbers among the pairs.</summary>
    public IReadOnlyList<int> Captions { get; }

    /// <summary>Their texts.</summary>
    public IEnumerable<string> Texts => Captions.Select(caption => _pairs.Captions[caption]);

    /// <summary>How well the captions find their sounds.</summary>
    /// <param name="name">What names of measurements begin with.</param>
    /// <param name="audio">[kept sounds, width].</param>
    /// <param name="text">[captions, width].</param>
    public IEnumerable<KeyValuePair<string, double>> Measure(string name, Tensor audio, Tensor text)
    {
        using var scope = TensorScope.Begin();
        var scores = RetrievalScores.Of(RetrievalLoss.Cosines(text, audio).ToArray<float>(), PlaceOf.Count,
            [.. Captions.Select(caption => (IReadOnlyList<int>)[.. _pairs.Matches[caption].Where(PlaceOf.ContainsKey).Select(clip => PlaceOf[clip])])]);
        return
        [
            new($"{name}_map{Depth}", scores.MeanAveragePrecision(Depth)),
            new($"{name}_r1", scores.Recall(1)),
            new($"{name}_r5", scores.Recall(5)),
            new($"{name}_r10", scores.Recall(10)),
            new($"{name}_hit1", scores.HitRate(1)),
        ];
    }
}
