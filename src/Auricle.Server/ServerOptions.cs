using System.Net;
using Auricle.Models.Hub;

namespace Auricle.Server;

/// <summary>How the server listens, whom it answers, and how much it takes on. Settable as <c>Auricle:…</c> in settings files and <c>AURICLE__…</c> in the environment.</summary>
public sealed class ServerOptions
{
    /// <summary>The section of the settings that these stand in.</summary>
    public const string Section = "Auricle";

    /// <summary>The address to listen at; by default only this machine reaches it.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; set; } = 8765;

    /// <summary>A PEM or PFX file with the certificate, for https; <see langword="null"/> for http.</summary>
    public string? Certificate { get; set; }

    /// <summary>The PEM file of the certificate's key, where it has one of its own.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>Secrets, one of which every request must bring; none are needed where this is empty.</summary>
    public IList<string> Keys { get; set; } = [];

    /// <summary>Whether the server may be reached from other machines without a key.</summary>
    public bool AllowWithoutKey { get; set; }

    /// <summary>Other sites whose pages may use the interface, such as <c>https://example.org</c>; <c>*</c> for all.</summary>
    public IList<string> Origins { get; set; } = [];

    /// <summary>Names under which the server is known besides its address and those of this machine.</summary>
    public IList<string> Hosts { get; set; } = [];

    /// <summary>The model where a request names none.</summary>
    public string Model { get; set; } = ModelCatalog.DefaultModel;

    /// <summary>The models that requests may name; where it is empty, all that are in the catalogue of this machine.</summary>
    public IList<string> Models { get; set; } = [];

    /// <summary>The index that is searched; <see langword="null"/> for the user's own.</summary>
    public string? Index { get; set; }

    /// <summary>The largest upload in bytes.</summary>
    public long MaxUploadBytes { get; set; } = 512L << 20;

    /// <summary>The longest sound in seconds.</summary>
    public double MaxSeconds { get; set; } = 4 * 3600;

    /// <summary>How many requests may wait for a model before further ones are turned away.</summary>
    public int Queue { get; set; } = 128;

    /// <summary>How many requests one client may send in a minute.</summary>
    public int RequestsPerMinute { get; set; } = 1200;

    /// <summary>How many connections may listen live at once.</summary>
    public int LiveListeners { get; set; } = 8;

    /// <summary>How many sounds of several requests go through a model at once.</summary>
    public int BatchSize { get; set; } = 8;

    /// <summary>How models are loaded.</summary>
    public AudioModelOptions Loading { get; set; } = new();

    /// <summary>Whether only this machine reaches the server.</summary>
    internal bool IsLoopback => Address == "localhost" || (IPAddress.TryParse(Address, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Looks whether the values make sense together.</summary>
    /// <exception cref="ServerException">They do not.</exception>
    internal void Check()
    {
        if (Address != "localhost" && !IPAddress.TryParse(Address, out _))
            throw new ServerException($"'{Address}' is no address to listen at; give one such as 127.0.0.1, or 0.0.0.0 for every network of this machine.");
        if (Port is < 0 or > 65535)
            throw new ServerException($"{Port} is no port; give 1 to 65535, or 0 for a free one.");
        if (!IsLoopback && Keys.Count == 0 && !AllowWithoutKey)
        {
            throw new ServerException(
                $"At {Address} other machines reach the server, and no key is set: anyone there could use it. Set one with --key, or say --allow-without-key.");
        }
        if (Keys.FirstOrDefault(key => key.Length < 16) is not null)
            throw new ServerException("A key has fewer than 16 characters, so that it could be guessed; make one with: openssl rand -hex 24");
        foreach (var (name, value) in ((string, double)[])[
            (nameof(MaxUploadBytes), MaxUploadBytes), (nameof(MaxSeconds), MaxSeconds), (nameof(Queue), Queue), (nameof(RequestsPerMinute), RequestsPerMinute),
            (nameof(LiveListeners), LiveListeners), (nameof(BatchSize), BatchSize)])
        {
            if (!(value > 0))
                throw new ServerException($"{name} is {value}, so that nothing could be served; give a number above 0.");
        }
        foreach (var file in new[] { Certificate, CertificateKey })
        {
            if (file is not null && !File.Exists(file))
                throw new ServerException($"There is no certificate '{file}'; name a PEM or PFX file.");
        }
    }
}

/// <summary>The server cannot run as it is asked to.</summary>
public sealed class ServerException : AuricleException
{
    internal ServerException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <inheritdoc/>
    public override bool IsRequest => true;
}
