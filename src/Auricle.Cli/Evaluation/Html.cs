using System.Net;

namespace Auricle.Cli.Evaluation;

/// <summary>Puts foreign text into pages.</summary>
internal static class Html
{
    /// <summary>Text in which nothing is markup, inside elements and quoted attributes alike.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);
}
