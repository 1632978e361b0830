using Auricle.Audio;

namespace Auricle.Cli.Inputs;

/// <summary>The sounds that a command names: files, folders, patterns and <c>-</c>, each sound once; an input that names none is reported and left out.</summary>
internal sealed class SoundInputs
{
    private readonly List<string> _files = [];

    /// <summary>Lists the sounds.</summary>
    /// <param name="inputs">What the user named.</param>
    /// <param name="terminal">Where problems are reported.</param>
    public SoundInputs(IReadOnlyList<string> inputs, Terminal terminal)
    {
        IsBatch = inputs.Count > 1 || Directory.Exists(inputs[0]) || inputs[0].Contains('*', StringComparison.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            if (input == AudioFile.StandardInput && terminal.InIsClosed)
            {
                Report("Standard input is closed, so that no sound can be read from it; name a file, or give the sound with < or a pipe.");
                continue;
            }
            try
            {
                var found = AudioPaths.Expand([input]);
                LeftOut += found.LeftOut;
                foreach (var problem in found.Problems)
                    Report(problem);
                _files.AddRange(found.Where(file => seen.Add(Key(file))));
            }
            catch (AudioException error)
            {
                Report(error.Message);
            }
        }

        void Report(string sentence)
        {
            Failures++;
            terminal.Report(sentence);
        }
    }

    /// <summary>The sounds, in the order of the inputs.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>How many inputs named nothing, or could not be read.</summary>
    public int Failures { get; private set; }

    /// <summary>How many other files lie in the folders.</summary>
    public int LeftOut { get; }

    /// <summary>Whether several sounds were meant, so that the last line counts them.</summary>
    public bool IsBatch { get; }

    /// <summary>One name for a file however it is named.</summary>
    public static string Key(string file) => file == AudioFile.StandardInput ? file : Path.GetFullPath(file);
}
