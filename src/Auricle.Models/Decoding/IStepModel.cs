using Auricle.Torch;

namespace Auricle.Models.Decoding;

/// <summary>A model that writes several texts at once, one token a step. It starts with one row for each clip.</summary>
public interface IStepModel : IDisposable
{
    /// <summary>Feeds one token to each row.</summary>
    /// <param name="tokens">A token for each row.</param>
    /// <returns>[rows, tokens], float32: the logits of what follows.</returns>
    Tensor Advance(ReadOnlySpan<long> tokens);

    /// <summary>Replaces the rows: each new one continues an old one.</summary>
    /// <param name="parents">For each new row the old row that it continues.</param>
    /// <param name="clips">For each new row the clip it belongs to; ascending.</param>
    void Rearrange(ReadOnlySpan<long> parents, ReadOnlySpan<long> clips);
}
