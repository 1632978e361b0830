namespace Auricle.Text;

/// <summary>What a captioner's task tokens tell apart.</summary>
public enum CaptionTaskMode
{
    /// <summary>Data set and, where it has several, the source within it.</summary>
    DatasetAndSource,

    /// <summary>The data set alone.</summary>
    Dataset,

    /// <summary>Nothing: every caption starts with <see cref="SpecialTokens.Begin"/>.</summary>
    None,
}
