using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Auricle.Audio;
using Auricle.Cli.Captions;
using Auricle.Cli.Commands;
using Auricle.Data;
using Auricle.Evaluation;
using Auricle.Evaluation.Neural;
using Auricle.Models;

namespace Auricle.Cli.Evaluation;

/// <summary>A sound that is evaluated, and what is known of it.</summary>
internal sealed record EvaluationClip(string Id, string File, IReadOnlyList<string> Captions, string Label, int? Fold);

/// <summary>
/// The options of evaluations that hear sounds: a published data set by its layout, or a table beside a folder of sounds; the model; intervals.
/// </summary>
/// <param name="terminal">Where the loading of a model is told of.</param>
/// <param name="table">The option that names the table.</param>
/// <param name="layouts">The data sets that suit.</param>
/// <param name="split">The split that is taken of a set where none is named; <see langword="null"/> takes all.</param>
internal sealed class EvaluationOptions(Terminal terminal, Option<string?> table, IReadOnlyList<string> layouts, Func<DataLayout, string?> split)
{
    private const int MostDraws = 1_000_000;

    private readonly LoadingOptions _loading = new(terminal, Precision.Float32);
    private readonly Argument<string?> _root = new("ROOT") { Description = "Folder of the data set that --data names.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _data = new("--data")
    {
        Description = $"A published data set in its authors' layout, instead of {table.Name} and --sounds: {string.Join(", ", layouts)}.",
        HelpName = "NAME",
    };
    private readonly Option<string?> _split = new("--split") { Description = "The split of the data set (default: the one that is tested).", HelpName = "NAME" };
    private readonly Option<double?> _missing = CommandOptions.Number("--missing", "The largest share of the data set's clips that may lack their sound (default: 0.5).", 0, 1, "SHARE");
    private readonly Option<string?> _sounds = new("--sounds", "-s") { Description = "Folder of the clips' sounds.", HelpName = "FOLDER" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object." };
    private readonly Option<uint?> _seed = CommandOptions.Seed($"Decides which clips are drawn (default: {new ResamplingOptions().Seed}).");
    private readonly Option<int?> _bootstrap = new("--bootstrap")
    {
        Description = "Draws for the 95 % intervals over clips, 0 for none (default: 1000).",
        HelpName = "N",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= MostDraws)
                return value;
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"--bootstrap takes a whole number, not '{text}', and at most {MostDraws}."));
            return null;
        },
    };

    public void AddTo(Command command)
    {
        command.Add(_root);
        command.Add(table);
        foreach (var option in (Option[])[_sounds, _data, _split, _missing])
            command.Add(option);
        _loading.AddTo(command);
        foreach (var option in (Option[])[_bootstrap, _seed, _json])
            command.Add(option);
        command.Validators.Add(Check);
    }

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public AudioModel Load(ParseResult parsed, CancellationToken cancellationToken) => _loading.Load(parsed, cancellationToken);

    public ResamplingOptions? Resampling(ParseResult parsed) => (parsed.GetValue(_bootstrap) ?? new ResamplingOptions().Rounds) is > 0 and var rounds
        ? new ResamplingOptions { Rounds = rounds, Seed = parsed.GetValue(_seed) ?? new ResamplingOptions().Seed } : null;

    /// <summary>The sounds of a data set, or of the folder.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="read">Reads the table where no data set is named.</param>
    public EvaluationSounds Find(ParseResult parsed, Func<string, IReadOnlyList<EvaluationClip>> read)
    {
        if (parsed.GetValue(_data) is not { } name)
            return new FolderSounds(read(parsed.GetValue(table)!), parsed.GetValue(_sounds)!);
        var layout = DataLayout.Find(name);
        var options = new DataReadOptions();
        if ((parsed.GetValue(_split) ?? split(layout)) is { } chosen)
            options = options with { Splits = [chosen] };
        if (parsed.GetValue(_missing) is { } limit)
            options = options with { MissingLimit = limit };
        var set = layout.Read(parsed.GetValue(_root)!, options);
        // Where a layout has no splits of its own the items tell them.
        if (options.Splits.Count == 0 && layout.Splits.Count == 0 && set.Splits.Count > 1 && set.Splits.FirstOrDefault(own => DataLayout.IsSame(own, "test")) is { } tested)
        {
            set.Dispose();
            set = layout.Read(parsed.GetValue(_root)!, options with { Splits = [tested] });
        }
        return new SetSounds(set, options.MissingLimit);
    }

    private void Check(CommandResult result)
    {
        var hasData = result.GetValue(_data) is not null;
        if (hasData && (result.GetValue(table) is not null || result.GetValue(_sounds) is not null))
            result.AddError($"--data names a set with its tables and sounds; leave {table.Name} and --sounds out.");
        else if (hasData && result.GetValue(_root) is null)
            result.AddError("--data needs the folder of the set behind it: --data NAME ROOT.");
        else if (hasData && !layouts.Contains(result.GetValue(_data)!, StringComparer.OrdinalIgnoreCase))
            result.AddError($"--data has no '{result.GetValue(_data)}' here; choose one of {string.Join(", ", layouts)}.");
        else if (!hasData && (result.GetValue(_root) ?? result.GetValue(_split)) is not null)
            result.AddError("ROOT and --split belong to a data set; name it with --data.");
        else if (!hasData && (result.GetValue(table) is null || result.GetValue(_sounds) is null))
            result.AddError($"Give {table.Name} and --sounds, or a data set: --data NAME ROOT.");
    }
}

