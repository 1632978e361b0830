using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Evaluation;

/// <summary>A clip whose score by the original SPICE is known.</summary>
/// <param name="Candidate">Its candidate.</param>
/// <param name="References">Its references.</param>
/// <param name="Score">The original program's F.</param>
public sealed record SpiceClip(string Candidate, IReadOnlyList<string> References, double Score);

/// <summary>Clips to judge a caption parser by. Their captions must not be trained on: see <see cref="Captions"/>.</summary>
public sealed class SpiceHeldOut
{
    private const int ClothoPeriod = 10;
    private const int ClothoPhase = 3;

    private SpiceHeldOut(IReadOnlyList<SpiceClip> clips, IEnumerable<string> captions) => (Clips, Captions) =
        (clips, captions.ToHashSet(StringComparer.Ordinal));

    /// <summary>The clips.</summary>
    public IReadOnlyList<SpiceClip> Clips { get; }

    /// <summary>Every caption of the clips, and those of held-out clips that cannot be scored.</summary>
    public IReadOnlySet<string> Captions { get; }

    private const int LargestFile = 256 << 20;

    /// <summary>Reads clips with their scores: a JSON object whose <c>clips</c> each have <c>candidate</c>, <c>references</c> and <c>f</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="MetricDataException">The file is of another form.</exception>
    public static SpiceHeldOut OfScores(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"The file of held-out clips '{path}' does not exist.", path);
        try
        {
            using var document = JsonText.Parse(WholeFile.Read(path, LargestFile, Fault), Fault);
            var clips = document.RootElement.GetProperty("clips").EnumerateArray().Select(clip => new SpiceClip(
                clip.GetProperty("candidate").GetString()!,
                [.. clip.GetProperty("references").EnumerateArray().Select(text => text.GetString()!)],
                clip.GetProperty("f").GetDouble())).ToArray();
            return new(clips, clips.SelectMany(clip => clip.References.Append(clip.Candidate)));
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Fault(new($"holds no clips with candidate, references and f ({error.Message.TrimEnd('.')})") { Inner = error });
        }

        MetricDataException Fault(FileProblem problem) => new($"'{path}' {problem.What}; {problem.Remedy ?? "fetch the file again"}.", problem.Inner);
    }

    /// <summary>
    /// Holds out every tenth clip of Clotho's evaluation captions. The candidate of a clip is the caption before its references in the treebank,
    /// where that is no reference itself;
    /// the original's score follows from the treebank's tuples.
    /// </summary>
    /// <param name="path">Clotho's captions: a header, then lines of file name, raw text and text, five a clip.</param>
    /// <param name="sentences">The treebank.</param>
    /// <param name="resources">WordNet's synonym sets, by which tuples are compared.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static SpiceHeldOut OfClotho(string path, IReadOnlyList<TreebankSentence> sentences, MeteorResources resources)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        ArgumentNullException.ThrowIfNull(resources);
        if (!File.Exists(path))
            throw new FileNotFoundException($"The file of Clotho's captions '{path}' does not exist.", path);
        // Neither the first nor the last field holds a comma.
        var rows = File.ReadLines(path).Skip(1).Where(line => line.Length > 0)
            .Select(line => (Clip: line[..line.IndexOf(',', StringComparison.Ordinal)], Text: line[(line.LastIndexOf(',') + 1)..])).ToArray();
        var references = rows.Select(row => row.Text).ToHashSet(StringComparer.Ordinal);
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < sentences.Count; i++)
            places.TryAdd(sentences[i].Caption, i);
        var clips = new List<SpiceClip>();
        var captions = new List<string>();
        var synonyms = new SpiceSynonyms(resources);
        foreach (var group in rows.GroupBy(row => row.Clip).Where((_, index) => index % ClothoPeriod == ClothoPhase))
        {
            string[] texts = [.. group.Select(row => row.Text)];
            captions.AddRange(texts);
            if (!texts.All(places.ContainsKey) || texts.Min(text => places[text]) is not (> 0 and var first)
                || references.Contains(sentences[first - 1].Caption))
                continue;
            var candidate = sentences[first - 1];
            captions.Add(candidate.Caption);
            var count = SpiceCount.Of(candidate.Tuples, texts.SelectMany(text => sentences[places[text]].Tuples), synonyms);
            clips.Add(new SpiceClip(candidate.Caption, texts, count.F));
        }
        return new(clips, captions);
    }

    /// <summary>Compares scores with the original's.</summary>
    public static SpiceAgreement Compare(Spice spice, IReadOnlyList<SpiceClip> clips)
    {
        ArgumentNullException.ThrowIfNull(spice);
        ArgumentNullException.ThrowIfNull(clips);
        var set = new CaptionSet([.. clips.Select(clip => clip.Candidate)], [.. clips.Select(clip => clip.References)]);
        return SpiceAgreement.Of(spice.Evaluate(set).Scores.Sentences, [.. clips.Select(clip => clip.Score)]);
    }
}

/// <summary>How scores agree with the original's.</summary>
/// <param name="Clips">Number of clips.</param>
/// <param name="Corpus">Mean of the scores.</param>
/// <param name="OriginalCorpus">Mean of the original's scores.</param>
/// <param name="Correlation">Pearson's correlation over clips.</param>
/// <param name="MeanError">Mean absolute difference of a clip.</param>
public sealed record SpiceAgreement(int Clips, double Corpus, double OriginalCorpus, double Correlation, double MeanError)
{
    /// <summary>Compares two lists of scores.</summary>
    public static SpiceAgreement Of(IReadOnlyList<double> scores, IReadOnlyList<double> originals)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(originals);
        var (mean, originalMean) = (scores.Average(), originals.Average());
        var product = scores.Zip(originals).Sum(pair => (pair.First - mean) * (pair.Second - originalMean));
        var squares = scores.Sum(score => (score - mean) * (score - mean)) * originals.Sum(score => (score - originalMean) * (score - originalMean));
        return new(scores.Count, mean, originalMean, product / Math.Sqrt(squares), scores.Zip(originals)
            .Average(pair => Math.Abs(pair.First - pair.Second)));
    }
}
