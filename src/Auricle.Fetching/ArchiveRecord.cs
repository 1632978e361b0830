using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Fetching;

/// <summary>A record of Zenodo, or of another archive with its programming interface.</summary>
/// <param name="Address">The page of the record.</param>
/// <param name="License">The licence as the record states it, such as <c>cc-by-4.0</c>; <see langword="null"/> where it does not.</param>
/// <param name="Files">Its files with their sizes and hashes.</param>
public sealed record ArchiveRecord(Uri Address, string? License, IReadOnlyList<RemoteFile> Files)
{
    private const int LargestAnswer = 8 << 20;

    /// <summary>Asks the archive what a record holds.</summary>
    /// <param name="fetcher">Who asks.</param>
    /// <param name="address">The page of the record: <c>https://zenodo.org/records/3987831</c>.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="FetchException">There is no such record, or the archive does not answer.</exception>
    public static async Task<ArchiveRecord> ReadAsync(Fetcher fetcher, Uri address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fetcher);
        ArgumentNullException.ThrowIfNull(address);
        var answer = new Uri(address, $"/api{address.AbsolutePath}");
        var (bytes, _) = await fetcher.ReadAsync(answer, LargestAnswer, cancellationToken: cancellationToken).ConfigureAwait(false);
        FetchException Fault(string what) => new(FetchFault.Answer, $"The answer of {Fetcher.Shown(answer)} {what}; it is no record as Zenodo has them.");
        using var document = JsonText.Parse(bytes, problem => Fault(problem.What));
        if (document.RootElement.Member("files") is not { ValueKind: JsonValueKind.Array } listed)
            throw Fault("names no files");
        var files = new List<RemoteFile>();
        foreach (var entry in listed.EnumerateArray())
        {
            if (Text(entry.Member("key")) is not { } name)
                throw Fault("has a file without a name");
            var link = Text(entry.Member("links")?.Member("self"));
            var place = link is not null && Uri.TryCreate(answer, link, out var given) ? given : new Uri(answer, $"{answer.AbsolutePath}/files/{Uri.EscapeDataString(name)}/content");
            files.Add(new RemoteFile(name, place)
            {
                Size = entry.Member("size") is { ValueKind: JsonValueKind.Number } size && size.TryGetInt64(out var length) && length >= 0 ? length : null,
                Hash = FileHash.TryParse(Text(entry.Member("checksum"))),
            });
        }
        return new ArchiveRecord(address, Text(document.RootElement.Member("metadata")?.Member("license")?.Member("id")), files);
    }

    private static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
