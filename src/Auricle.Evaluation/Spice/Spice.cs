using System.Buffers;
using System.Globalization;
using Auricle.Text;

namespace Auricle.Evaluation;

/// <summary>
/// SPICE without Java: agreement of a caption with its references in objects, attributes and relations. Scores lie in [0, 1]. Safe for concurrent
/// use.
/// </summary>
/// <remarks>
/// The captions are parsed by Auricle's own parser, so scores are approximate (<see cref="SpiceScores.IsApproximate"/>); all that follows the
/// parser is exact. Every network of the parser parses all captions of a clip, and the clip's score is the mean of the scores of these parses,
/// which lies nearer to the original's than the score of any one.
/// Captions may be raw or tokenized; punctuation only parts sentences. <see cref="SpiceProgram"/> runs the original instead.
/// After P. Anderson, B. Fernando, M. Johnson and S. Gould, "SPICE: Semantic Propositional Image Caption Evaluation", ECCV 2016.
/// </remarks>
public sealed class Spice
{
    /// <summary>Name of the metric in the reference package.</summary>
    public const string Name = "spice";

    private const int SentencesOfBatch = 32;

    private static readonly SearchValues<char> Marks = SearchValues.Create(".,;:!?-'`\"");

    private readonly MeteorResources _resources;
    private readonly SpiceSynonyms _synonyms;

    /// <summary>Takes language data and a parser.</summary>
    /// <param name="resources">WordNet's synonym sets and irregular forms.</param>
    /// <param name="options">The parser to use.</param>
    public Spice(MeteorResources resources, SpiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(resources);
        (_resources, _synonyms, Parser) = (resources, new SpiceSynonyms(resources), options?.Parser ?? SpiceParser.Default);
    }

    /// <summary>The parser in use.</summary>
    public SpiceParser Parser { get; }

