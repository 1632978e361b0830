namespace Auricle.Models.Decoding;

/// <summary>What a <see cref="BeamSearch"/> found for one clip.</summary>
/// <param name="Slots">One finished text for each place of the beam, in the order of the places, not of probability.</param>
public sealed record BeamSearchResult(IReadOnlyList<Hypothesis> Slots)
{
    /// <summary>The place of the most probable text; the first of equals.</summary>
    public int BestSlot
    {
        get
        {
            var best = 0;
            for (var i = 1; i < Slots.Count; i++)
            {
                if (Slots[i].LogProbability > Slots[best].LogProbability)
                    best = i;
            }
            return best;
        }
    }

    /// <summary>The most probable text.</summary>
    public Hypothesis Best => Slots[BestSlot];
}
