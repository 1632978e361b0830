using System.Collections.Immutable;

namespace Auricle.Evaluation;

/// <summary>Finds METEOR's alignment of a candidate (line 1) with a reference (line 2): most words covered, then fewest chunks, by beam search.</summary>
internal sealed class MeteorAligner(MeteorStages stages, MeteorParaphrases paraphrases)
{
    private const int BeamSize = 40;

    /// <summary>The chosen matches in reference order.</summary>
    public MeteorMatch[] Align(MeteorWord[] candidate, MeteorWord[] reference)
    {
        var matches = FindMatches(candidate, reference);
        var start = new MeteorPath(candidate.Length, reference.Length);
        var isFixed = FixSingleMatches(matches, candidate.Length, reference.Length, start);
        var best = Search(matches, isFixed, start, reference.Length);
        return [.. best.Chosen.Concat(Enumerable.Range(0, reference.Length).Where(position => isFixed[position]).Select(position => matches[position][0])).OrderBy(match => match.ReferenceStart)];
    }

    private List<MeteorMatch>[] FindMatches(MeteorWord[] candidate, MeteorWord[] reference)
    {
        var matches = new List<MeteorMatch>[reference.Length];
        for (var i = 0; i < matches.Length; i++)
            matches[i] = [];
        if (stages.HasFlag(MeteorStages.Exact))
            AddWordMatches(matches, candidate, reference, 0, (one, other) => one == other);
        if (candidate.AsSpan().SequenceEqual(reference))
            return matches;
        if (stages.HasFlag(MeteorStages.Stem))
            AddWordMatches(matches, candidate, reference, 1, (one, other) => one != other && one.Stem == other.Stem);
        if (stages.HasFlag(MeteorStages.Synonym))
            AddWordMatches(matches, candidate, reference, 2, (one, other) => one != other && one.IsSynonymOf(other));
        if (stages.HasFlag(MeteorStages.Paraphrase) && paraphrases.LongestPhrase > 0)
        {
            AddPhraseMatches(reference, candidate, (start, length, otherStart, otherLength) => matches[start].Add(new(start, length, otherStart, otherLength, 3)));
            AddPhraseMatches(candidate, reference, (start, length, otherStart, otherLength) => matches[otherStart].Add(new(otherStart, otherLength, start, length, 3)));
        }
        return matches;
    }

    private static void AddWordMatches(List<MeteorMatch>[] matches, MeteorWord[] candidate, MeteorWord[] reference, int stage, Func<MeteorWord, MeteorWord, bool> agree)
    {
        for (var i = 0; i < reference.Length; i++)
        {
            for (var j = 0; j < candidate.Length; j++)
            {
                if (agree(reference[i], candidate[j]))
                    matches[i].Add(new MeteorMatch(i, 1, j, 1, stage));
            }
        }
    }

    /// <summary>Reports every table phrase of one line whose paraphrase stands in the other: start and length in the one, then in the other.</summary>
    private void AddPhraseMatches(MeteorWord[] line, MeteorWord[] other, Action<int, int, int, int> report)
    {
        var otherWords = Array.ConvertAll(other, word => word.Text);
        var otherText = string.Join(' ', otherWords);
        for (var start = 0; start < line.Length; start++)
        {
            var phrase = "";
            for (var length = 1; length <= paraphrases.LongestPhrase && start + length <= line.Length; length++)
            {
                phrase = length == 1 ? line[start].Text : $"{phrase} {line[start + length - 1].Text}";
                foreach (var paraphrase in paraphrases.Of(phrase))
                {
                    if (!otherText.Contains(paraphrase, StringComparison.Ordinal))
                        continue;
                    var words = paraphrase.Split(' ');
                    for (var otherStart = 0; otherStart + words.Length <= otherWords.Length; otherStart++)
                    {
                        if (otherWords.AsSpan(otherStart, words.Length).SequenceEqual(words))
                            report(start, length, otherStart, words.Length);
                    }
                }
            }
        }
    }

