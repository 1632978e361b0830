using System.Text.Json;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Auricle.Server.Tests;

/// <summary>The page in a real browser. Screenshots lie in the folder that <c>AURICLE_SCREENSHOTS</c> names, where it is set.</summary>
public sealed class PageTests : IAsyncLifetime
{
    private readonly RunningServer _server = new();
    private readonly List<string> _foreign = [];
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (!File.Exists(Browser.Path) || Browser.Page is null)
            return;
        await _server.InitializeAsync();
        var microphone = Path.Combine(_server.Other, "microphone.wav");
        await File.WriteAllBytesAsync(microphone, RunningServer.Wav(8));
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Browser.Path,
            Args = ["--no-sandbox", "--use-fake-device-for-media-stream", $"--use-file-for-fake-audio-capture={microphone}", "--autoplay-policy=no-user-gesture-required"],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is null)
            return;
        await _browser.DisposeAsync();
        _playwright!.Dispose();
        await _server.DisposeAsync();
    }

    [BrowserFact]
    public async Task Files_OneSound_IsDescribedPlayedAndSaved()
    {
        var page = await OpenAsync("/files");
        await page.Locator("#picker").SetInputFilesAsync(Path.Combine(SourceTree, "samples", "sounds", "rooster.ogg"));
        var caption = page.Locator(".caption");
        await Assertions.Expect(caption).Not.ToHaveTextAsync("Listening…", new() { Timeout = 60_000 });
        Assert.NotEqual("", await caption.InnerTextAsync());
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true })).ToBeEnabledAsync(new() { Timeout = 60_000 });
        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator(".sound .clock")).ToHaveTextAsync(new Regex(@"0:0[1-9]\.\d / 0:0\d\.\d"), new() { Timeout = 30_000 });
        await Assertions.Expect(page.Locator(".lane").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        Assert.StartsWith("WEBVTT\n\n00:00:00.000 --> 00:00:0", await SavedAsync(page, "vtt"), StringComparison.Ordinal);
        await page.Locator("#own-labels").FillAsync("a rooster crowing, rain, a car engine");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare" }).ClickAsync();
        await Assertions.Expect(page.GetByText(new Regex("^a rooster crowing \\d+ %"))).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await CheckAsync(page, "sound");
    }

    [BrowserFact]
    public async Task Files_Several_FillATableThatIsSaved()
    {
        var page = await OpenAsync("/files");
        await ChooseAsync(page, ("b.wav", 2), ("a.wav", 3), ("broken.wav", 0));
        await Assertions.Expect(page.Locator("tbody tr", new() { HasText = "done" })).ToHaveCountAsync(2, new() { Timeout = 90_000 });
        await Assertions.Expect(page.Locator("tbody tr", new() { HasText = "'broken.wav'" })).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        Assert.Equal(["a.wav", "b.wav", "broken.wav"], await page.Locator("tbody .name").AllInnerTextsAsync());
        await page.Locator("th[data-column=name] button").ClickAsync();
        Assert.Equal(["broken.wav", "b.wav", "a.wav"], await page.Locator("tbody .name").AllInnerTextsAsync());
        var csv = await SavedAsync(page, "Save csv");
        Assert.Equal(4, csv.Trim().Split("\r\n").Length);
        Assert.Equal(3, JsonDocument.Parse(await SavedAsync(page, "Save json")).RootElement.GetArrayLength());
        await page.Locator("#filter").FillAsync("a.wav");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await CheckAsync(page, "batch");
    }

    [BrowserFact]
    public async Task Listen_Microphone_IsCaptionedAndSaved()
    {
        var page = await OpenAsync("/listen", microphone: true);
        await page.GetByText("Options").ClickAsync();
        await page.Locator("#record").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start listening" }).ClickAsync();
        await Assertions.Expect(page.Locator(".log li").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        Assert.NotEqual("", await page.Locator(".newest").InnerTextAsync());
        await CheckAsync(page, "listen");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        Assert.StartsWith("WEBVTT", await SavedAsync(page, "Save as vtt"), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Describe it whole" }).ClickAsync();
        await Assertions.Expect(page.Locator(".caption")).Not.ToHaveTextAsync("Listening…", new() { Timeout = 60_000 });
    }

    [BrowserFact]
    public async Task Listen_RefusedMicrophone_IsSaidInPlace()
    {
        var page = await OpenAsync("/listen");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start listening" }).ClickAsync();
        await Assertions.Expect(page.Locator(".view .error")).ToContainTextAsync("refused", new() { Timeout = 30_000 });
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Start listening" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Search_WithoutAnIndex_SaysHowToMakeOne()
    {
        var page = await OpenAsync("/search");
        await Assertions.Expect(page.Locator(".view > .hint")).ToContainTextAsync("auricle index", new() { Timeout = 60_000 });
        await CheckAsync(page, "search");
        await page.GotoAsync(new Uri(_server.Address, "/about").AbsoluteUri);
        await Assertions.Expect(page.Locator("tbody th").First).ToHaveTextAsync("auricle-small", new() { Timeout = 30_000 });
        await CheckAsync(page, "about");
    }

    [BrowserFact]
    public async Task Views_NarrowScreen_DoNotScrollSideways()
    {
        foreach (var view in new[] { "/listen", "/files", "/search", "/about" })
        {
            var page = await OpenAsync(view, width: 320);
            Assert.Equal(320, await page.EvaluateAsync<int>("document.scrollingElement.scrollWidth"));
            await CheckAsync(page, "narrow" + view.Replace('/', '-'));
        }
    }

    [BrowserFact]
    public async Task Server_AwayAndBack_LosesNothing()
    {
        var page = await OpenAsync("/files");
        await ChooseAsync(page, ("one.wav", 2));
        await Assertions.Expect(page.Locator(".caption")).Not.ToHaveTextAsync("Listening…", new() { Timeout = 60_000 });
        var caption = await page.Locator(".caption").InnerTextAsync();
        await page.RouteAsync("**/healthz", route => route.AbortAsync());
        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("The server is away", new() { Timeout = 30_000 });
        Assert.Equal(caption, await page.Locator(".caption").InnerTextAsync());
        await page.UnrouteAsync("**/healthz");
        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("auricle-small", new() { Timeout = 30_000 });
    }

    private static string SourceTree { get; } = Ancestors(AppContext.BaseDirectory).First(folder => File.Exists(Path.Combine(folder, "Auricle.slnx")));

    private static IEnumerable<string> Ancestors(string folder)
    {
        for (string? above = folder; above is not null; above = Path.GetDirectoryName(above))
            yield return above;
    }

    private async Task<IPage> OpenAsync(string path, int width = 1200, bool microphone = false)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            Permissions = microphone ? ["microphone"] : [],
            AcceptDownloads = true,
        });
        var page = await context.NewPageAsync();
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(_server.Address.AbsoluteUri, StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                _foreign.Add(request.Url);
        };
        await page.GotoAsync(new Uri(_server.Address, path).AbsoluteUri);
        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("auricle-small", new() { Timeout = 60_000 });
        return page;
    }

    private static Task ChooseAsync(IPage page, params (string Name, double Seconds)[] sounds) => page.Locator("#picker").SetInputFilesAsync(
        sounds.Select((sound, i) => new FilePayload
        {
            Name = sound.Name,
            MimeType = "audio/wav",
            Buffer = sound.Seconds == 0 ? "not a sound"u8.ToArray() : RunningServer.Wav(sound.Seconds, i + 1),
        }));

    private static async Task<string> SavedAsync(IPage page, string button)
    {
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync());
        return await File.ReadAllTextAsync(await download.PathAsync());
    }

    /// <summary>Accessible in both colours, and nothing came from elsewhere.</summary>
    private async Task CheckAsync(IPage page, string name)
    {
        foreach (var theme in new[] { "light", "dark" })
        {
            await page.Locator("#theme").SelectOptionAsync(theme);
            var found = await page.RunAxe();
            Assert.True(found.Violations.Length == 0, $"{name}, {theme}: " + string.Join("; ", found.Violations.Select(violation =>
                $"{violation.Help} ({string.Join(" | ", violation.Nodes.Select(node => node.Html))})")));
            if (Environment.GetEnvironmentVariable("AURICLE_SCREENSHOTS") is { Length: > 0 } folder)
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}-{theme}.png"), FullPage = true });
        }
        Assert.Empty(_foreign);
    }
}
