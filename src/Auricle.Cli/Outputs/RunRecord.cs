using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Auricle.Cli.Outputs;

/// <summary>
/// How the rows of a file were made, kept in a small hidden file beside it (<c>.auricle-….run</c>): a run that goes on with other options
/// would mix two kinds of rows. Where it is missing, the rows themselves tell most of it.
/// </summary>
/// <param name="Output">The name of the file.</param>
/// <param name="Options">Options by name, as the user gave them; those left out are absent.</param>
/// <param name="Length">The bytes of the file when a run had ended; absent while one is under way, whose last rows may be torn.</param>
internal sealed record RunRecord(string Output, IReadOnlyDictionary<string, string> Options, long? Length = null)
{
    /// <summary>The first option in which two runs differ, as <c>--beam 3</c> and <c>--beam 5</c>; <see langword="null"/> where they agree.</summary>
    public (string Earlier, string Now)? Difference(RunRecord now)
    {
        foreach (var name in Options.Keys.Union(now.Options.Keys))
        {
            var (earlier, later) = (Options.GetValueOrDefault(name), now.Options.GetValueOrDefault(name));
            if (earlier != later)
                return (Say(name, earlier), Say(name, later));
        }
        return null;

        static string Say(string name, string? value) => value is null ? $"without {name}" : $"with {name} {value}";
    }

    /// <summary>Reads a record; nothing where there is none that can be read.</summary>
    public static RunRecord? Read(string path)
    {
        try
        {
            return FileIdentity.KindOf(path, follow: false) == FileKind.File && new FileInfo(path).Length < 1 << 20
                && JsonSerializer.Deserialize(File.ReadAllBytes(path), RunRecordJson.Readable.RunRecord) is { Options: not null } record ? record : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the record; rows count more, so that one which cannot be written is no error.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="length">The bytes of the file at the end of a run.</param>
    public void Save(string path, long? length)
    {
        var next = path + ".new";
        try
        {
            File.Delete(next);
            using (var file = new FileStream(next, FileMode.CreateNew, FileAccess.Write))
                JsonSerializer.Serialize(file, this with { Length = length }, RunRecordJson.Readable.RunRecord);
            File.Move(next, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            OutputPath.TryDelete(next);
        }
    }
}

/// <summary>The JSON form of a record.</summary>
[JsonSerializable(typeof(RunRecord))]
internal sealed partial class RunRecordJson : JsonSerializerContext
{
    public static RunRecordJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