    /// <summary>Takes the matches that no other match competes with before the search starts.</summary>
    private static bool[] FixSingleMatches(List<MeteorMatch>[] matches, int candidateLength, int referenceLength, MeteorPath path)
    {
        var candidateCoverage = new int[candidateLength];
        var referenceCoverage = new int[referenceLength];
        foreach (var match in matches.SelectMany(list => list))
        {
            foreach (ref var count in candidateCoverage.AsSpan(match.CandidateStart, match.CandidateLength))
                count++;
            foreach (ref var count in referenceCoverage.AsSpan(match.ReferenceStart, match.ReferenceLength))
                count++;
        }
        var isFixed = new bool[referenceLength];
        for (var position = 0; position < referenceLength; position++)
        {
            if (matches[position].Count != 1)
                continue;
            var match = matches[position][0];
            isFixed[position] = !candidateCoverage.AsSpan(match.CandidateStart, match.CandidateLength).ContainsAnyExcept(1)
                && !referenceCoverage.AsSpan(match.ReferenceStart, match.ReferenceLength).ContainsAnyExcept(1);
            if (isFixed[position])
                path.Occupy(match);
        }
        return isFixed;
    }

    private static MeteorPath Search(List<MeteorMatch>[] matches, bool[] isFixed, MeteorPath start, int referenceLength)
    {
        List<MeteorPath> paths = [start];
        for (var position = 0; position <= referenceLength; position++)
        {
            Sort(paths);
            var next = new List<MeteorPath>(paths.Count + 8);
            foreach (var path in paths.Take(BeamSize))
                Extend(path, position, matches, isFixed, next);
            if (next.Count == 0)
                next.Add(paths[0]);
            paths = next;
        }
        Sort(paths);
        return paths[0];
    }

    private static void Extend(MeteorPath path, int position, List<MeteorMatch>[] matches, bool[] isFixed, List<MeteorPath> next)
    {
        if (position == matches.Length)
        {
            path.CloseChunk();
            next.Add(path);
        }
        else if (path.IsReferenceUsed(position))
        {
            if (position >= path.Index)
            {
                // A path that stands before a used word without a match of its own there leads nowhere.
                if (!isFixed[path.Index])
                    return;
                path.Distance += path.Take(matches[path.Index][0]);
            }
            next.Add(path);
        }
        else
        {
            foreach (var match in matches[position])
            {
                if (!path.IsFree(match))
                    continue;
                var taken = path.Copy();
                taken.Occupy(match);
                taken.Chosen = taken.Chosen.Push(match);
                // As in the original, the distance burdens the path that was copied, not the copy.
                path.Distance += taken.Take(match);
                next.Add(taken);
            }
            path.CloseChunk();
            path.Index++;
            next.Add(path);
        }
    }

    private static void Sort(List<MeteorPath> paths)
    {
        for (var i = 0; i < paths.Count; i++)
            paths[i].Order = i;
        paths.Sort();
    }
}

/// <summary>Words of a reference and of a candidate that METEOR takes to agree.</summary>
/// <param name="ReferenceStart">First word in the reference, from 0.</param>
/// <param name="ReferenceLength">Number of words in the reference.</param>
/// <param name="CandidateStart">First word in the candidate, from 0.</param>
/// <param name="CandidateLength">Number of words in the candidate.</param>
/// <param name="Stage">0 exact, 1 stem, 2 synonym, 3 paraphrase.</param>
public readonly record struct MeteorMatch(int ReferenceStart, int ReferenceLength, int CandidateStart, int CandidateLength, int Stage)
{
    internal int ReferenceEnd => ReferenceStart + ReferenceLength;

    internal int CandidateEnd => CandidateStart + CandidateLength;
}

/// <summary>The kinds of agreement METEOR looks for, in this order.</summary>
[Flags]
public enum MeteorStages
{
    /// <summary>Equal words.</summary>
    Exact = 1,

    /// <summary>Words with equal stems.</summary>
    Stem = 2,

    /// <summary>Words that share a synonym set.</summary>
    Synonym = 4,

    /// <summary>Phrases of the paraphrase table.</summary>
    Paraphrase = 8,

    /// <summary>All of them.</summary>
    All = Exact | Stem | Synonym | Paraphrase,
}
