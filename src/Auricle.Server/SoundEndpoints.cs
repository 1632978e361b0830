using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Auricle.Audio;
using Auricle.Models.Decoding;
using Auricle.Models.Roles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

namespace Auricle.Server;

/// <summary>What is said of sounds that are sent: captions, tags, labels of one's own, vectors.</summary>
internal sealed class SoundEndpoints(ServerOptions options, ServedModels models, ServerMetrics metrics) : IDisposable
{
    /// <summary>The longest sound in seconds that is tagged, classified or embedded in one request, since it is in memory as a whole.</summary>
    public const double LongestAtOnce = 600;

    private const double SubtitleSeconds = 10;
    private const int MostCandidates = 100;

    // Decoding is work of the processor too: no more of it at once than there are cores to do it.
    private readonly SemaphoreSlim _decoding = new(Math.Max(2, Environment.ProcessorCount));

    public void Map(IEndpointRouteBuilder routes)
    {
        var sounds = routes.MapGroup("/v1").WithTags("Sounds");
        Post(sounds, "/captions", CaptionAsync, "Describes a sound",
            "The sound is the field `file` of a multipart form, or the body. Options, as fields or in the query: `model`, `task`, `beam`, `candidates`, `min_length`, `max_length`, "
            + "`temperature`, `top_k`, `top_p`, `seed`, `rerank=true` (the candidates by likeness to the sound), `timestamps=true` (when each word was heard), `segments` (seconds), `track`, `format` (json, srt, vtt, text), and `stream=true` for server-sent events: `segment` for each stretch, "
            + "then `done` with the whole, or `problem`.", typeof(CaptionResult));
        Post(sounds, "/tags", TagAsync, "Says which of the model's labels fit a sound",
            "Options: `model`, `top`, `threshold`, `timeline=true` for the labels along the sound, `track`.", typeof(TagResult));
        Post(sounds, "/classifications", ClassifyAsync, "Says which of any labels fit a sound",
            "Options: `labels` (several, or separated by commas), `template` with {} for the label (several), `multi=true` where several labels may fit, `threshold`, `model`, `track`.", typeof(TagResult));
        Post(sounds, "/embeddings", EmbedAsync, "Vectors of a sound, or of texts",
            "A sound as above, or JSON with `input` (a text or several) and `model`. The answer has the shape that OpenAI's interface made common.", typeof(EmbeddingList));
        sounds.MapGet("/models", () => new ModelList([.. models.Names.Select(Describe)]))
            .WithSummary("The models that requests may name").Produces<ModelList>();
    }

    public void Dispose() => _decoding.Dispose();

