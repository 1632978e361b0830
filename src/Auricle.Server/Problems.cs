using Auricle.Audio;
using Auricle.Search;
using Auricle.Torch;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;

namespace Auricle.Server;

/// <summary>A request cannot be answered as it is.</summary>
internal sealed class RequestException(int status, string message) : AuricleException(message)
{
    /// <summary>The status of the answer.</summary>
    public int Status { get; } = status;

    /// <summary>After how many seconds another try makes sense.</summary>
    public int? RetryAfter { get; init; }

    public override bool IsRequest => true;
}

/// <summary>Errors as problem details (RFC 9457), with the sentence that the command line says.</summary>
internal static partial class Problems
{
    /// <summary>The problem behind an exception; <see langword="null"/> where the client has left.</summary>
    public static ProblemDetails? Of(Exception error, HttpContext context, ILogger logger)
    {
        if (error is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
            return null;
        var (status, sentence) = error switch
        {
            RequestException request => (request.Status, request.Message),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => (StatusCodes.Status413PayloadTooLarge, "The upload is larger than this server takes; send a shorter sound, or a compressed one."),
            BadHttpRequestException bad => (bad.StatusCode, bad.Message),
            AudioException => (StatusCodes.Status422UnprocessableEntity, error.Message),
            RoleMissingException or IndexMismatchException => (StatusCodes.Status409Conflict, error.Message),
            IndexException => (StatusCodes.Status404NotFound, error.Message),
            TorchOutOfMemoryException => (StatusCodes.Status503ServiceUnavailable, error.Message),
            AuricleException { IsRequest: true } => (StatusCodes.Status400BadRequest, error.Message),
            AuricleException => (StatusCodes.Status500InternalServerError, error.Message),
            // Options that no model takes, such as a beam wider than the vocabulary.
            ArgumentException => (StatusCodes.Status400BadRequest, error.Message.Split(" (Parameter")[0]),
            IOException or InvalidDataException => (StatusCodes.Status400BadRequest, "The request broke off, or is no multipart form; send the file as 'file'."),
            _ => (StatusCodes.Status500InternalServerError, "The server failed in a way that nobody foresaw; its log has the details."),
        };
        if (status >= StatusCodes.Status500InternalServerError)
            LogFailure(logger, error, context.Request.Method, context.Request.Path);
        return new ProblemDetails { Status = status, Title = Title(status), Detail = sentence, Instance = context.Request.Path };
    }

    /// <summary>Answers with a problem.</summary>
    public static async Task WriteAsync(HttpContext context, ProblemDetails problem, int? retryAfter = null)
    {
        context.Response.StatusCode = problem.Status!.Value;
        if (retryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await context.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json", context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Answers with a problem of a status and a sentence.</summary>
    public static Task WriteAsync(HttpContext context, int status, string sentence, int? retryAfter = null) =>
        WriteAsync(context, new ProblemDetails { Status = status, Title = Title(status), Detail = sentence, Instance = context.Request.Path }, retryAfter);

    private static string Title(int status) => status switch
    {
        400 => "The request cannot be understood",
        401 => "A key is needed",
        403 => "Not allowed",
        404 => "Not found",
        409 => "The model cannot do this",
        413 => "Too large",
        415 => "Not a sound",
        421 => "Not this server",
        422 => "The sound cannot be used",
        429 => "Too many requests",
        503 => "Busy",
        _ => "The server failed",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogFailure(ILogger logger, Exception error, string method, string path);
}
