namespace Auricle.Server.Tests;

/// <summary>A test in a real browser: skipped, and reported so, where there is none or the page was not built.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    /// <summary>Marks the test as skipped where it cannot run.</summary>
    public BrowserFactAttribute() => Skip = !File.Exists(Browser.Path) ? "needs Debian's Chromium" : Browser.Page is null ? "needs the page, which ./test and ./auricle serve build" : null;
}

/// <summary>The browser and the page of these tests.</summary>
internal static class Browser
{
    /// <summary>Debian's Chromium.</summary>
    public const string Path = "/usr/bin/chromium";

    /// <summary>The folder of the built page.</summary>
    public static string? Page { get; } = Environment.GetEnvironmentVariable("AURICLE_PAGE") is { Length: > 0 } folder && File.Exists(System.IO.Path.Combine(folder, "index.html")) ? folder : null;
}
