namespace Auricle.Text;

/// <summary>What encoding does with a word outside the vocabulary.</summary>
public enum UnknownTokenPolicy
{
    /// <summary>Throws <see cref="UnknownTokenException"/>: right for training, where every word must be known.</summary>
    Throw,

    /// <summary>Uses <see cref="SpecialTokens.UnknownId"/>: right for validation and test.</summary>
    UseUnknown,
}
