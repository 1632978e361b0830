using System.Diagnostics.CodeAnalysis;

namespace Auricle;

/// <summary>What became of one file of a batch: a result, or the reason there is none.</summary>
/// <typeparam name="TResult">What a file gives, such as <see cref="CaptionResult"/>.</typeparam>
public sealed record FileOutcome<TResult> where TResult : class
{
    /// <summary>The file as it was named.</summary>
    public required string File { get; init; }

    /// <summary>What was heard; <see langword="null"/> where the file failed.</summary>
    public TResult? Result { get; init; }

    /// <summary>Why the file failed, in one sentence; <see langword="null"/> where it did not.</summary>
    public string? Error { get; init; }

    /// <summary>The error behind <see cref="Error"/>, for programs.</summary>
    public Exception? Exception { get; init; }

    /// <summary>Whether there is a result.</summary>
    [MemberNotNullWhen(true, nameof(Result))]
    [MemberNotNullWhen(false, nameof(Error), nameof(Exception))]
    public bool IsSuccess => Result is not null;
}
