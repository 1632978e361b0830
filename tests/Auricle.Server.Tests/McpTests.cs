using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Auricle.Server.Tests;

/// <summary>The Model Context Protocol, asked by its own client.</summary>
public sealed class McpTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Tools_HearWhatIsAllowedAndNothingElse()
    {
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(server.Address, "/mcp") }));
        Assert.Equal(["caption", "classify", "search", "tag"], (await client.ListToolsAsync()).Select(tool => tool.Name).Order());

        var heard = await CallAsync("caption", ("path", Path.Combine(server.Allowed, "noise.wav")));
        Assert.False(heard.IsError ?? false, Text(heard));
        Assert.Contains("\"caption\":", Text(heard), StringComparison.Ordinal);
        Assert.Contains("\"label\":", Text(await CallAsync("tag", ("path", Path.Combine(server.Allowed, "noise.wav")), ("top", 3))), StringComparison.Ordinal);

        var link = Path.Combine(server.Allowed, "link.wav");
        File.CreateSymbolicLink(link, Path.Combine(server.Other, "noise.wav"));
        foreach (var path in new[] { Path.Combine(server.Other, "noise.wav"), Path.Combine(server.Allowed, "..", "other", "noise.wav"), link, "/etc/passwd" })
        {
            var refused = await CallAsync("caption", ("path", path));
            Assert.True(refused.IsError, path);
            Assert.Contains("none of the allowed folders", Text(refused), StringComparison.Ordinal);
        }
        Assert.Contains("auricle index", Text(await CallAsync("search", ("text", "rain"))), StringComparison.Ordinal);

        async Task<CallToolResult> CallAsync(string tool, params (string Name, object Value)[] arguments) =>
            await client.CallToolAsync(tool, arguments.ToDictionary(argument => argument.Name, argument => (object?)argument.Value));

        static string Text(CallToolResult result) => string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
    }
}
