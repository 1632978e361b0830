namespace Auricle.Text;

/// <summary>Which tokens may occur only once in a generated caption.</summary>
public enum RepetitionMode
{
    /// <summary>Any token may be repeated.</summary>
    None,

    /// <summary>No token may be repeated.</summary>
    All,

    /// <summary>Only the <see cref="StopWords"/> may be repeated.</summary>
    ContentWords,
}