    /// <summary>Scores every clip; the corpus score is the mean.</summary>
    /// <param name="set">Candidates and references.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public SpiceScores Evaluate(CaptionSet set, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        var tuples = Propose([.. set.Candidates.Concat(set.References.SelectMany(captions => captions)).Distinct(StringComparer.Ordinal)],
            cancellationToken);
        var scores = new double[set.Count];
        var options = new ParallelOptions { CancellationToken = cancellationToken };
        Parallel.For(0, set.Count, options, clip => scores[clip] = Enumerable.Range(0, Parser.Members).Average(member =>
            Count(tuples[set.Candidates[clip]][member], set.References[clip].SelectMany(caption => tuples[caption][member])).F));
        var frontEnd = string.Create(CultureInfo.InvariantCulture, $"Auricle's caption parser ({Parser.Members} networks), approximate");
        return new SpiceScores(MetricScores.Mean(Name, scores), frontEnd, IsApproximate: true);
    }

    /// <summary>The score of one candidate.</summary>
    /// <param name="candidate">The caption to score.</param>
    /// <param name="references">At least one reference.</param>
    /// <exception cref="MetricInputException">There is no reference.</exception>
    public double Score(string candidate, IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(references);
        return Evaluate(new CaptionSet([candidate], [references])).Scores.Sentences[0];
    }

    /// <summary>How tuples of lemmas agree, as exactly as the original program counts.</summary>
    /// <param name="candidate">Tuples of the candidate in the order the caption gives them: each one, two or three texts (object; object and
    /// attribute; subject, object and relation).</param>
    /// <param name="references">Tuples of all references, in order.</param>
    public SpiceCount Count(IEnumerable<IReadOnlyList<string>> candidate, IEnumerable<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(references);
        return SpiceCount.Of(candidate, references, _synonyms);
    }

    /// <summary>Tuples of a sentence that some other parser parsed, exactly as the original program takes them.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Tuples(SpiceSentence sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        return SceneGraphTuples.Of(sentence);
    }

    /// <summary>Tuples of a parsed sentence: lemmas, the graph of collapsed dependencies, then the rules.</summary>
    internal IReadOnlyList<string[]> Tuples(ParsedSentence parse)
    {
        if (parse.Tokens.Count == 0)
            return [];
        var words = parse.Tokens.Zip(parse.Tags).Select(word => new SpiceWord(word.First, word.Second, LemmaOf(word.First, word.Second))).ToArray();
        var edges = words.Select((_, i) => new SpiceDependency(parse.Relations[i], new SpicePlace(parse.Heads[i]), new SpicePlace(i + 1))).ToArray();
        return SceneGraphTuples.Of(DependencyCollapser.Collapse(words, edges));
    }

    /// <summary>A word's lemma: as training saw it, else WordNet's where the form is irregular, else by spelling.</summary>
    internal string LemmaOf(string word, string tag)
    {
        var lower = word.ToLowerInvariant();
        if (Parser.Lemmas.TryGetValue($"{SpiceLemmatizer.Class(tag)}{lower}", out var lemma))
            return lemma;
        // Third persons and most -ing forms are regular, and their irregular namesakes are nouns ("leaves").
        var mayBeIrregular = tag is "VBD" or "VBN" or "VBG" or "VB" or "VBP" || (tag == "NNS" && !lower.EndsWith("ing", StringComparison.Ordinal));
        return mayBeIrregular && _resources.IrregularBasesOf(lower) is [var first, ..] ? first : SpiceLemmatizer.Of(word, tag);
    }

    /// <summary>The tuples of each caption by each member of the parser, in order.</summary>
    internal Dictionary<string, IReadOnlyList<string[]>[]> Propose(IReadOnlyList<string> captions, CancellationToken cancellationToken = default)
    {
        var sentences = captions.SelectMany(caption => Sentences(caption).Select(tokens => (Caption: caption, Tokens: tokens)))
            .Select((item, index) => (item.Caption, item.Tokens, Index: index)).OrderByDescending(item => item.Tokens.Length).ToArray();
        var batches = sentences.Chunk(SentencesOfBatch).ToArray();
        var tuples = new IReadOnlyList<string[]>[sentences.Length][];
        var options = new ParallelOptions { CancellationToken = cancellationToken };
        Parallel.For(0, batches.Length, options, i =>
        {
            foreach (var (item, parses) in batches[i].Zip(Parser.ParseEach([.. batches[i].Select(item => item.Tokens)])))
                tuples[item.Index] = [.. parses.Select(Tuples)];
        });
        var byCaption = sentences.OrderBy(item => item.Index).ToLookup(item => item.Caption, item => tuples[item.Index], StringComparer.Ordinal);
        return captions.ToDictionary(
            caption => caption,
            caption => Enumerable.Range(0, Parser.Members)
                .Select(IReadOnlyList<string[]> (member) => [.. byCaption[caption].SelectMany(sentence => sentence[member])]).ToArray(),
            StringComparer.Ordinal);
    }

    private static IEnumerable<string[]> Sentences(string caption)
    {
        var words = new List<string>();
        foreach (var token in PtbTokenizer.TokenizeRaw(caption))
        {
            var isEnd = token is "." or "!" or "?" or "...";
            if (!isEnd && token.AsSpan().ContainsAnyExcept(Marks))
                words.Add(token);
            if (!isEnd || words.Count == 0)
                continue;
            yield return [.. words];
            words.Clear();
        }
        if (words.Count > 0)
            yield return [.. words];
    }
}

/// <summary>A sentence with tags and a tree of basic dependencies.</summary>
/// <param name="Tokens">Its words.</param>
/// <param name="Tags">The Penn tag of each word.</param>
/// <param name="Heads">The head of each word, from 1; 0 is the root.</param>
/// <param name="Relations">The relation of each word to its head, in the basic Universal Dependencies (version 1) of CoreNLP 3.6.</param>
public sealed record ParsedSentence(IReadOnlyList<string> Tokens, IReadOnlyList<string> Tags, IReadOnlyList<int> Heads,
    IReadOnlyList<string> Relations);

/// <summary>SPICE of a set of clips, with what parsed them: figures of different parsers must not be mixed.</summary>
/// <param name="Scores">The corpus score, a mean, and the score of each clip; fractions.</param>
/// <param name="FrontEnd">What parsed the captions, in words for a report.</param>
/// <param name="IsApproximate">Whether the parser only comes near that of the original program.</param>
public sealed record SpiceScores(MetricScores Scores, string FrontEnd, bool IsApproximate);

/// <summary>How <see cref="Spice"/> parses captions.</summary>
public sealed record SpiceOptions
{
    /// <summary>The parser, or <see langword="null"/> for the one that comes with Auricle.</summary>
    public SpiceParser? Parser { get; init; }
}
