using System.CommandLine;
using System.CommandLine.Completions;
using Auricle.Cli.Fetching;
using Auricle.Models;
using Auricle.Models.Hub;
using Auricle.Torch;

namespace Auricle.Cli.Commands;

/// <summary>The options by which every verb names and loads its model.</summary>
/// <param name="terminal">Where leave to fetch a model is asked for.</param>
/// <param name="precision">The number type where none is asked for.</param>
internal sealed class LoadingOptions(Terminal terminal, Precision precision)
{
    private readonly Option<string> _model = new("--model", "-m")
    {
        Description = "Name, folder or checkpoint of the model; auricle models list shows the names that can be fetched.",
        HelpName = "MODEL",
        DefaultValueFactory = _ => ModelCatalog.DefaultModel,
    };

    private readonly Option<string?> _encoder = new("--encoder")
    {
        Description = "Checkpoint or name of the audio encoder, for captioners that are stored without.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "Folder, file or name of the tokenizer, for checkpoints that come without one.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _textEncoder = new("--text-encoder")
    {
        Description = "Folder or name of the text encoder, for systems that are stored without theirs.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _profile = new("--profile")
    {
        Description = "Which published implementation is followed, where a system has two that differ: Cacophony's jax (default) or torch.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _yes = Yes();
    private readonly Option<int?> _threads = CommandOptions.Threads();
    private readonly Option<DeviceChoice?> _device = CommandOptions.Device();
    private readonly Option<Precision?> _precision = CommandOptions.Choice<Precision>("--precision", precision == Precision.Auto
        ? "Number type of the large products (default: auto, bfloat16 where the hardware has it)."
        : $"Number type of the large products (default: {precision.ToString().ToLowerInvariant()}).");

    /// <summary>Leave to fetch what is named and not here.</summary>
    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Fetch models that are named and not here without asking." };

    public void AddTo(Command command)
    {
        CompleteModels(_model);
        command.Add(_model);
        AddWithoutModel(command);
    }

    /// <summary>Adds them to a verb that names models by an option of its own.</summary>
    public void AddWithoutModel(Command command)
    {
        foreach (var option in (Option[])[_yes, _encoder, _tokenizer, _textEncoder, _profile, _threads, _device, _precision])
            command.Add(option);
    }

    /// <summary>Has the shell complete names of models.</summary>
    public static void CompleteModels(Option option) => option.CompletionSources.Add(_ => ModelsCommand.Names().Select(name => new CompletionItem(name)));

    /// <summary>Those on which results depend besides the model's name.</summary>
    public Option[] Deciding => [_encoder, _tokenizer, _textEncoder, _profile, _precision];

    public string Name(ParseResult parsed) => parsed.GetRequiredValue(_model);

    public AudioModelOptions Of(ParseResult parsed, CancellationToken cancellationToken) => new()
    {
        Fetching = FetchConsent.Of(terminal, parsed.GetValue(_yes), cancellationToken),
        Precision = parsed.GetValue(_precision) ?? precision,
        Device = parsed.GetValue(_device) ?? DeviceChoice.Auto,
        Threads = parsed.GetValue(_threads),
        EncoderFile = parsed.GetValue(_encoder),
        Tokenizer = parsed.GetValue(_tokenizer),
        TextEncoder = parsed.GetValue(_textEncoder),
        Profile = parsed.GetValue(_profile),
    };

    /// <summary>For what runs while nobody watches: with --yes everything that is named is fetched, else nothing.</summary>
    public AudioModelOptions OfServer(ParseResult parsed) => Of(parsed, CancellationToken.None) with { Fetching = parsed.GetValue(_yes) ? ModelFetching.Always : null };

    public AudioModel Load(ParseResult parsed, CancellationToken cancellationToken) => AudioModel.Load(Name(parsed), Of(parsed, cancellationToken));
}
