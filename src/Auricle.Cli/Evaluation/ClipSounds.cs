using Auricle.Audio;
using Auricle.Cli.Captions;
using Auricle.Evaluation;

namespace Auricle.Cli.Evaluation;

/// <summary>The sounds of the clips that captions are about, in a folder.</summary>
/// <param name="folder">The folder.</param>
/// <param name="terminal">Where a bar tells how many were heard, if a person watches.</param>
internal sealed class ClipSounds(string folder, Terminal terminal)
{
    /// <summary>Does something with the sound of each clip, read one by one as they are asked for.</summary>
    /// <param name="clips">The clips' names, matched with the files as captions are with references.</param>
    /// <param name="sampleRate">Their rate in hertz.</param>
    /// <param name="work">What to do.</param>
    /// <exception cref="AudioException">The folder cannot be read, or in its turn a file.</exception>
    /// <exception cref="MetricInputException">Clips have no sound.</exception>
    public T Hear<T>(IReadOnlyList<string> clips, int sampleRate, Func<IEnumerable<AudioClip>, T> work)
    {
        var paths = Find(clips);
        T? result = default;
        CaptionProgress.Run(terminal, terminal.ErrorIsScreen, paths.Length, progress => result = work(paths.Select((path, place) =>
        {
            progress.Show(place);
            return AudioFile.Load(path, sampleRate);
        })));
        return result!;
    }

    private string[] Find(IReadOnlyList<string> clips)
    {
        var paths = new string?[clips.Count];
        var files = AudioPaths.Expand([folder]);
        if (files.Problems is [var problem, ..])
            throw new AudioException(AudioFailure.AccessDenied, folder, problem);
        foreach (var (file, place) in files.Zip(CaptionPairing.Find(clips, files.Select(file => Path.GetRelativePath(folder, file)))))
        {
            if (place is { } clip)
                paths[clip] ??= file;
        }
        var missing = clips.Where((_, clip) => paths[clip] is null).ToList();
        if (missing.Count > 0)
        {
            throw new MetricInputException(
                $"The folder '{folder}' has no sound for {missing.Count} of the {clips.Count} clips: {CaptionPairing.Names(missing)}; put them there, or leave those clips out.");
        }
        return paths!;
    }
}
