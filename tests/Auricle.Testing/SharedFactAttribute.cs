using Xunit;

namespace Auricle.Testing;

/// <summary>A test of fetched audio, captions or vocabularies: skipped, and reported so, where the shared folder is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    /// <summary>Marks the test as skipped where there is no shared folder.</summary>
    public SharedFactAttribute() => Skip = SharedData.MissingReason;
}

/// <summary>As <see cref="SharedFactAttribute"/>, for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    /// <summary>Marks the test as skipped where there is no shared folder.</summary>
    public SharedTheoryAttribute() => Skip = SharedData.MissingReason;
}

internal static class SharedData
{
    public static string? MissingReason => Fixtures.SharedRoot is null ? "needs the shared folder of audio, captions and vocabularies" : null;
}
