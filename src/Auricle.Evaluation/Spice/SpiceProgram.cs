using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Auricle.Evaluation;

/// <summary>
/// The original SPICE, run through Java where the user has it: a folder with <c>spice-1.0.jar</c> and its <c>lib</c> (CoreNLP 3.6.0 with its models
/// among them).
/// </summary>
/// <remarks>The program writes its results with a scripting engine that Java has in versions 8 to 14 only, and wants some 8 GB of memory.</remarks>
public sealed partial class SpiceProgram
{
    /// <summary>Name of the program's file.</summary>
    public const string JarName = "spice-1.0.jar";

    private const int OldestJava = 8;
    private const int NewestJava = 14;
    private const int ShownOutput = 500;

    private readonly string _folder;
    private readonly string _java;

    /// <summary>Finds the program.</summary>
    /// <param name="folder">The folder that holds the jar.</param>
    /// <param name="java">The Java program to run it with.</param>
    /// <exception cref="FileNotFoundException">The folder holds no jar.</exception>
    public SpiceProgram(string folder, string java = "java")
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(java);
        (_folder, _java) = (Path.GetFullPath(folder), java);
        var jar = Path.Combine(_folder, JarName);
        if (!File.Exists(jar))
            throw new FileNotFoundException(
                $"There is no {JarName} in '{folder}'; give the folder of the original SPICE, with its lib folder beside the jar.", jar);
    }

    /// <summary>Memory Java may take, in gigabytes.</summary>
    public int MemoryGigabytes { get; init; } = 8;

    /// <summary>Scores every clip with the original program; takes about 50 ms a caption.</summary>
    /// <exception cref="SpiceProgramException">Java is missing, of a version the program cannot run on, or the program failed.</exception>
    public async Task<SpiceScores> EvaluateAsync(CaptionSet set, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        var (_, version) = await RunAsync(["-version"], cancellationToken).ConfigureAwait(false);
        CheckVersion(version);
        var folder = Directory.CreateTempSubdirectory("auricle-spice-").FullName;
        try
        {
            var (input, output) = (Path.Combine(folder, "captions.json"), Path.Combine(folder, "scores.json"));
            await File.WriteAllBytesAsync(input, WriteCaptions(set), cancellationToken).ConfigureAwait(false);
            var memory = string.Create(CultureInfo.InvariantCulture, $"-Xmx{MemoryGigabytes}G");
            var (exitCode, messages) = await RunAsync([memory, "-jar", JarName, input, "-out", output, "-subset", "-silent"], cancellationToken)
                .ConfigureAwait(false);
            if (exitCode != 0 || !File.Exists(output))
                throw new SpiceProgramException(
                    $"The original SPICE in '{_folder}' ended with code {exitCode} and without scores: {Shorten(messages)}");
            var scores = ReadScores(await File.ReadAllBytesAsync(output, cancellationToken).ConfigureAwait(false), set.Count);
            return new SpiceScores(MetricScores.Mean(Spice.Name, scores), "the original program (SPICE 1.0, Java)",
                IsApproximate: false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The program's input: a list of <c>image_id</c>, <c>test</c> and <c>refs</c>.</summary>
    internal static byte[] WriteCaptions(CaptionSet set)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            for (var clip = 0; clip < set.Count; clip++)
            {
                writer.WriteStartObject();
                writer.WriteNumber("image_id", clip);
                writer.WriteString("test", set.Candidates[clip]);
                writer.WriteStartArray("refs");
                foreach (var reference in set.References[clip])
                    writer.WriteStringValue(reference);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        return stream.ToArray();
    }

    /// <summary>The program's output: a list in the order of the input, each with <c>scores.All.f</c>, which is no number where nothing could be
    /// compared.</summary>
    internal static double[] ReadScores(byte[] json, int count)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            double[] scores =
            [
                .. document.RootElement.EnumerateArray().Select(clip => clip.GetProperty("scores").GetProperty("All").GetProperty("f"))
                    .Select(score => score.ValueKind == JsonValueKind.Number ? score.GetDouble() : 0),
            ];
            return scores.Length == count
                ? scores
                : throw new SpiceProgramException(
                    $"The original SPICE gave {scores.Length} scores for {count} clips; run it by hand to see why.");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new SpiceProgramException($"The original SPICE wrote scores in a form that cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Checks what <c>java -version</c> prints.</summary>
    internal static void CheckVersion(string printed)
    {
        var match = VersionPattern().Match(printed);
        if (!match.Success)
            throw new SpiceProgramException($"'java -version' names no version: {Shorten(printed)}");
        var first = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        var version = first == 1 ? int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) : first; // "1.8" is Java 8
        if (version is < OldestJava or > NewestJava)
            throw new SpiceProgramException(
                $"The original SPICE runs on Java {OldestJava} to {NewestJava}, but this is Java {version}; point to an older one, for example Java 11.");
    }

    private static string Shorten(string text) => text.Trim() is { Length: > ShownOutput } trimmed ? $"... {trimmed[^ShownOutput..]}" : text.Trim();

    private async Task<(int ExitCode, string Messages)> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_java, arguments) { WorkingDirectory = _folder, RedirectStandardOutput = true,
            RedirectStandardError = true };
        using var process = new Process { StartInfo = start };
        var messages = new StringBuilder();
        DataReceivedEventHandler collect = (_, line) =>
        {
            lock (messages)
                messages.AppendLine(line.Data);
        };
        process.OutputDataReceived += collect;
        process.ErrorDataReceived += collect;
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new SpiceProgramException(
                $"Java cannot be started as '{_java}' ({error.Message}); install a Java of version {OldestJava} to {NewestJava} or point to one.",
                error);
        }
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        lock (messages)
            return (process.ExitCode, messages.ToString());
    }

    [GeneratedRegex("""version "(\d+)(?:\.(\d+))?""", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();
}
