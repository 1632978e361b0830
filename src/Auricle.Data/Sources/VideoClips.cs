using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Auricle.Data.Layouts;
using Auricle.Data.Reading;

namespace Auricle.Data;

/// <summary>
/// Fetches clips of videos through the user's own <c>yt-dlp</c>, where it is installed: which videos may be had is between the user and their keeper. Clips that cannot be had
/// are noted in <c>unavailable.csv</c> and not asked for again.
/// </summary>
public sealed class VideoClips
{
    /// <summary>The list of clips that could not be had.</summary>
    public const string UnavailableName = "unavailable.csv";

    private const string Program = "yt-dlp";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly string _program;

    private VideoClips(string program) => _program = program;

    /// <summary>Finds the program on the path; <see langword="null"/> where it is not installed.</summary>
    public static VideoClips? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? Program + ".exe" : Program)).FirstOrDefault(File.Exists) is { } path ? new VideoClips(path) : null;

    /// <summary>Fetches the clips of a set that are missing.</summary>
    /// <param name="set">The set, of a layout of videos.</param>
    /// <param name="report">Called with each clip and why it could not be had, or <see langword="null"/> where it could.</param>
    /// <param name="cancellationToken">Ends the work; what is here stays.</param>
    /// <returns>How many came, and how many could not be had, those of earlier calls included.</returns>
    public async Task<(int Fetched, int Unavailable)> FetchAsync(DataSet set, Action<string, string?>? report = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        var list = Path.Combine(set.Root, UnavailableName);
        var known = File.Exists(list) ? DataTable.Read(list, "id").Select(row => row["id"]).ToHashSet(StringComparer.Ordinal) : [];
        if (known.Count == 0)
            await File.WriteAllTextAsync(list, "id,reason\n", cancellationToken).ConfigureAwait(false);
        var (fetched, failed) = (0, known.Count);
        foreach (var clip in set.Missing.Where(clip => !known.Contains(clip.Id)))
        {
            // ID_START behind the split.
            var name = clip.Id[(clip.Id.IndexOf('/') + 1)..];
            var place = name.LastIndexOf('_');
            var start = double.Parse(name[(place + 1)..], CultureInfo.InvariantCulture);
            var reason = await FetchAsync(name[..place], start, VideoNames.ClipSeconds, Path.Combine(set.Root, clip.Split ?? "clips", name), cancellationToken).ConfigureAwait(false);
            if (reason is null)
                fetched++;
            else
            {
                failed++;
                await File.AppendAllTextAsync(list, $"{clip.Id},\"{reason.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n", cancellationToken).ConfigureAwait(false);
            }
            report?.Invoke(clip.Id, reason);
        }
        return (fetched, failed);
    }

    private async Task<string?> FetchAsync(string id, double start, double seconds, string target, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        var info = new ProcessStartInfo(_program) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var argument in (string[])
        [
            "--quiet", "--no-warnings", "--no-playlist", "--format", "bestaudio", "--extract-audio", "--audio-format", "wav",
            "--download-sections", Say($"*{start:0.###}-{start + seconds:0.###}"), "--output", target.Replace("%", "%%", StringComparison.Ordinal) + ".%(ext)s", "--", $"https://www.youtube.com/watch?v={id}",
        ])
            info.ArgumentList.Add(argument);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Longest);
        Process? process = null;
        try
        {
            process = Process.Start(info)!;
            process.StandardInput.Close();
            var (errors, output) = (process.StandardError.ReadToEndAsync(limit.Token), process.StandardOutput.ReadToEndAsync(limit.Token));
            await Task.WhenAll(errors, output, process.WaitForExitAsync(limit.Token)).ConfigureAwait(false);
            if (process.ExitCode == 0 && File.Exists(target + ".wav"))
                return null;
            var said = (await errors.ConfigureAwait(false)).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
            return said is { Length: > 0 } ? (said.Length > 200 ? said[..200] + "…" : said) : $"{Program} ended with {process.ExitCode} and left no file";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process?.Kill(entireProcessTree: true);
            return $"{Program} took more than {Longest.TotalMinutes} minutes";
        }
        catch (OperationCanceledException)
        {
            process?.Kill(entireProcessTree: true);
            throw;
        }
        catch (Win32Exception error)
        {
            throw new DataSetException(_program, $"'{_program}' cannot be started ({error.Message.TrimEnd('.')}); install it anew.", innerException: error);
        }
        finally
        {
            process?.Dispose();
        }
    }
}
