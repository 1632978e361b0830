using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.RateLimiting;
using Auricle.Search;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using ModelContextProtocol.Server;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Scalar.AspNetCore;

namespace Auricle.Server;

/// <summary>Auricle over HTTP: the interface <c>/v1</c>, the page, the Model Context Protocol, and what an operator wants to see.</summary>
public sealed class AuricleServer : IAsyncDisposable
{
    // Room for the parts of a form around the largest sound.
    private const long FormRoom = 1 << 20;

    private readonly WebApplication _app;

    private AuricleServer(WebApplication app) => _app = app;

    /// <summary>The address of the page, once the server has started.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Reads settings: a file, then the environment (<c>AURICLE__PORT</c> and so on).</summary>
    /// <param name="file">A JSON file with a section <c>Auricle</c>; <see langword="null"/> for <c>appsettings.json</c> where there is one.</param>
    /// <exception cref="ServerException">The file is missing, or a value is not of its kind.</exception>
    public static ServerOptions ReadSettings(string? file = null)
    {
        var options = new ServerOptions();
        try
        {
            var builder = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(file ?? "appsettings.json"), optional: file is null);
            builder.AddEnvironmentVariables().Build().GetSection(ServerOptions.Section).Bind(options);
            return options;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or InvalidOperationException or FormatException)
        {
            throw new ServerException($"The settings cannot be read ({error.Message.Split('\n')[0]}); mend the file or the variable.", error);
        }
    }

    /// <summary>Starts a server.</summary>
    /// <param name="options">Where it listens, whom it answers, how much it takes on.</param>
    /// <param name="folders">Folders whose files assistants may hear through <c>/mcp</c>.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The server; disposing it ends what is under way and releases the models.</returns>
    /// <exception cref="ServerException">The options make no sense together, or the port is taken.</exception>
    public static async Task<AuricleServer> StartAsync(ServerOptions options, IReadOnlyList<string>? folders = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var app = Build(options, folders ?? []);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new AuricleServer(app);
        }
        catch (IOException error)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new ServerException($"Port {options.Port} of {options.Address} cannot be opened ({error.Message.TrimEnd('.')}); end the program that has it, or give another with --port.", error);
        }
    }

    /// <summary>Waits until the server is told to end.</summary>
    public Task WaitAsync(CancellationToken cancellationToken = default) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Serves the Model Context Protocol over standard input and output until the other side ends.</summary>
    /// <param name="options">The models.</param>
    /// <param name="folders">Folders whose files may be heard.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task RunMcpAsync(ServerOptions options, IReadOnlyList<string> folders, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        AddModels(builder.Services, options, folders);
        AddTools(builder.Services.AddMcpServer()).WithStdioServerTransport();
        using var host = builder.Build();
        await host.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static void AddModels(IServiceCollection services, ServerOptions options, IReadOnlyList<string> folders)
    {
        services.AddSingleton(options).AddSingleton<ServerMetrics>().AddSingleton<ServedModels>();
        services.AddSingleton(new AllowedFolders(folders, options.Index ?? SoundIndex.DefaultLocation));
    }

    private static IMcpServerBuilder AddTools(IMcpServerBuilder builder) => builder.WithTools<McpTools>();

    private static WebApplication Build(ServerOptions options, IReadOnlyList<string> folders)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxUploadBytes + FormRoom;
            kestrel.Limits.MaxRequestHeaderCount = 100;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
            void Https(ListenOptions listen)
            {
                if (options.Certificate is not null)
                    listen.UseHttps(Certificate(options));
            }
            if (options.Address == "localhost")
                kestrel.ListenLocalhost(options.Port, Https);
            else
                kestrel.Listen(IPAddress.Parse(options.Address), options.Port, Https);
        });

        var services = builder.Services;
        AddModels(services, options, folders);
        services.AddSingleton<SoundEndpoints>().AddSingleton<SearchEndpoints>().AddSingleton<LiveEndpoint>();
        services.AddOpenApi("v1", api => api.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Auricle";
            document.Info.Version = AuricleInfo.Version;
            document.Info.Description = "Listens and tells in words what it hears.";
            return Task.CompletedTask;
        }));
        services.AddResponseCompression(compression => compression.EnableForHttps = true);
        services.AddRateLimiter(limiter =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetFixedWindowLimiter(
                context.Connection.RemoteIpAddress?.ToString() ?? "", _ => new FixedWindowRateLimiterOptions { PermitLimit = options.RequestsPerMinute, Window = TimeSpan.FromMinutes(1) }));
            limiter.OnRejected = async (rejected, _) => await Problems.WriteAsync(
                rejected.HttpContext, StatusCodes.Status429TooManyRequests, $"More than {options.RequestsPerMinute} requests came in a minute; try again in a minute.", retryAfter: 60).ConfigureAwait(false);
        });
        services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(ServerMetrics.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime").AddPrometheusExporter())
            .WithTracing(tracing =>
            {
                tracing.AddAspNetCoreInstrumentation();
                // Traces leave the machine only where the operator has said where to, by OpenTelemetry's own variable.
                if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 })
                    tracing.AddOtlpExporter();
            });
        AddTools(services.AddMcpServer()).WithHttpTransport(transport => transport.Stateless = true);

        var app = builder.Build();
        app.Use(GuardAsync);
        app.UseResponseCompression();
        app.UseRateLimiter();
        app.UseWebSockets();
        app.Services.GetRequiredService<SoundEndpoints>().Map(app);
        app.Services.GetRequiredService<SearchEndpoints>().Map(app);
        app.Services.GetRequiredService<LiveEndpoint>().Map(app);
        app.MapMcp("/mcp");
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/docs", reference => reference.WithTitle("Auricle's interface").DisableDefaultFonts());
        app.MapGet("/healthz", () => "alive\n").ExcludeFromDescription();
        app.MapGet("/readyz", (ServedModels models) => models.Loaded(options.Model) is null
            ? throw new RequestException(StatusCodes.Status503ServiceUnavailable, "The model is not loaded yet; try again in a moment.") { RetryAfter = 1 }
            : "ready\n").ExcludeFromDescription();
        app.MapPrometheusScrapingEndpoint("/metrics");
        MapPage(app);
        app.MapFallback((RequestDelegate)(context => Problems.WriteAsync(context, StatusCodes.Status404NotFound, $"There is nothing at {context.Request.Path}; the interface is described at /docs.")));
        app.Lifetime.ApplicationStarted.Register(() => _ = Task.Run(() =>
        {
            try
            {
                app.Services.GetRequiredService<ServedModels>().Get();
            }
            catch (AuricleException)
            {
                // Every request that needs the model will say so.
            }
        }));
        return app;

        async Task GuardAsync(HttpContext context, RequestDelegate next)
        {
            var log = context.RequestServices.GetRequiredService<ILogger<AuricleServer>>();
            SetHeaders(context);
            try
            {
                if (Refusal(context, options) is var (status, sentence))
                {
                    await Problems.WriteAsync(context, status, sentence).ConfigureAwait(false);
                    return;
                }
                await next(context).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                if (Problems.Of(error, context, log) is not { } problem)
                    return;
                if (context.Response.HasStarted)
                {
                    context.Abort();
                    return;
                }
                context.Response.Headers.ContentType = StringValues.Empty;
                await Problems.WriteAsync(context, problem, (error as RequestException)?.RetryAfter).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The reason not to listen to a request at all.</summary>
    private static (int Status, string Sentence)? Refusal(HttpContext context, ServerOptions options)
    {
        var request = context.Request;
        var host = request.Host.Host;
        // A page of another site can make a browser reach this server under a name of its own; then the name is not ours.
        if (host is not ("localhost" or "127.0.0.1" or "[::1]") && host != options.Address && !options.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase)
            && !(IPAddress.TryParse(host.Trim('[', ']'), out _) && !options.IsLoopback))
        {
            return (StatusCodes.Status421MisdirectedRequest, $"This server is not known as '{host}'; if it should be, name it with --host.");
        }
        if (request.Headers.Origin is [{ Length: > 0 } origin])
        {
            var own = $"{request.Scheme}://{request.Host}";
            var isNamed = options.Origins.Contains("*") || options.Origins.Contains(origin, StringComparer.OrdinalIgnoreCase);
            if (origin != own && !isNamed)
                return (StatusCodes.Status403Forbidden, $"Pages of {origin} may not use this server; if they should, name the site with --origin.");
            if (origin != own)
            {
                context.Response.Headers.AccessControlAllowOrigin = origin;
                context.Response.Headers.Vary = "Origin";
                context.Response.Headers.AccessControlAllowHeaders = "authorization, content-type";
                context.Response.Headers.AccessControlAllowMethods = "GET, POST";
                if (HttpMethods.IsOptions(request.Method))
                    return (StatusCodes.Status204NoContent, "");
            }
        }
        // What tells nothing of sounds needs no key: the page itself, and whether the server lives.
        var isOpen = !(request.Path.StartsWithSegments("/v1", StringComparison.Ordinal) || request.Path.StartsWithSegments("/mcp", StringComparison.Ordinal)
            || request.Path.StartsWithSegments("/metrics", StringComparison.Ordinal));
        if (options.Keys.Count == 0 || isOpen)
            return null;
        // Browsers cannot add a header to a WebSocket, nor to what a player fetches.
        var given = request.Headers.Authorization is [{ } header] && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : request.Query["key"].ToString();
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(given));
        var isKnown = false;
        foreach (var key in options.Keys)
            isKnown |= CryptographicOperations.FixedTimeEquals(bytes, SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return isKnown ? null : (StatusCodes.Status401Unauthorized, "This server wants a key; send it in the header 'Authorization: Bearer KEY'.");
    }

    private static void SetHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XFrameOptions = "DENY";
        headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()";
        // The readable interface brings its script and styles in its page; ours stands in files.
        var inline = context.Request.Path.StartsWithSegments("/docs", StringComparison.Ordinal) ? " 'unsafe-inline'" : "";
        headers.ContentSecurityPolicy = $"default-src 'self'; script-src 'self'{inline}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
            + "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    }

    private static void MapPage(WebApplication app)
    {
        // In the source tree the page is built where AURICLE_PAGE says; a published program has it beside itself.
        var folder = Environment.GetEnvironmentVariable("AURICLE_PAGE") is { Length: > 0 } named ? Path.GetFullPath(named) : Path.Combine(AppContext.BaseDirectory, "page");
        if (!File.Exists(Path.Combine(folder, "index.html")))
        {
            app.MapGet("/", () => TypedResults.Text("Auricle is here; its page was not built. The interface is described at /docs.\n")).ExcludeFromDescription();
            return;
        }
        var files = new PhysicalFileProvider(folder);
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            ContentTypeProvider = new FileExtensionContentTypeProvider(),
            // Names of files below assets hold their hashes.
            OnPrepareResponse = prepared => prepared.Context.Response.Headers.CacheControl =
                prepared.Context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache",
        });
        foreach (var view in new[] { "/", "/listen", "/files", "/search", "/about" })
            app.MapGet(view, () => TypedResults.PhysicalFile(Path.Combine(folder, "index.html"), "text/html; charset=utf-8")).ExcludeFromDescription();
    }

    private static X509Certificate2 Certificate(ServerOptions options)
    {
        try
        {
            return Path.GetExtension(options.Certificate) is ".pfx" or ".p12"
                ? X509CertificateLoader.LoadPkcs12FromFile(options.Certificate!, null)
                : X509Certificate2.CreateFromPemFile(options.Certificate!, options.CertificateKey);
        }
        catch (CryptographicException error)
        {
            throw new ServerException($"The certificate '{options.Certificate}' cannot be read ({error.Message.TrimEnd('.')}); give a PEM file with its key, or a PFX file without a password.", error);
        }
    }
}
