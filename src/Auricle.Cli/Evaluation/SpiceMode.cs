namespace Auricle.Cli.Evaluation;

/// <summary>How captions are parsed for SPICE.</summary>
internal enum SpiceMode
{
    /// <summary>By Auricle's own parser, which only comes near the original's.</summary>
    Approximate,
    /// <summary>By the original program.</summary>
    Exact,
}
