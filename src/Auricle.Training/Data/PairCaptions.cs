using System.Text;

namespace Auricle.Training;

/// <summary>Composes sentences for two sounds from a clause of each and a template. The same random numbers give the same sentence.</summary>
public sealed class PairCaptions
{
    private readonly SoundCorpus _corpus;
    private readonly double _skew;
    private readonly PairTemplate[] _simultaneous;
    private readonly PairTemplate[] _sequential;

    /// <summary>Takes clauses and templates of a corpus.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="skew">How much the head of each list is favoured: <see cref="MixtureOptions.SentenceSkew"/>.</param>
    /// <exception cref="CorpusException">There is no template for one of the two relations.</exception>
    public PairCaptions(SoundCorpus corpus, double skew = 0)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        (_corpus, _skew) = (corpus, skew);
        _simultaneous = Fitting(corpus, PairRelation.Simultaneous);
        _sequential = Fitting(corpus, PairRelation.Sequential);
    }

    /// <summary>
    /// A sentence for two labels. Of a sequence, <paramref name="a"/> is heard first. Of simultaneous sounds, <paramref name="a"/>
    /// is the weaker one: it keeps its place only where the template speaks of near and far, otherwise a coin decides the order.
    /// </summary>
    /// <param name="a">The label heard first, or the weaker one.</param>
    /// <param name="b">The other label.</param>
    /// <param name="relation">How the two lie in time; <see cref="PairRelation.Either"/> is no mixture.</param>
    /// <param name="random">Decides clauses, template and order.</param>
    /// <exception cref="CorpusException">A label has no clause.</exception>
    public string Compose(string a, string b, PairRelation relation, Random random) => ComposeOf(a, b, relation, random).Text;

    /// <summary>As <see cref="Compose"/>, with the clause of each label.</summary>
    internal PairSentence ComposeOf(string a, string b, PairRelation relation, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfEqual((int)relation, (int)PairRelation.Either, nameof(relation));
        var templates = relation == PairRelation.Sequential ? _sequential : _simultaneous;
        var template = templates[Choose(templates.Length, random)];
        var (ofA, ofB) = (Clause(a, random), Clause(b, random));
        var isTurned = template.Relation != PairRelation.Sequential && !template.NamesDepth && random.Next(2) == 1;
        return new PairSentence(isTurned ? template.Fill(ofB, ofA) : template.Fill(ofA, ofB), ofA, ofB);
    }

    /// <summary>The place in a list of <paramref name="count"/> sentences that is drawn under the skew.</summary>
    public int Choose(int count, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (_skew == 0)
            return random.Next(count);
        var rest = random.NextDouble() * Enumerable.Range(1, count).Sum(Weight);
        var at = 0;
        while (at < count - 1 && (rest -= Weight(at + 1)) >= 0)
            at++;
        return at;

        double Weight(int place) => Math.Pow(place, -_skew);
    }

    private string Clause(string label, Random random) => _corpus.Clauses.TryGetValue(label, out var clauses)
        ? clauses[Choose(clauses.Count, random)]
        : throw new CorpusException($"Label '{label}' has no line in 'clauses.csv' of '{_corpus.Folder}'; add at least one.");

    private static PairTemplate[] Fitting(SoundCorpus corpus, PairRelation relation)
    {
        PairTemplate[] templates = [.. corpus.PairTemplates.Where(template => template.Relation == relation || template.Relation == PairRelation.Either)];
        return templates.Length > 0
            ? templates
            : throw new CorpusException($"'pair_templates.csv' of '{corpus.Folder}' has no template that is {relation.ToString().ToLowerInvariant()}; add one.");
    }
}

/// <summary>A sentence for two sounds.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="ClauseOfA">What it says of the first label.</param>
/// <param name="ClauseOfB">What it says of the other.</param>
internal sealed record PairSentence(string Text, string ClauseOfA, string ClauseOfB);

/// <summary>How two sounds of a mixture lie in time.</summary>
public enum PairRelation
{
    /// <summary>Both are heard at the same time.</summary>
    Simultaneous,

    /// <summary>The second begins when the first has ended.</summary>
    Sequential,

    /// <summary>Only of templates: the sentence does not say.</summary>
    Either,
}

/// <summary>A sentence for two sounds, with <c>{a}</c> and <c>{b}</c> where their clauses go.</summary>
/// <param name="Relation">Which mixtures the sentence is true of.</param>
/// <param name="Text">The sentence; of a sequence, the sound of <c>{a}</c> comes first.</param>
public sealed record PairTemplate(PairRelation Relation, string Text)
{
    private static readonly string[] DepthWords = ["background", "close by", "foreground", "distance"];

    /// <summary>Whether the sentence puts <c>{a}</c> further away than <c>{b}</c>, so that the two cannot change places.</summary>
    public bool NamesDepth { get; } = DepthWords.Any(word => Text.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>The sentence for two clauses, its first letter capitalised.</summary>
    public string Fill(string a, string b)
    {
        var filled = new StringBuilder(Text.Length + a.Length + b.Length);
        for (var rest = Text.AsSpan(); rest.Length > 0;)
        {
            var isPlace = rest.StartsWith("{a}") || rest.StartsWith("{b}");
            if (isPlace)
                filled.Append(rest[1] == 'a' ? a : b);
            else
                filled.Append(rest[0]);
            rest = rest[(isPlace ? 3 : 1)..];
        }
        if (filled.Length > 0)
            filled[0] = char.ToUpperInvariant(filled[0]);
        return filled.ToString();
    }
}