    private static void Post(RouteGroupBuilder group, string path, Func<HttpContext, Task> handler, string summary, string description, Type answer) =>
        group.MapPost(path, (Delegate)handler).WithSummary(summary).WithDescription(description).WithMetadata(
            new ProducesResponseTypeAttribute(answer, StatusCodes.Status200OK, "application/json"),
            new ProducesResponseTypeAttribute(typeof(ProblemDetails), StatusCodes.Status422UnprocessableEntity, "application/problem+json"))
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                // The type of the body is no condition: whatever is sent is told by its bytes.
                var file = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
                operation.RequestBody = new OpenApiRequestBody
                {
                    Content = new Dictionary<string, OpenApiMediaType>
                    {
                        ["multipart/form-data"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema> { ["file"] = file } } },
                        ["application/octet-stream"] = new() { Schema = file },
                    },
                };
                return Task.CompletedTask;
            });

    private async Task CaptionAsync(HttpContext context)
    {
        await using var request = await SoundRequest.ReadAsync(context, options).ConfigureAwait(false);
        var cancel = context.RequestAborted;
        var model = models.Get(request.Text("model"));
        var format = request.Choice("format", "json", "srt", "vtt", "text");
        var wanted = Wanted(request);
        var isSubtitle = format is "srt" or "vtt";
        var seconds = request.Number("segments", 0.1, AudioCaptioner.LongestWhole) ?? (isSubtitle ? SubtitleSeconds : null);
        model.Captioner.Check(wanted);
        if (request.Flag("stream"))
        {
            await StreamAsync(context, request, model, wanted, seconds ?? SubtitleSeconds).ConfigureAwait(false);
            return;
        }
        CaptionResult result;
        if (seconds is { } length)
        {
            using var reader = await OpenAsync(request, cancel).ConfigureAwait(false);
            var segments = new List<CaptionSegment>();
            var task = "";
            await foreach (var (segment, said) in SegmentsAsync(reader, model, wanted, length, cancel).ConfigureAwait(false))
            {
                segments.Add(segment);
                task = said.Task;
            }
            result = CaptionResult.Of(request.Name, segments, task, model.Model.Source.Name, [.. reader.Warnings]);
        }
        else
        {
            var clip = await LoadAsync(request, model, AudioCaptioner.LongestWhole, "give segments, for example segments=10", cancel).ConfigureAwait(false);
            result = await model.CaptionAsync(clip, wanted, cancel).ConfigureAwait(false) with { File = request.Name };
        }
        metrics.Heard(result.Duration, "caption");
        await (format switch
        {
            "json" => context.Response.WriteAsJsonAsync(result, cancel),
            "text" => WriteTextAsync(context, "text/plain", result.Caption + "\n"),
            _ => WriteTextAsync(context, format == "vtt" ? "text/vtt" : "application/x-subrip", Subtitles.Format(result, format == "vtt")),
        }).ConfigureAwait(false);
    }

    private async Task StreamAsync(HttpContext context, SoundRequest request, ServedModel model, CaptionOptions wanted, double seconds)
    {
        var cancel = context.RequestAborted;
        using var reader = await OpenAsync(request, cancel).ConfigureAwait(false);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var segments = new List<CaptionSegment>();
        var task = "";
        var total = reader.Frames is { } frames ? (double)frames / reader.SampleRate : (double?)null;
        try
        {
            await EventAsync("start", new { file = request.Name, duration = total }).ConfigureAwait(false);
            await foreach (var (segment, said) in SegmentsAsync(reader, model, wanted, seconds, cancel).ConfigureAwait(false))
            {
                segments.Add(segment);
                task = said.Task;
                await EventAsync("segment", segment).ConfigureAwait(false);
            }
            var result = CaptionResult.Of(request.Name, segments, task, model.Model.Source.Name, [.. reader.Warnings]);
            metrics.Heard(result.Duration, "caption");
            await EventAsync("done", result).ConfigureAwait(false);
        }
        catch (AuricleException error)
        {
            // The status has been sent; what came before stays true.
            await EventAsync("problem", new { detail = error.Message }).ConfigureAwait(false);
        }

        async Task EventAsync(string name, object data)
        {
            await context.Response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(data, JsonSerializerOptions.Web)}\n\n", cancel).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(cancel).ConfigureAwait(false);
        }
    }

    private async Task TagAsync(HttpContext context)
    {
        await using var request = await SoundRequest.ReadAsync(context, options).ConfigureAwait(false);
        var model = models.Get(request.Text("model"));
        var wanted = new TagOptions
        {
            Top = request.Integer("top", 1, 10_000) ?? new TagOptions().Top,
            Threshold = request.Number("threshold", 0, 1),
            Timeline = request.Flag("timeline"),
        };
        var clip = await LoadAsync(request, model, LongestAtOnce, "send it in parts", context.RequestAborted).ConfigureAwait(false);
        var result = await model.TagAsync(clip, wanted, context.RequestAborted).ConfigureAwait(false);
        metrics.Heard(result.Duration, "tag");
        await context.Response.WriteAsJsonAsync(result with { File = request.Name }, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task ClassifyAsync(HttpContext context)
    {
        await using var request = await SoundRequest.ReadAsync(context, options).ConfigureAwait(false);
        var model = models.Get(request.Text("model"));
        string[] labels = [.. request.All("labels").Concat(request.All("labels[]")).SelectMany(text => text.Split(',')).Select(text => text.Trim()).Where(text => text.Length > 0)];
        var wanted = new ClassifyOptions
        {
            Multi = request.Flag("multi"),
            Threshold = request.Number("threshold", 0, 1),
            Top = request.Integer("top", 1, 10_000),
            Templates = request.All("template") is { Count: > 0 } templates ? templates : ClassifyOptions.DefaultTemplates,
        };
        var clip = await LoadAsync(request, model, LongestAtOnce, "send it in parts", context.RequestAborted).ConfigureAwait(false);
        var result = await model.RunAsync(loaded =>
        {
            using var classifier = new SoundClassifier(loaded, labels, wanted);
            return classifier.Classify(clip, context.RequestAborted);
        }, context.RequestAborted).ConfigureAwait(false);
        metrics.Heard(result.Duration, "classify");
        await context.Response.WriteAsJsonAsync(result with { File = request.Name }, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task EmbedAsync(HttpContext context)
    {
        var cancel = context.RequestAborted;
        if (context.Request.HasJsonContentType())
        {
            TextInput? input;
            try
            {
                input = await context.Request.ReadFromJsonAsync<TextInput>(cancel).ConfigureAwait(false);
            }
            catch (JsonException)
            {
                input = null;
            }
            if (input?.Texts is not { Count: > 0 } texts)
                throw new RequestException(StatusCodes.Status400BadRequest, "There is no text in the request; give JSON such as {\"input\": [\"a dog barks\"]}.");
            var written = models.Get(input.Model);
            var vectors = await written.RunAsync(loaded => new TextEmbedder(loaded).Embed(texts, null, cancel).ToList(), cancel).ConfigureAwait(false);
            await WriteAsync(written, vectors).ConfigureAwait(false);
            return;
        }
        await using var request = await SoundRequest.ReadAsync(context, options).ConfigureAwait(false);
        var model = models.Get(request.Text("model"));
        var clip = await LoadAsync(request, model, LongestAtOnce, "send it in parts", cancel).ConfigureAwait(false);
        var heard = await model.RunAsync(loaded => new SoundEmbedder(loaded).Embed(clip, null, cancel), cancel).ConfigureAwait(false);
        metrics.Heard(heard.Duration, "embed");
        await WriteAsync(model, [heard.Vector]).ConfigureAwait(false);

        Task WriteAsync(ServedModel from, List<float[]> vectors) => context.Response.WriteAsJsonAsync(
            new EmbeddingList("list", [.. vectors.Select((vector, i) => new EmbeddingItem("embedding", i, vector))], from.Model.Source.Name), cancel);
    }

    private static CaptionOptions Wanted(SoundRequest request)
    {
        var candidates = request.Integer("candidates", 1, MostCandidates) ?? 1;
        var temperature = request.Number("temperature", 0, 100);
        var (topK, topP, seed) = (request.Integer("top_k", 1, 1_000_000), request.Number("top_p", 0.0001, 1), request.Seed("seed"));
        var draws = temperature is not null || topK is not null || topP is not null || seed is not null;
        return new CaptionOptions
        {
            Task = request.Text("task"),
            Candidates = candidates,
            Rerank = request.Flag("rerank"),
            Timestamps = request.Flag("timestamps"),
            BeamSize = request.Integer("beam", 1, 100),
            MinLength = request.Integer("min_length", 0, 1000),
            MaxLength = request.Integer("max_length", 1, 1000),
            Sampling = draws ? new Sampling { Count = candidates, Temperature = temperature ?? 1, TopK = topK, TopP = topP ?? 1, Seed = seed ?? 0 } : null,
        };
    }

    /// <summary>Opens a sound on a thread where it may take its time.</summary>
    private async Task<AudioReader> OpenAsync(SoundRequest request, CancellationToken cancellationToken)
    {
        var reader = await DecodeAsync(request.Open, cancellationToken).ConfigureAwait(false);
        if (reader.Frames is { } frames && (double)frames / reader.SampleRate > options.MaxSeconds)
        {
            var seconds = (double)frames / reader.SampleRate;
            reader.Dispose();
            throw TooLong(request.Name, seconds, options.MaxSeconds, "send it in parts");
        }
        return reader;
    }

    /// <summary>Reads a whole sound.</summary>
    private async Task<AudioClip> LoadAsync(SoundRequest request, ServedModel model, double most, string remedy, CancellationToken cancellationToken)
    {
        using var reader = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        return await DecodeAsync(() =>
        {
            var whole = AudioSegments.ReadWhole(reader, model.SampleRate, most);
            return whole is null
                ? throw TooLong(request.Name, (double)(reader.Frames ?? reader.Position) / reader.SampleRate, most, remedy)
                : whole with { Path = request.Name };
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The captions of stretches, in order; a few are on their way at a time, so that they share batches.</summary>
    private async IAsyncEnumerable<(CaptionSegment Segment, CaptionResult Said)> SegmentsAsync(
        AudioReader reader, ServedModel model, CaptionOptions wanted, double seconds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var underway = new Queue<(AudioSegment Segment, Task<CaptionResult> Caption)>();
        using var ahead = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var segments = AudioSegments.Read(reader, model.SampleRate, seconds).GetEnumerator();
        try
        {
            while (await DecodeAsync(segments.MoveNext, cancellationToken).ConfigureAwait(false))
            {
                var segment = segments.Current;
                if (segment.End > options.MaxSeconds)
                    throw TooLong(reader.Path, segment.End, options.MaxSeconds, "send it in parts");
                underway.Enqueue((segment, model.CaptionAsync(segment.Clip, wanted, ahead.Token)));
                if (underway.Count == options.BatchSize)
                    yield return await NextAsync().ConfigureAwait(false);
            }
            while (underway.Count > 0)
                yield return await NextAsync().ConfigureAwait(false);
        }
        finally
        {
            await ahead.CancelAsync().ConfigureAwait(false);
            foreach (var (_, rest) in underway)
                await rest.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }

        async Task<(CaptionSegment, CaptionResult)> NextAsync()
        {
            var (segment, caption) = underway.Dequeue();
            var said = await caption.ConfigureAwait(false);
            return (CaptionSegment.Of(segment, said), said);
        }
    }

    private async Task<T> DecodeAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _decoding.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(work, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _decoding.Release();
        }
    }

    private static AudioException TooLong(string name, double seconds, double most, string remedy) => new(
        AudioFailure.TooLong, name, string.Create(CultureInfo.InvariantCulture, $"'{name}' is at least {seconds:0} s long and {most:0} s are taken at once here; {remedy}."));

    private static async Task WriteTextAsync(HttpContext context, string type, string text)
    {
        context.Response.ContentType = type + "; charset=utf-8";
        await context.Response.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }

    private ModelItem Describe(string name)
    {
        if (models.Loaded(name) is { } loaded)
        {
            var captioner = loaded.Model.Roles.HasFlag(ModelRoles.Captions) ? loaded.Model.As<ICaptioner>() : null;
            return new ModelItem(name, loaded.Model.System, ModelRole.Verbs(loaded.Model.Roles), captioner?.Tasks ?? [], loaded.SampleRate, captioner?.PlacesWords ?? false, true);
        }
        try
        {
            var described = Models.Families.ModelDescription.Read(Models.Hub.ModelCatalog.Find(name));
            return new ModelItem(name, described.Family, described.Roles, [], described.SampleRate, false, false);
        }
        catch (AuricleException error)
        {
            return new ModelItem(name, error.Message, [], [], null, false, false);
        }
    }
}

/// <summary>The models of a server.</summary>
/// <param name="Data">The models, the default first.</param>
internal sealed record ModelList(IReadOnlyList<ModelItem> Data);

/// <summary>A model that requests may name.</summary>
/// <param name="Id">Its name.</param>
/// <param name="System">The published system it belongs to.</param>
/// <param name="Roles">What it does: captions, tags, embeds sound, …</param>
/// <param name="Tasks">Styles of captions; known once the model is loaded.</param>
/// <param name="SampleRate">The rate at which it hears, in hertz; known once the model is loaded.</param>
/// <param name="PlacesWords">Whether it says when each word was heard; known once it is loaded.</param>
/// <param name="IsLoaded">Whether it is in memory.</param>
internal sealed record ModelItem(string Id, string System, IReadOnlyList<string> Roles, IReadOnlyList<string> Tasks, int? SampleRate, bool PlacesWords, bool IsLoaded);

/// <summary>Texts to embed.</summary>
/// <param name="Input">A text, or several.</param>
/// <param name="Model">The model.</param>
internal sealed record TextInput(JsonElement Input, string? Model)
{
    /// <summary>The texts; <see langword="null"/> where there are none.</summary>
    public IReadOnlyList<string>? Texts => Input.ValueKind switch
    {
        JsonValueKind.String => [Input.GetString()!],
        JsonValueKind.Array when Input.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String) => [.. Input.EnumerateArray().Select(text => text.GetString()!)],
        _ => null,
    };
}

/// <summary>Vectors.</summary>
internal sealed record EmbeddingList(string Object, IReadOnlyList<EmbeddingItem> Data, string Model);

/// <summary>A vector of unit length, and which input it belongs to.</summary>
internal sealed record EmbeddingItem(string Object, int Index, float[] Embedding);
