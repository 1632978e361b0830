using Auricle.Audio;

namespace Auricle.Evaluation.Neural;

/// <summary>Runs work that many sounds are heard in, and shows how many were; a program without a bar just runs it.</summary>
/// <param name="total">The sounds.</param>
/// <param name="work">The work, which tells how many sounds were heard.</param>
public delegate void ShowProgress(int total, Action<IProgress<int>> work);

/// <summary>The sounds of the clips that captions are about, in a folder.</summary>
/// <param name="folder">The folder.</param>
/// <param name="show">Shows how many were heard; <see langword="null"/> shows nothing.</param>
public sealed class ClipSounds(string folder, ShowProgress? show = null)
{
    /// <summary>Does something with the sound of each clip, read one by one as they are asked for.</summary>
    /// <param name="clips">The clips' names, matched with the files as captions are with references.</param>
    /// <param name="sampleRate">Their rate in hertz.</param>
    /// <param name="work">What to do.</param>
    /// <exception cref="AudioException">The folder cannot be read, or in its turn a file.</exception>
    /// <exception cref="MetricInputException">Clips have no sound.</exception>
    public T Hear<T>(IReadOnlyList<string> clips, int sampleRate, Func<IEnumerable<AudioClip>, T> work)
    {
        ArgumentNullException.ThrowIfNull(clips);
        ArgumentNullException.ThrowIfNull(work);
        var paths = Find(clips);
        T? result = default;
        (show ?? Run)(paths.Length, heard => result = work(paths.Select((path, place) =>
        {
            heard.Report(place);
            return AudioFile.Load(path, sampleRate);
        })));
        return result!;

        static void Run(int total, Action<IProgress<int>> work) => work(new Nobody());
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

    private sealed class Nobody : IProgress<int>
    {
        public void Report(int value) { }
    }
}
