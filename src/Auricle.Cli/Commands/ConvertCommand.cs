using System.CommandLine;
using Auricle.Cli.Fetching;
using Auricle.Cli.Outputs;
using Auricle.Models;
using Auricle.Models.Families;
using Auricle.Models.Hub;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle convert</c>: writes the weights of any model that is known as safetensors, under the names that they have.</summary>
internal static class ConvertCommand
{
    private const string Extension = ".safetensors";
    private const string OutputName = "OUTPUT";
    private const string TrainingOptions = "hyper_parameters";

    public static Command Create(Terminal terminal)
    {
        var input = new Argument<string>("INPUT") { Description = "Name, folder or checkpoint of a model of any kind that Auricle loads." };
        var output = new Argument<string>(OutputName) { Description = $"File to write; its name ends in {Extension}." };
        var yes = LoadingOptions.Yes();
        output.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var name }] && !name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
                result.AddError($"'{name}' does not end in {Extension}, which is what is written; name it so.");
        });
        var command = new Command("convert", "Writes a model's weights as safetensors, which every tool reads and nothing runs.") { input, output, yes };
        command.SetAction((parsed, cancellationToken) =>
        {
            Convert(terminal, ModelFiles.Open(ModelCatalog.Find(parsed.GetRequiredValue(input), FetchConsent.Of(terminal, parsed.GetValue(yes), cancellationToken)).Path), parsed.GetRequiredValue(output), cancellationToken);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static void Convert(Terminal terminal, ModelFiles files, string output, CancellationToken cancellationToken)
    {
        OutputPath.RefuseOverlap([(output, OutputName)], Inputs(files));
        var place = OutputPath.Find(output, OutputName);
        if (place.Kind == FileKind.Stream)
            throw CommandException.Usage($"'{output}' is no file; name one as {OutputName}.");
        var family = ModelFamily.Of(files);
        var entries = files.Tensors.Select(pair => new SafetensorsEntry(pair.Key, pair.Value.DType, pair.Value.Shape, stream =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var tensor = Tensor.From(pair.Value);
            SafetensorsExport.Entry(pair.Key, tensor).Write(stream);
        })).ToList();
        try
        {
            Directory.CreateDirectory(place.Folder);
            using var earlier = place.LockExisting();
            SafetensorsFile.Write(place.Target, entries, files.Checkpoint.Metadata.Count > 0 ? files.Checkpoint.Metadata : new Dictionary<string, string> { ["format"] = "pt" });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CommandException.NotWritten(output, error, $"make room or name another place as {OutputName}");
        }
        terminal.Say(string.Create(Times.Culture, $"{family.Name}: {entries.Count} tensors, {new FileInfo(place.Target).Length / 1e6:0.0} MB, in '{output}'."));
        if (files.Checkpoint.Root is PickleDict state && state.TryGetValue(TrainingOptions, out _))
            terminal.Report($"The options of its training ({TrainingOptions} in '{files.Path}') are no weights and were not written; without them a model counts as trained with the published ones.");
        if (!IsComplete(output) && IsComplete(files.Path))
            terminal.Report($"The configuration of '{files.Path}' is no weight and was not written; copy its {ModelFiles.ConfigFile} to the folder of '{output}'.");
    }

    /// <summary>Whether a model can be loaded from what is there.</summary>
    private static bool IsComplete(string path)
    {
        try
        {
            _ = ModelDescription.Read(new LocatedModel(path, path));
            return true;
        }
        catch (Exception error) when (error is ModelException or FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>The files that are read: of an index all parts.</summary>
    private static IEnumerable<string> Inputs(ModelFiles files) => files.Weights.EndsWith(".json", StringComparison.Ordinal)
        ? Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(files.Weights))!)
        : [files.Weights];
}
