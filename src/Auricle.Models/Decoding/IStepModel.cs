namespace Auricle.Models.Decoding;

/// <summary>A model that writes several texts at once, one token a step. It starts with one row for each clip.</summary>
public interface IStepModel : IDisposable
{
    /// <summary>The tokens it can name.</summary>
    int VocabularySize { get; }

    /// <summary>Feeds one token to each row.</summary>
    /// <param name="tokens">A token for each row; none in the first step of a model that starts from vectors alone.</param>
    /// <returns>[rows, tokens]: the logits of what follows. The caller may change them; they last until the next call.</returns>
    /// <exception cref="ArgumentException">There is not one token for each row.</exception>
    Span<float> Advance(scoped ReadOnlySpan<int> tokens);

    /// <summary>Replaces the rows: each new one continues an old one.</summary>
    /// <param name="parents">For each new row the old row that it continues.</param>
    void Rearrange(ReadOnlySpan<int> parents);
}
