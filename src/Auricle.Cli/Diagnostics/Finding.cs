namespace Auricle.Cli.Diagnostics;

/// <summary>One line of <c>auricle doctor</c>.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Value">What was found.</param>
internal sealed record Finding(string Subject, string Value)
{
    /// <summary>What is wrong and what to do, in one sentence; <see langword="null"/> where nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether nothing can be captioned because of it.</summary>
    public bool PreventsCaptioning { get; init; }
}