/// <summary>The sounds of an evaluation, found and not yet heard.</summary>
internal abstract class EvaluationSounds : IDisposable
{
    /// <summary>The clips whose sounds were found.</summary>
    public abstract IReadOnlyList<EvaluationClip> Clips { get; }

    /// <summary>Clips whose sound is not there.</summary>
    public virtual IReadOnlyList<MissingSound> Missing => [];

    /// <summary>Clips whose sound could not be read.</summary>
    public int Unreadable { get; protected set; }

    /// <summary>Does something with every clip that can be heard.</summary>
    /// <param name="terminal">Where progress, and what is missing, is shown.</param>
    /// <param name="sampleRate">The rate in hertz.</param>
    /// <param name="work">What to do.</param>
    /// <param name="take">Which clips are heard; all by default.</param>
    public abstract T Hear<T>(Terminal terminal, int sampleRate, Func<IEnumerable<(EvaluationClip Clip, AudioClip Sound)>, T> work, Func<EvaluationClip, bool>? take = null);

    public virtual void Dispose() { }
}

/// <summary>A folder of sounds beside a table; every clip of the table must have one.</summary>
internal sealed class FolderSounds(IReadOnlyList<EvaluationClip> clips, string folder) : EvaluationSounds
{
    public override IReadOnlyList<EvaluationClip> Clips => clips;

    public override T Hear<T>(Terminal terminal, int sampleRate, Func<IEnumerable<(EvaluationClip Clip, AudioClip Sound)>, T> work, Func<EvaluationClip, bool>? take = null)
    {
        EvaluationClip[] taken = [.. clips.Where(clip => take is null || take(clip))];
        return new ClipSounds(folder, CaptionProgress.ShowOn(terminal)).Hear([.. taken.Select(clip => clip.File)], sampleRate, sounds => work(taken.Zip(sounds)));
    }
}

/// <summary>A published data set; what is missing or cannot be read is left out and told of.</summary>
internal sealed class SetSounds(DataSet set, double limit) : EvaluationSounds
{
    private readonly EvaluationClip[] _clips = [.. set.Items.Select(item => new EvaluationClip(item.Id, Path.GetFileName(item.Path ?? item.Id), item.Captions, item.Labels.Count > 0 ? item.Labels[0] : "", item.Fold))];

    public override IReadOnlyList<EvaluationClip> Clips => _clips;

    public override IReadOnlyList<MissingSound> Missing => set.Missing;

    public override T Hear<T>(Terminal terminal, int sampleRate, Func<IEnumerable<(EvaluationClip Clip, AudioClip Sound)>, T> work, Func<EvaluationClip, bool>? take = null)
    {
        if (set.MissingSummary is { } summary)
            terminal.Report(summary);
        T? result = default;
        var places = set.Items.Index().ToDictionary(item => item.Item.Id, item => item.Index, StringComparer.Ordinal);
        CaptionProgress.Run(terminal, terminal.ErrorIsScreen, _clips.Length, progress => result = work(DataSounds.Read(set.Items.Where((_, place) => take is null || take(_clips[place])), sampleRate, (item, error) =>
        {
            progress.Report(error.Message);
            if (++Unreadable > limit * _clips.Length)
                throw new DataSetException(set.Root, $"{Unreadable} of {_clips.Length} sounds of '{set.Root}' cannot be read, which is more than {limit:P0}; check the folder, or raise --missing.");
        }).Select(heard =>
        {
            progress.Show(places[heard.Item.Id]);
            return (_clips[places[heard.Item.Id]], heard.Sound);
        })));
        return result!;
    }

    public override void Dispose()
    {
        set.Dispose();
        base.Dispose();
    }
}
