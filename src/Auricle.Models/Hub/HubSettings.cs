using Auricle.Fetching;

namespace Auricle.Models.Hub;

/// <summary>What the Hugging Face tools read from the environment, read the same way.</summary>
internal static class HubSettings
{
    private const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>The address of the hub, without a slash at the end: <c>HF_ENDPOINT</c>.</summary>
    /// <exception cref="ModelException">The variable holds no web address.</exception>
    public static Uri Endpoint
    {
        get
        {
            var text = Value("HF_ENDPOINT") ?? DefaultEndpoint;
            return Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
                : throw new ModelException($"HF_ENDPOINT is '{text}', which is no web address; give one such as {DefaultEndpoint}, or unset it.");
        }
    }

    /// <summary>Whether nothing may be fetched: <c>HF_HUB_OFFLINE</c>.</summary>
    public static bool IsOffline => Value("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    /// <summary>The folder of the Hugging Face tools: <c>HF_HOME</c>.</summary>
    public static string Home => Value("HF_HOME") ?? Path.Combine(CacheFolder, "huggingface");

    /// <summary>Where they keep repositories: <c>HF_HUB_CACHE</c>, else <c>hub</c> in <see cref="Home"/>.</summary>
    public static string Cache => Value("HF_HUB_CACHE") ?? Path.Combine(Home, "hub");

    /// <summary>The user's cache, <c>XDG_CACHE_HOME</c>.</summary>
    public static string CacheFolder =>
        Value("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    /// <summary>The user's token for the hub: <c>HF_TOKEN</c>, else what logging in left in <c>HF_TOKEN_PATH</c> or <c>token</c> in <see cref="Home"/>.</summary>
    public static AccessToken? Token
    {
        get
        {
            var token = Value("HF_TOKEN") ?? Value("HUGGING_FACE_HUB_TOKEN") ?? FromFile(Value("HF_TOKEN_PATH") ?? Path.Combine(Home, "token"));
            // What a header cannot hold is no token, and must not show in its exception.
            return token is not null && token.All(letter => letter is > ' ' and <= '~') ? new AccessToken(token, Endpoint) : null;
        }
    }

    private static string? FromFile(string path)
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length < 4096 && File.ReadAllText(path).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Value(string variable) => Environment.GetEnvironmentVariable(variable)?.Trim() is { Length: > 0 } value ? value : null;
}
