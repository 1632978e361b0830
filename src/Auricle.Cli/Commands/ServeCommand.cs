using System.CommandLine;
using Auricle.Models;
using Auricle.Models.Hub;
using Auricle.Server;

namespace Auricle.Cli.Commands;

/// <summary><c>auricle serve</c> and <c>auricle mcp</c>: the same for browsers, programs and assistants.</summary>
internal static class ServeCommand
{
    public static Command Create(Terminal terminal)
    {
        var loading = new LoadingOptions(terminal, Precision.Auto);
        var settings = new Option<string?>("--settings") { Description = "JSON file with a section 'Auricle' (default: appsettings.json here, where there is one); AURICLE__PORT and so on in the environment count more, these options most.", HelpName = "FILE" };
        var address = new Option<string?>("--address") { Description = "Address to listen at (default: 127.0.0.1, which only this machine reaches).", HelpName = "ADDRESS" };
        var port = CommandOptions.Count("--port", "Port (default: 8765).", ushort.MaxValue);
        var keys = new Option<string[]>("--key") { Description = "Secret that requests must bring, of at least 16 characters; may be given several times.", HelpName = "KEY" };
        var without = new Option<bool>("--allow-without-key") { Description = "Let other machines in without a key." };
        var origins = new Option<string[]>("--origin") { Description = "Other site whose pages may use the server; may be given several times.", HelpName = "URL" };
        var hosts = new Option<string[]>("--host") { Description = "Name under which the server is known; may be given several times.", HelpName = "NAME" };
        var certificate = new Option<string?>("--certificate") { Description = "PEM or PFX file, for https.", HelpName = "FILE" };
        var certificateKey = new Option<string?>("--certificate-key") { Description = "PEM file of the certificate's key.", HelpName = "FILE" };
        var offered = new Option<string[]>("--offer") { Description = "Model that requests may name; may be given several times (default: every model on this machine).", HelpName = "MODEL" };
        var index = new Option<string?>("--index") { Description = "Index to search (default: your own, see auricle index).", HelpName = "FOLDER" };
        var folders = Folders();
        var command = new Command("serve", "Serves a page that listens, an interface for programs, and one for assistants (MCP).")
        {
            address, port, keys, without, origins, hosts, certificate, certificateKey, offered, index, folders, settings,
        };
        loading.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = AuricleServer.ReadSettings(parsed.GetValue(settings));
            options.Address = parsed.GetValue(address) ?? options.Address;
            options.Port = parsed.GetValue(port) ?? options.Port;
            options.AllowWithoutKey |= parsed.GetValue(without);
            options.Certificate = parsed.GetValue(certificate) ?? options.Certificate;
            options.CertificateKey = parsed.GetValue(certificateKey) ?? options.CertificateKey;
            options.Index = parsed.GetValue(index) ?? options.Index;
            options.Keys = parsed.GetValue(keys) is { Length: > 0 } given ? given : options.Keys;
            options.Origins = parsed.GetValue(origins) is { Length: > 0 } sites ? sites : options.Origins;
            options.Hosts = parsed.GetValue(hosts) is { Length: > 0 } names ? names : options.Hosts;
            options.Models = parsed.GetValue(offered) is { Length: > 0 } models ? models : options.Models;
            if (loading.Name(parsed) != ModelCatalog.DefaultModel)
                options.Model = loading.Name(parsed);
            options.Loading = loading.OfServer(parsed);
            await using var server = await AuricleServer.StartAsync(options, parsed.GetValue(folders), cancellationToken).ConfigureAwait(false);
            terminal.Say($"Listening at {server.Address} (Ctrl-C ends).");
            if (options.Keys.Count > 0)
                terminal.Say("The page asks for a key; requests send it as 'Authorization: Bearer KEY'.");
            await server.WaitAsync(cancellationToken).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    public static Command CreateMcp(Terminal terminal)
    {
        var loading = new LoadingOptions(terminal, Precision.Auto);
        var index = new Option<string?>("--index") { Description = "Index to search (default: your own, see auricle index).", HelpName = "FOLDER" };
        var folders = Folders();
        var command = new Command("mcp", "Lets an assistant listen to files, over the Model Context Protocol on standard input and output.") { folders, index };
        loading.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new ServerOptions { Model = loading.Name(parsed), Loading = loading.OfServer(parsed), Index = parsed.GetValue(index) };
            await AuricleServer.RunMcpAsync(options, parsed.GetValue(folders) ?? [], cancellationToken).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private static Option<string[]> Folders() => new("--folder")
    {
        Description = "Folder whose files an assistant may have heard; may be given several times (default: none).",
        HelpName = "FOLDER",
    };
}
