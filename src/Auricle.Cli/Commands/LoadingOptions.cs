using System.CommandLine;
using Auricle.Models;
using Auricle.Models.Hub;
using Auricle.Torch;

namespace Auricle.Cli.Commands;

/// <summary>The options by which every verb names and loads its model.</summary>
/// <param name="precision">The number type where none is asked for.</param>
internal sealed class LoadingOptions(Precision precision)
{
    private readonly Option<string> _model = new("--model", "-m")
    {
        Description = "Name, folder or checkpoint of the model.",
        HelpName = "MODEL",
        DefaultValueFactory = _ => ModelCatalog.DefaultModel,
    };

    private readonly Option<string?> _encoder = new("--encoder")
    {
        Description = "Checkpoint of the audio encoder, for captioners that are stored without.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "Folder or file of the tokenizer, for checkpoints that come without one.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _textEncoder = new("--text-encoder")
    {
        Description = "Folder of the text encoder, for systems that are stored without theirs.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _profile = new("--profile")
    {
        Description = "Which published implementation is followed, where a system has two that differ: Cacophony's jax (default) or torch.",
        HelpName = "NAME",
    };

    private readonly Option<int?> _threads = CommandOptions.Threads();
    private readonly Option<DeviceChoice?> _device = CommandOptions.Device();
    private readonly Option<Precision?> _precision = CommandOptions.Choice<Precision>("--precision", precision == Precision.Auto
        ? "Number type of the large products (default: auto, bfloat16 where the hardware has it)."
        : $"Number type of the large products (default: {precision.ToString().ToLowerInvariant()}).");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_model, _encoder, _tokenizer, _textEncoder, _profile, _threads, _device, _precision])
            command.Add(option);
    }

    /// <summary>Those on which results depend besides the model's name.</summary>
    public Option[] Deciding => [_encoder, _tokenizer, _textEncoder, _profile, _precision];

    public string Name(ParseResult parsed) => parsed.GetRequiredValue(_model);

    public AudioModelOptions Of(ParseResult parsed) => new()
    {
        Precision = parsed.GetValue(_precision) ?? precision,
        Device = parsed.GetValue(_device) ?? DeviceChoice.Auto,
        Threads = parsed.GetValue(_threads),
        EncoderFile = parsed.GetValue(_encoder),
        Tokenizer = parsed.GetValue(_tokenizer),
        TextEncoder = parsed.GetValue(_textEncoder),
        Profile = parsed.GetValue(_profile),
    };

    public AudioModel Load(ParseResult parsed) => AudioModel.Load(Name(parsed), Of(parsed));
}
