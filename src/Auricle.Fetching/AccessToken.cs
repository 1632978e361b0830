namespace Auricle.Fetching;

/// <summary>A secret that tells one host who asks. It never shows itself, and goes to no other host.</summary>
/// <param name="value">The secret.</param>
/// <param name="origin">An address of the host it belongs to.</param>
public sealed class AccessToken(string value, Uri origin)
{
    /// <summary>The secret.</summary>
    internal string Value { get; } = value;

    /// <summary>Whether an address is on the host, port and scheme to which the secret belongs.</summary>
    public bool BelongsTo(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Uri.Compare(address, origin, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;
    }

    /// <summary>Says for which host it is, not what it is.</summary>
    public override string ToString() => $"token for {origin.Host}";
}
