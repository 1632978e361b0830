using System.Text.Json;

namespace Auricle.Training;

internal static class JsonText
{
    /// <summary>For files that people read.</summary>
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}
