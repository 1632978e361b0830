using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Auricle.Torch;

namespace Auricle.Cli.Commands;

/// <summary>Options that several verbs build the same way; what they cannot read is answered in words a user knows.</summary>
internal static class CommandOptions
{
    private const int MostSounds = 1024;

    /// <summary>More threads than this take time from one another, and thousands cannot be started.</summary>
    public static int MostThreads { get; } = Math.Max(16, 8 * ProcessorInfo.PhysicalCores);

    /// <summary>An option that takes a whole number above zero.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What it does.</param>
    /// <param name="most">The largest number that makes sense.</param>
    public static Option<int?> Count(string name, string description, int most = 1_000_000) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 && value <= most)
                return value;
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes a whole number above zero and up to {most}, not '{text}'."));
            return null;
        },
    };

    /// <summary>An option that takes a number of seconds.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What it does.</param>
    /// <param name="shortest">The fewest seconds that make sense.</param>
    /// <param name="longest">The most seconds.</param>
    public static Option<double?> Seconds(string name, string description, double shortest, double longest) =>
        Number(name, description, shortest, longest, "SECONDS", "seconds");

    /// <summary>An option that takes a number within bounds.</summary>
    public static Option<double?> Number(string name, string description, double least, double most, string helpName = "NUMBER", string unit = "a number") => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                return value;
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes {unit} from {least} to {most}, not '{text}'."));
            return null;
        },
    };

    /// <summary>How many threads an operation has.</summary>
    public static Option<int?> Threads() => Count("--threads", "Threads of one operation (default: the physical cores).", MostThreads);

    /// <summary>A seed, zero included.</summary>
    public static Option<uint?> Seed(string description) => new("--seed")
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                return value;
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"--seed takes a whole number from 0 to {uint.MaxValue}, not '{text}'."));
            return null;
        },
    };

    /// <summary>Where a model computes.</summary>
    public static Option<DeviceChoice?> Device() => Choice<DeviceChoice>("--device", "Where the model computes (default: auto, a GPU where libtorch finds one).");

    /// <summary>The sounds that a verb takes.</summary>
    public static Argument<string[]> Sounds() => new("PATHS")
    {
        Description = "Sound or video files, folders, patterns such as 'rec/**/*.wav', or - for standard input.",
    };

    /// <summary>Which sound track of a film is heard.</summary>
    public static Option<string?> Track()
    {
        var track = new Option<string?>("--track")
        {
            Description = "Sound track of films that have several: its number, or its language such as deu (default: the first).",
            HelpName = "N|LANGUAGE",
        };
        track.Validators.Add(result =>
        {
            if (result.GetValue(track) is { } named && (string.IsNullOrWhiteSpace(named) || named.TrimStart('0', '+', '-').Length == 0))
                result.AddError($"--track '{named}' is no track; give its number from 1, or its language such as deu.");
        });
        return track;
    }

    /// <summary>How many sounds go through a model at once.</summary>
    public static Option<int?> Batch() => Count("--batch", "Sounds of equal length that go through the model at once; results stay the same (default: 1).", MostSounds);

    /// <summary>The format that the extension of a file stands for.</summary>
    /// <param name="output">The file, or <see langword="null"/> for standard output.</param>
    /// <param name="other">The format where the extension says none.</param>
    public static T FormatOf<T>(string? output, T other) where T : struct, Enum =>
        Enum.TryParse<T>(Path.GetExtension(output)?.TrimStart('.'), ignoreCase: true, out var format) && Enum.IsDefined(format) ? format : other;

    /// <summary>An option that takes one of the names of an enumeration, in any case.</summary>
    public static Option<T?> Choice<T>(string name, string description, params string[] aliases) where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(value => value.ToLowerInvariant()).ToArray();
        var option = new Option<T?>(name, aliases)
        {
            Description = description,
            HelpName = string.Join('|', names),
            CustomParser = result => Parse(result),
        };
        option.CompletionSources.Add(names);
        return option;

        T? Parse(ArgumentResult result)
        {
            var text = result.Tokens[0].Value;
            var place = Array.FindIndex(names, value => value.Equals(text, StringComparison.OrdinalIgnoreCase));
            if (place >= 0)
                return Enum.Parse<T>(names[place], ignoreCase: true);
            result.AddError($"{name} has no '{text}'{(EditDistance.Nearest(text, names) is { } nearest ? $" (did you mean {nearest}?)" : "")}; choose one of {string.Join(", ", names)}.");
            return null;
        }
    }
}
