using Auricle.Search;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Auricle.Server;

/// <summary>Searches the index of this machine, and plays what is found.</summary>
internal sealed class SearchEndpoints(ServerOptions options, ServedModels models) : IDisposable
{
    private const int MostHits = 1000;
    private readonly Lock _opening = new();
    private SoundSearch? _search;

    private string Location => options.Index ?? SoundIndex.DefaultLocation;

    public void Map(IEndpointRouteBuilder routes)
    {
        var search = routes.MapGroup("/v1").WithTags("Search");
        search.MapPost("/search", (Delegate)SearchAsync).WithSummary("Finds sounds of the index").WithDescription(
            "Options, as fields of a form or in the query: `text`, a sound as `file` that hits are to be like, `not` (several), `top`, `min_score`, `under`, `min_seconds`, `max_seconds`, `fold=true`, `explain=true`.")
            .Produces<SearchAnswer>();
        search.MapGet("/index", Status).WithSummary("What is in the index").Produces<IndexAnswer>();
        search.MapGet("/index/sound", Sound).WithSummary("A file of the index").WithDescription("`file`: its path as a hit has it. Ranges are served, so that a player may begin anywhere.");
    }

    public void Dispose()
    {
        _search?.Index.Dispose();
        _search?.Dispose();
    }

    private async Task SearchAsync(HttpContext context)
    {
        await using var request = await SoundRequest.ReadAsync(context, options, needsSound: false).ConfigureAwait(false);
        var cancel = context.RequestAborted;
        if (request.Text("text") is null && !request.HasSound)
            throw new RequestException(StatusCodes.Status400BadRequest, "Nothing is given to search for; say in 'text' what is to be heard, or send a sound as 'file'.");
        var model = models.Get();
        var found = await Task.Run(Open, cancel).ConfigureAwait(false);
        var query = new SoundQuery
        {
            Text = request.Text("text"),
            Not = [.. request.All("not").Where(text => text.Length > 0)],
            Top = request.Integer("top", 1, MostHits) ?? 20,
            MinScore = request.Number("min_score", -1, 1) ?? -1,
            Fold = request.Flag("fold"),
            Filter = new IndexFilter
            {
                Under = request.Text("under"),
                MinSeconds = request.Number("min_seconds", 0, 1e7),
                MaxSeconds = request.Number("max_seconds", 0, 1e7),
            },
        };
        float[]? like = null;
        if (request.HasSound)
        {
            using var reader = request.Open();
            var clip = reader.ReadAll(model.SampleRate);
            like = await model.RunAsync(loaded => new SoundEmbedder(loaded).Embed(clip, null, cancel).Vector, cancel).ConfigureAwait(false);
        }
        var explain = request.Flag("explain") && model.Tags;
        var hits = await model.RunAsync(_ =>
        {
            var vector = query.Text is null && query.Not.Count == 0 ? like! : found.Vector(query, cancel);
            if (like is not null && query.Text is not null)
                vector = [.. vector.Zip(like, (word, sound) => word + sound)];
            var best = found.Find(vector, query);
            return explain ? [.. best.Select(hit => found.Explain(hit))] : best;
        }, cancel).ConfigureAwait(false);
        await context.Response.WriteAsJsonAsync(new SearchAnswer(found.Index.Settings.Model, hits), cancel).ConfigureAwait(false);
    }

    private IndexAnswer Status()
    {
        var index = Open().Index;
        var counts = index.Count();
        return new IndexAnswer(index.Settings.Model, counts.Files, counts.Failed, counts.Segments, counts.Seconds, index.Roots());
    }

    private PhysicalFileHttpResult Sound(string file)
    {
        // Only what was indexed is shown, whatever path is asked for.
        var known = Open().Index.Files(new IndexFilter { Under = Path.GetDirectoryName(file) is { Length: > 0 } folder ? folder : null })
            .FirstOrDefault(entry => entry.Error is null && entry.Stamp.FullPath == file);
        if (known is null || !File.Exists(file))
            throw new RequestException(StatusCodes.Status404NotFound, $"'{file}' is not in the index, or no longer on the disk; bring the index up to date with: auricle index");
        return TypedResults.PhysicalFile(file, "application/octet-stream", Path.GetFileName(file), enableRangeProcessing: true);
    }

    private SoundSearch Open()
    {
        lock (_opening)
        {
            if (_search is not null)
                return _search;
            var index = SoundIndex.Open(Location);
            try
            {
                return _search = new SoundSearch(models.Get().Model, index);
            }
            catch
            {
                index.Dispose();
                throw;
            }
        }
    }
}

/// <summary>What was found.</summary>
internal sealed record SearchAnswer(string Model, IReadOnlyList<SoundHit> Hits);

/// <summary>What an index holds.</summary>
internal sealed record IndexAnswer(string Model, long Files, long Failed, long Segments, double Seconds, IReadOnlyList<string> Roots);
