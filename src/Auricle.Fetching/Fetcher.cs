using System.Net;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;

namespace Auricle.Fetching;

/// <summary>
/// Fetches files over HTTP: whole or not at all, going on where an earlier attempt broke, one process at a time, checked against size and
/// hash. Proxies are those of the environment (<c>HTTPS_PROXY</c>, <c>NO_PROXY</c>). Safe for concurrent use.
/// </summary>
public sealed partial class Fetcher : IDisposable
{
    private const int MostRedirects = 10;

    private readonly FetcherOptions _options;
    private readonly HttpClient _client;

    /// <summary>Creates a fetcher.</summary>
    /// <param name="options">Times and limits.</param>
    public Fetcher(FetcherOptions? options = null)
    {
        _options = options ?? new FetcherOptions();
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,   // a secret must not travel along
            AutomaticDecompression = DecompressionMethods.None,   // a range counts the bytes of the file
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd(_options.UserAgent);
    }

    /// <summary>Whether every connection is refused.</summary>
    public bool IsOffline => _options.IsOffline;

    /// <summary>Reads a small text, such as the answer of a programming interface.</summary>
    /// <param name="address">Where.</param>
    /// <param name="limit">The most bytes.</param>
    /// <param name="token">The secret that the host wants.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The bytes, and the address of the next page, where the server says that there is one.</returns>
    /// <exception cref="FetchException">It could not be read.</exception>
    public async Task<(ReadOnlyMemory<byte> Bytes, Uri? Next)> ReadAsync(Uri address, int limit, AccessToken? token = null, CancellationToken cancellationToken = default)
    {
        CheckAddress(address);
        return await Retrying(null).ExecuteAsync(async cancel =>
        {
            using var response = await SendAsync(address, token, null, cancel).ConfigureAwait(false);
            ThrowIfRefused(response, address);
            var content = new MemoryStream();
            var buffer = new byte[1 << 14];
            var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            while (await ReceiveAsync(stream, buffer, address, cancel).ConfigureAwait(false) is var count and > 0)
            {
                if (content.Length + count > limit)
                    throw new FetchException(FetchFault.WrongSize, $"The answer of {Shown(address)} has more than {limit} bytes, which such an answer never has; check the address.");
                content.Write(buffer, 0, count);
            }
            if (response.Content.Headers.ContentLength is { } length && length != content.Length)
                throw Broken(address, $"it ended after {content.Length} of {length} bytes");
            return ((ReadOnlyMemory<byte>)content.ToArray(), NextPage(response, address));
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks a server for a file's length by its first byte: places behind signed addresses often answer GET alone.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The file with its size, where the server tells it.</returns>
    /// <exception cref="FetchException">The server has no such file, or does not answer.</exception>
    public async Task<RemoteFile> DescribeAsync(RemoteFile file, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        CheckAddress(file.Address);
        return await Retrying(null).ExecuteAsync(async cancel =>
        {
            using var response = await SendAsync(
                file.Address, file.Token, request => request.Headers.Range = new RangeHeaderValue(0, 0), cancel).ConfigureAwait(false);
            var headers = response.Content.Headers;
            if (response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)   // an empty file has no first byte
                ThrowIfRefused(response, file.Address);
            return file with { Size = file.Size ?? (response.StatusCode == HttpStatusCode.OK ? headers.ContentLength : headers.ContentRange?.Length) };
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An address without what may be secret in it: user, password, and the query, which may be a signature.</summary>
    public static string Shown(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    private void CheckAddress(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri || !IsWeb(address))
            throw new FetchException(FetchFault.Answer, $"'{address.OriginalString}' is no address that can be fetched; it must begin with https:// or http://.");
        if (_options.IsOffline)
            throw new FetchException(FetchFault.Offline, $"{Shown(address)} is not fetched, since fetching is turned off; {_options.OfflineRemedy}.");
    }

    private static bool IsWeb(Uri address) => address.Scheme is "https" or "http";

    /// <summary>Sends a request and follows redirects. The secret goes to its own host, and no further once a redirect has left that host.</summary>
    private async Task<HttpResponseMessage> SendAsync(
        Uri address, AccessToken? token, Action<HttpRequestMessage>? shape, CancellationToken cancellationToken)
    {
        var first = address;
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.AcceptEncoding.ParseAdd("identity");
            shape?.Invoke(request);
            if (token?.BelongsTo(address) == true)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Value);
            else
                token = null;
            var response = await AnswerAsync(request, address, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
                return response;
            var target = response.Headers.Location;
            response.Dispose();
            if (target is null || !Uri.TryCreate(address, target, out var next) || !IsWeb(next))
                throw new FetchException(FetchFault.Answer, $"{Shown(address)} sends elsewhere without a web address; check the address.");
            if (address.Scheme == "https" && next.Scheme == "http")
                throw new FetchException(FetchFault.Answer, $"{Shown(address)} sends to {Shown(next)}, which is not encrypted; it is not followed.");
            if (redirects == MostRedirects)
                throw new FetchException(FetchFault.Answer, $"{Shown(first)} sends elsewhere more than {MostRedirects} times; check the address.");
            address = next;
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, Uri address, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(_options.Silence);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException error)
        {
            var broken = Broken(address, Reason(error), error);
            // At the very begin nobody should wait to hear of a misspelt host, or of no network at all.
            throw error.HttpRequestError == HttpRequestError.NameResolutionError && request.Headers.Range?.Ranges.Single().From is null or 0 ? broken.Last : broken;
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Broken(address, "it does not answer", error);
        }
    }

    private async Task<int> ReceiveAsync(Stream stream, Memory<byte> buffer, Uri address, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(_options.Silence);
        try
        {
            return await stream.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw Broken(address, "the connection broke off", error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Broken(address, $"nothing came for {_options.Silence.TotalSeconds:0} s", error);
        }
    }

    /// <summary>Turns an answer that is no content into an exception: one to try again after, or one that ends the work.</summary>
    private void ThrowIfRefused(HttpResponseMessage response, Uri address)
    {
        if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
            return;
        var status = (int)response.StatusCode;
        var code = response.Headers.TryGetValues("X-Error-Code", out var values) ? values.FirstOrDefault() : null;
        FetchException Fault(FetchFault fault, string message) => new(fault, message) { Status = response.StatusCode, ServerCode = code };
        switch (status)
        {
            case 401:
                throw Fault(FetchFault.Unauthorized, $"{Shown(address)} wants to know who asks (401); give an access token.");
            case 403:
                throw Fault(FetchFault.Forbidden, $"{Shown(address)} refuses (403); ask for access where it is published.");
            case 404 or 410:
                throw Fault(FetchFault.NotFound, $"There is nothing at {Shown(address)} ({status}); check the name.");
            case 408 or 425 or 429 or >= 500:
                var wait = response.Headers.RetryAfter is not { } after ? null : after.Delta ?? after.Date - DateTimeOffset.UtcNow;
                if (wait > _options.LongestDelay)
                    throw Fault(FetchFault.Busy, $"{Shown(address)} is busy ({status}) and asks to come back after {Math.Ceiling(wait.Value.TotalMinutes):0} minutes; try again then.");
                throw new BrokenAttemptException(Fault(FetchFault.Busy, $"{Shown(address)} answers {status} again and again; try again later."))
                {
                    Wait = wait < TimeSpan.Zero ? TimeSpan.Zero : wait,
                };
            default:
                throw Fault(FetchFault.Answer, $"{Shown(address)} answers {status}, which is no file; check the address.");
        }
    }

    /// <summary>Repeats what breaks, after growing waits or the one that the server asks for.</summary>
    private RetryPipeline Retrying(Action? retries) => new(_options, retries);

    private static BrokenAttemptException Broken(Uri address, string reason, Exception? inner = null) =>
        new(new FetchException(FetchFault.Unreachable, $"{Shown(address)} cannot be fetched: {reason}; check the connection, and try again.", inner));

    private static string Reason(HttpRequestException error) => error.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "the name of the host is not known here",
        HttpRequestError.SecureConnectionError => "its certificate is not trusted, or the encryption failed",
        HttpRequestError.ProxyTunnelError => "the proxy refuses the connection",
        HttpRequestError.ConnectionError => "the host cannot be reached",
        _ => "the connection broke off",
    };

    private static Uri? NextPage(HttpResponseMessage response, Uri address)
    {
        if (!response.Headers.TryGetValues("Link", out var links))
            return null;
        var next = links.SelectMany(link => link.Split(',')).FirstOrDefault(link => link.Contains("rel=\"next\"", StringComparison.Ordinal));
        return next is not null && next.IndexOf('<', StringComparison.Ordinal) is >= 0 and var start && next.IndexOf('>', StringComparison.Ordinal) is var end && end > start
            && Uri.TryCreate(address, next[(start + 1)..end], out var page) ? page : null;
    }

    /// <summary>Something broke that may go well the next time.</summary>
    private sealed class BrokenAttemptException(FetchException last) : Exception(last.Message, last)
    {
        /// <summary>What is thrown when it does not.</summary>
        public FetchException Last { get; } = last;

        public TimeSpan? Wait { get; init; }
    }

    private sealed class RetryPipeline
    {
        private readonly ResiliencePipeline _pipeline;

        public RetryPipeline(FetcherOptions options, Action? retries)
        {
            var builder = new ResiliencePipelineBuilder();
            if (options.Retries > 0)
            {
                builder.AddRetry(new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<BrokenAttemptException>(),
                    MaxRetryAttempts = options.Retries,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = options.FirstDelay,
                    MaxDelay = options.LongestDelay,
                    DelayGenerator = attempt => new((attempt.Outcome.Exception as BrokenAttemptException)?.Wait),
                    OnRetry = _ =>
                    {
                        retries?.Invoke();
                        return default;
                    },
                });
            }
            _pipeline = builder.Build();
        }

        public async Task<T> ExecuteAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
        {
            try
            {
                return await _pipeline.ExecuteAsync(async cancel => await work(cancel).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }
            catch (BrokenAttemptException error)
            {
                throw error.Last;
            }
        }
    }
}
