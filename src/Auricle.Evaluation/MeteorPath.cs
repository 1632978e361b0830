using System.Collections;
using System.Collections.Immutable;

namespace Auricle.Evaluation;

/// <summary>One hypothesis of METEOR's alignment search.</summary>
internal sealed class MeteorPath : IComparable<MeteorPath>
{
    private readonly BitArray _candidateUsed;
    private readonly BitArray _referenceUsed;
    private int _covered;
    private int _chunks;
    private int _lastEnd = -1;

    public MeteorPath(int candidateLength, int referenceLength) => (_candidateUsed, _referenceUsed) = (new(candidateLength), new(referenceLength));

    private MeteorPath(MeteorPath source)
    {
        _candidateUsed = new(source._candidateUsed);
        _referenceUsed = new(source._referenceUsed);
        (_covered, _chunks, _lastEnd) = (source._covered, source._chunks, source._lastEnd);
        (Chosen, Index, Distance) = (source.Chosen, source.Index, source.Distance);
    }

    /// <summary>Matches taken during the search, the last one first.</summary>
    public ImmutableStack<MeteorMatch> Chosen { get; set; } = [];

    /// <summary>First reference word not yet decided on.</summary>
    public int Index { get; set; }

    /// <summary>Sum of how far matched words stand apart in the two lines.</summary>
    public int Distance { get; set; }

    /// <summary>Place in its list before sorting, so that equal paths keep their order.</summary>
    public int Order { get; set; }

    public MeteorPath Copy() => new(this);

    public bool IsReferenceUsed(int position) => _referenceUsed[position];

    public bool IsFree(MeteorMatch match)
    {
        for (var i = match.CandidateStart; i < match.CandidateEnd; i++)
        {
            if (_candidateUsed[i])
                return false;
        }
        for (var i = match.ReferenceStart; i < match.ReferenceEnd; i++)
        {
            if (_referenceUsed[i])
                return false;
        }
        return true;
    }

    public void Occupy(MeteorMatch match)
    {
        for (var i = match.CandidateStart; i < match.CandidateEnd; i++)
            _candidateUsed[i] = true;
        for (var i = match.ReferenceStart; i < match.ReferenceEnd; i++)
            _referenceUsed[i] = true;
    }

    /// <summary>Goes on behind a match and gives back how far its words stand apart.</summary>
    public int Take(MeteorMatch match)
    {
        // Inexact words weigh one half here and the original drops fractions at each step, so a single one adds nothing.
        _covered += match.Stage == 0 ? match.CandidateLength + match.ReferenceLength : (match.CandidateLength / 2) + (match.ReferenceLength / 2);
        if (_lastEnd >= 0 && _lastEnd != match.CandidateStart)
            _chunks++;
        Index = match.ReferenceEnd;
        _lastEnd = match.CandidateEnd;
        return Math.Abs(match.ReferenceStart - match.CandidateStart);
    }

    public void CloseChunk()
    {
        if (_lastEnd >= 0)
            _chunks++;
        _lastEnd = -1;
    }

    public int CompareTo(MeteorPath? other) => other is null
        ? 1
        : (-_covered, _chunks, Distance, Order).CompareTo((-other._covered, other._chunks, other.Distance, other.Order));
}
