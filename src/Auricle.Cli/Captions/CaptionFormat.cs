namespace Auricle.Cli.Captions;

/// <summary>How results are written.</summary>
internal enum CaptionFormat
{
    /// <summary>For people: a table on a terminal, tab-separated lines elsewhere.</summary>
    Table,

    /// <summary>One array of objects.</summary>
    Json,

    /// <summary>One object a line.</summary>
    Jsonl,

    /// <summary>Comma-separated values with a header.</summary>
    Csv,

    /// <summary>SubRip subtitles, one file for each sound.</summary>
    Srt,

    /// <summary>WebVTT subtitles, one file for each sound.</summary>
    Vtt,
}
