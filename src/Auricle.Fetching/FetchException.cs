using System.Net;

namespace Auricle.Fetching;

/// <summary>Something could not be fetched, or not be kept.</summary>
public sealed class FetchException : AuricleException
{
    /// <summary>Creates the error.</summary>
    /// <param name="fault">What kind of fault it is.</param>
    /// <param name="message">Whole sentences with the address and the remedy; never a secret.</param>
    /// <param name="innerException">What was thrown below.</param>
    public FetchException(FetchFault fault, string message, Exception? innerException = null) : base(message, innerException) => Fault = fault;

    /// <inheritdoc/>
    public override bool IsRequest => Fault is FetchFault.Offline or FetchFault.NotFound;

    /// <summary>What kind of fault it is.</summary>
    public FetchFault Fault { get; }

    /// <summary>The status with which the server answered; <see langword="null"/> where it did not.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>What the server calls the fault in the header <c>X-Error-Code</c>, as the Hugging Face hub does: <c>GatedRepo</c>.</summary>
    public string? ServerCode { get; init; }
}

/// <summary>What keeps something from being fetched.</summary>
public enum FetchFault
{
    /// <summary>Fetching is turned off.</summary>
    Offline,

    /// <summary>No connection, or too many that broke.</summary>
    Unreachable,

    /// <summary>The server wants to know who asks (401).</summary>
    Unauthorized,

    /// <summary>The server knows who asks, and refuses (403).</summary>
    Forbidden,

    /// <summary>There is nothing at the address (404, 410).</summary>
    NotFound,

    /// <summary>The server is overloaded, broken, or wants a long wait (429, 5xx).</summary>
    Busy,

    /// <summary>Any other answer that is no file: a redirect that must not be followed, a status that means nothing here.</summary>
    Answer,

    /// <summary>The file has another length than was announced, or more than is allowed.</summary>
    WrongSize,

    /// <summary>The file's bytes are not those that were announced.</summary>
    WrongHash,

    /// <summary>The disk is full.</summary>
    NoSpace,

    /// <summary>The place for the file cannot be written.</summary>
    NotWritable,
}
