using System.Net;
using System.Net.Http.Headers;

namespace Auricle.Server.Tests;

/// <summary>Keys, and where a server may listen without one.</summary>
public sealed class KeyTests
{
    private const string Key = "0123456789abcdef0123";

    [Fact]
    public async Task Requests_WithoutTheKey_AreRefused()
    {
        var server = new RunningServer { Options = new ServerOptions { Keys = [Key] } };
        await server.InitializeAsync();
        try
        {
            async Task<HttpStatusCode> Ask(string? key, string path = "/v1/models")
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, path));
                if (key is not null)
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
                using var response = await server.Client.SendAsync(request);
                return response.StatusCode;
            }
            Assert.Equal(HttpStatusCode.Unauthorized, await Ask(null));
            Assert.Equal(HttpStatusCode.Unauthorized, await Ask(Key + "4"));
            Assert.Equal(HttpStatusCode.OK, await Ask(Key));
            Assert.Equal(HttpStatusCode.OK, await Ask(null, $"/v1/models?key={Key}"));
            Assert.Equal(HttpStatusCode.OK, await Ask(null, "/healthz"));
            Assert.Equal(HttpStatusCode.Unauthorized, await Ask(null, "/metrics"));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("0.0.0.0", 0, "no key is set")]
    [InlineData("nowhere", 0, "'nowhere' is no address")]
    [InlineData("127.0.0.1", 70_000, "70000 is no port")]
    public async Task Start_WhatMakesNoSense_IsRefused(string address, int port, string sentence)
    {
        var error = await Assert.ThrowsAsync<ServerException>(() => AuricleServer.StartAsync(new ServerOptions { Address = address, Port = port }));
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.True(error.IsRequest);
    }

    [Fact]
    public async Task Start_PortThatIsTaken_IsSaid()
    {
        await using var first = await AuricleServer.StartAsync(new ServerOptions { Port = 0 });
        var error = await Assert.ThrowsAsync<ServerException>(() => AuricleServer.StartAsync(new ServerOptions { Port = first.Address.Port }));
        Assert.Contains("--port", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_FileThenEnvironment_Count()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """{"Auricle": {"Port": 1234, "Queue": 5, "Keys": ["0123456789abcdef"]}}""");
            Environment.SetEnvironmentVariable("AURICLE__QUEUE", "7");
            var options = AuricleServer.ReadSettings(file);
            Assert.Equal((1234, 7, 1), (options.Port, options.Queue, options.Keys.Count));
            File.WriteAllText(file, "{\"Auricle\": {\"Port\": \"x\"}}");
            Assert.Throws<ServerException>(() => AuricleServer.ReadSettings(file));
        }
        finally
        {
            Environment.SetEnvironmentVariable("AURICLE__QUEUE", null);
            File.Delete(file);
        }
    }
}
