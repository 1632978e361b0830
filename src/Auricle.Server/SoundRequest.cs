using System.Globalization;
using Auricle.Audio;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Auricle.Server;

/// <summary>
/// A sound and the options that came with it: a multipart form with <c>file</c>, or the bytes alone with options in the query. The bytes lie in a
/// private temporary file that has no name any more, and are gone when the request is.
/// </summary>
internal sealed class SoundRequest : IAsyncDisposable
{
    private const int LongestField = 1 << 16;
    private const int MostFields = 64;
    private const string Unnamed = "sound";

    private readonly Dictionary<string, List<string>> _fields = new(StringComparer.OrdinalIgnoreCase);
    private readonly HttpRequest _request;
    private FileStream? _bytes;

    private SoundRequest(HttpRequest request) => _request = request;

    /// <summary>What the client calls the sound: the last part of the name, since nothing else of a client's path means anything here.</summary>
    public string Name { get; private set; } = Unnamed;

    /// <summary>Receives a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="options">How much is taken.</param>
    /// <param name="needsSound">Whether one without a sound is refused.</param>
    /// <exception cref="RequestException">It has no sound, or too many fields.</exception>
    public static async Task<SoundRequest> ReadAsync(HttpContext context, ServerOptions options, bool needsSound = true)
    {
        var request = new SoundRequest(context.Request);
        try
        {
            await request.ReceiveAsync(options, context.RequestAborted).ConfigureAwait(false);
            if (needsSound && request._bytes is null)
                throw new RequestException(StatusCodes.Status400BadRequest, "There is no sound in the request; send it as the field 'file' of a multipart form, or as the body.");
            return request;
        }
        catch
        {
            await request.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether a sound came along.</summary>
    public bool HasSound => _bytes is not null;

    /// <summary>Opens the sound; it may be opened once.</summary>
    /// <exception cref="AudioException">It is no sound, or a damaged one.</exception>
    public AudioReader Open()
    {
        _bytes!.Position = 0;
        return AudioFile.OpenStream(_bytes, Name, new AudioReadOptions { Track = Text("track") });
    }

    /// <summary>An option's text; <see langword="null"/> where it is absent or empty.</summary>
    public string? Text(string name) => All(name) is [.., { Length: > 0 } last] ? last : null;

    /// <summary>All values of an option.</summary>
    public IReadOnlyList<string> All(string name) =>
        _fields.TryGetValue(name, out var values) ? values : [.. _request.Query[name].OfType<string>()];

    /// <summary>An option that is a whole number.</summary>
    public int? Integer(string name, int least, int most) => Text(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value
        : throw Wrong(name, text, $"a whole number from {least} to {most}");

    /// <summary>An option that is a number.</summary>
    public double? Number(string name, double least, double most) => Text(name) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value
        : throw Wrong(name, text, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    /// <summary>An option that is a seed.</summary>
    public ulong? Seed(string name) => Text(name) is not { } text ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw Wrong(name, text, "a whole number from 0 up");

    /// <summary>An option that is true or false; one without a value is true.</summary>
    public bool Flag(string name) => All(name) switch
    {
        [] => false,
        [.., "" or "1"] => true,
        [.., "0"] => false,
        [.., var text] => bool.TryParse(text, out var value) ? value : throw Wrong(name, text, "true or false"),
    };

    /// <summary>An option that is one of some words.</summary>
    public string Choice(string name, params string[] words) => Text(name) is not { } text ? words[0]
        : words.Contains(text, StringComparer.Ordinal) ? text : throw Wrong(name, text, $"one of {string.Join(", ", words)}");

    public async ValueTask DisposeAsync()
    {
        if (_bytes is not null)
            await _bytes.DisposeAsync().ConfigureAwait(false);
    }

    private static RequestException Wrong(string name, string text, string wanted) =>
        new(StatusCodes.Status400BadRequest, $"{name} takes {wanted}, not '{(text.Length > 40 ? text[..40] + "…" : text)}'.");

    private async Task ReceiveAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(_request.ContentType, out var type) || !type.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            Name = NameOf(Text("filename"));
            if (_request.ContentLength is not 0)
                await KeepAsync(_request.Body, options, cancellationToken).ConfigureAwait(false);
            return;
        }
        if (HeaderUtilities.RemoveQuotes(type.Boundary) is not { HasValue: true, Length: <= 200 } boundary)
            throw new RequestException(StatusCodes.Status400BadRequest, "The form has no boundary; let the client's own library write the header Content-Type.");
        var reader = new MultipartReader(boundary.Value!, _request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 8192 };
        for (var count = 0; await reader.ReadNextSectionAsync(cancellationToken).ConfigureAwait(false) is { } section; count++)
        {
            if (count == MostFields)
                throw new RequestException(StatusCodes.Status400BadRequest, $"The form has more than {MostFields} fields; send one sound and its options.");
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                continue;
            var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
            if (disposition.IsFileDisposition())
            {
                if (name != "file" || _bytes is not null)
                    throw new RequestException(StatusCodes.Status400BadRequest, "The form has a file besides 'file'; send one sound in a request.");
                Name = NameOf(HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value);
                await KeepAsync(section.Body, options, cancellationToken).ConfigureAwait(false);
                continue;
            }
            using var text = new StreamReader(section.Body);
            var buffer = new char[LongestField + 1];
            var length = await text.ReadBlockAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (length > LongestField)
                throw new RequestException(StatusCodes.Status400BadRequest, $"The field '{name}' has more than {LongestField} characters.");
            if (!_fields.TryGetValue(name, out var values))
                _fields.Add(name, values = []);
            values.Add(new string(buffer, 0, length));
        }
    }

    private async Task KeepAsync(Stream source, ServerOptions options, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetTempPath(), $"auricle-upload-{Guid.NewGuid():n}");
        var file = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _bytes = new FileStream(path, file);
        if (!OperatingSystem.IsWindows())
            File.Delete(path);   // it stays open, and goes with this process however that ends
        var buffer = new byte[1 << 16];
        while (await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            if (_bytes.Length + count > options.MaxUploadBytes)
            {
                throw new RequestException(StatusCodes.Status413PayloadTooLarge,
                    string.Create(CultureInfo.InvariantCulture, $"The upload is larger than the {options.MaxUploadBytes / 1e6:0.#} MB that this server takes; send a shorter sound, or a compressed one."));
            }
            await _bytes.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
    }

    private static string NameOf(string? given)
    {
        var name = (given ?? "").Split('/', '\\')[^1];
        name = string.Concat(name.Where(letter => !char.IsControl(letter)));
        return name.Length is 0 or > 255 ? Unnamed : name;
    }
}
