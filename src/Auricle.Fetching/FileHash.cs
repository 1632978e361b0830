using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Auricle.Fetching;

/// <summary>The published hash of a file.</summary>
public sealed record FileHash
{
    private FileHash(HashKind kind, string hex) => (Kind, Hex) = (kind, hex);

    /// <summary>How it is computed.</summary>
    public HashKind Kind { get; }

    /// <summary>The hash in lower-case hexadecimal digits.</summary>
    public string Hex { get; }

    /// <summary>Reads <c>sha256:…</c>, <c>md5:…</c> or <c>git:…</c>, the spelling of archives and of <see cref="ToString"/>.</summary>
    /// <param name="text">The text.</param>
    /// <returns><see langword="null"/> where it is no such hash.</returns>
    public static FileHash? TryParse(string? text) =>
        text?.Split(':', 2) is [var name, var hex] && Enum.TryParse<HashKind>(name, ignoreCase: true, out var kind) && Enum.IsDefined(kind) ? Of(kind, hex) : null;

    /// <summary>A hash of a kind.</summary>
    /// <param name="kind">How it is computed.</param>
    /// <param name="hex">Hexadecimal digits.</param>
    /// <returns><see langword="null"/> where the digits are no hash of the kind.</returns>
    public static FileHash? Of(HashKind kind, string? hex) =>
        hex is not null && hex.Length == Digits(kind) && hex.All(char.IsAsciiHexDigit) ? new FileHash(kind, hex.ToLowerInvariant()) : null;

    /// <summary>Computes the hash of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">How.</param>
    /// <param name="cancellationToken">Ends the work between blocks.</param>
    public static async Task<FileHash> ComputeAsync(string path, HashKind kind, CancellationToken cancellationToken = default)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        await using (file.ConfigureAwait(false))
        {
            using var hash = IncrementalHash.CreateHash(kind switch
            {
                HashKind.Sha256 => HashAlgorithmName.SHA256,
                HashKind.Md5 => HashAlgorithmName.MD5,   // what the archive publishes; it guards against damage, not against intent
                _ => HashAlgorithmName.SHA1,
            });
            if (kind == HashKind.Git)
                hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Length}\0")));
            var buffer = new byte[1 << 20];
            while (await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
                hash.AppendData(buffer, 0, count);
            return new FileHash(kind, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}:{Hex}";

    private static int Digits(HashKind kind) => kind switch { HashKind.Sha256 => 64, HashKind.Md5 => 32, _ => 40 };
}

/// <summary>How a hash is computed.</summary>
public enum HashKind
{
    /// <summary>SHA-256 of the bytes.</summary>
    Sha256,

    /// <summary>MD5 of the bytes.</summary>
    Md5,

    /// <summary>SHA-1 of git's header for a blob, then the bytes.</summary>
    Git,
}
