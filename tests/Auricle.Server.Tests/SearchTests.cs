using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Auricle.Server.Tests;

/// <summary>Search over the interface, in an index that the shipped model made.</summary>
public sealed class SearchTests : IAsyncLifetime
{
    private readonly RunningServer _server = new() { IsIndexed = true };

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Search_TextAndSound_FindWhatIsIndexedAndServeNothingElse()
    {
        var file = Path.Combine(_server.Allowed, "noise.wav");
        var status = await _server.Client.GetFromJsonAsync<JsonElement>(new Uri("/v1/index", UriKind.Relative));
        Assert.Equal(1, status.GetProperty("files").GetInt32());

        using var byText = await _server.Client.PostAsync(new Uri("/v1/search?text=noise&explain=true", UriKind.Relative), null);
        var hit = Assert.Single((await byText.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("hits").EnumerateArray());
        Assert.Equal(file, hit.GetProperty("file").GetString());
        Assert.NotEmpty(hit.GetProperty("labels").EnumerateArray());
        using var bySound = await _server.SendAsync("/v1/search", await File.ReadAllBytesAsync(file));
        Assert.Equal(1, (await bySound.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("hits")[0].GetProperty("score").GetDouble(), 1e-2);

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Address, $"/v1/index/sound?file={Uri.EscapeDataString(file)}"));
        request.Headers.Range = new RangeHeaderValue(0, 3);
        using var part = await _server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("RIFF", await part.Content.ReadAsStringAsync());
        foreach (var other in new[] { Path.Combine(_server.Other, "noise.wav"), "/etc/passwd", "" })
        {
            using var refused = await _server.Client.GetAsync(new Uri($"/v1/index/sound?file={Uri.EscapeDataString(other)}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }
    }
}
