using System.Text.Json;
using System.Text.Json.Nodes;
using Auricle.Audio.Features;

namespace Auricle.Models.Encoders.Cnn;

/// <summary>A <see cref="CnnConfig"/> as JSON, the <c>encoder</c> part of a model's <c>config.json</c>.</summary>
public static class CnnConfigJson
{
    /// <summary>What <c>encoder.type</c> says of this kind.</summary>
    public const string TypeName = "cnn";

    /// <summary>Writes every size.</summary>
    public static JsonObject Write(CnnConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new JsonObject
        {
            ["type"] = TypeName,
            ["sample_rate"] = config.FrontEnd.SampleRate,
            ["window_length"] = config.FrontEnd.WindowLength,
            ["hop_length"] = config.FrontEnd.HopLength,
            ["mel_bands"] = config.FrontEnd.MelBands,
            ["minimum_frequency"] = config.FrontEnd.MinimumFrequency,
            ["maximum_frequency"] = config.FrontEnd.MaximumFrequency,
            ["widths"] = new JsonArray([.. config.Widths.Select(width => JsonValue.Create(width))]),
            ["first_stride"] = config.FirstStride,
            ["pools_last_block"] = config.PoolsLastBlock,
            ["embedding_width"] = config.EmbeddingWidth,
            ["tags"] = config.Tags,
            ["block_dropout"] = config.BlockDropout,
            ["head_dropout"] = config.HeadDropout,
        };
    }

    /// <summary>Reads what <see cref="Write"/> wrote; absent fields are those of CNN14.</summary>
    /// <exception cref="JsonException">A field has the wrong type or an impossible value.</exception>
    public static CnnConfig Read(JsonElement json)
    {
        var cnn14 = CnnConfig.Cnn14;
        return new CnnConfig
        {
            FrontEnd = new LogMelConfig
            {
                SampleRate = Whole(json, "sample_rate", cnn14.FrontEnd.SampleRate),
                WindowLength = Whole(json, "window_length", cnn14.FrontEnd.WindowLength),
                HopLength = Whole(json, "hop_length", cnn14.FrontEnd.HopLength),
                MelBands = Whole(json, "mel_bands", cnn14.FrontEnd.MelBands),
                MinimumFrequency = Number(json, "minimum_frequency", cnn14.FrontEnd.MinimumFrequency),
                MaximumFrequency = Number(json, "maximum_frequency", cnn14.FrontEnd.MaximumFrequency),
            },
            Widths = Widths(json, cnn14.Widths),
            FirstStride = Whole(json, "first_stride", cnn14.FirstStride),
            PoolsLastBlock = json.TryGetProperty("pools_last_block", out var pools) && pools.ValueKind == JsonValueKind.True,
            EmbeddingWidth = Whole(json, "embedding_width", cnn14.EmbeddingWidth),
            Tags = Whole(json, "tags", cnn14.Tags),
            BlockDropout = Number(json, "block_dropout", cnn14.BlockDropout),
            HeadDropout = Number(json, "head_dropout", cnn14.HeadDropout),
        };
    }

    private static IReadOnlyList<int> Widths(JsonElement json, IReadOnlyList<int> fallback)
    {
        if (!json.TryGetProperty("widths", out var widths))
            return fallback;
        if (widths.ValueKind != JsonValueKind.Array || widths.GetArrayLength() is 0 or > 16)
            throw new JsonException("The encoder's widths must be a list of 1 to 16 whole numbers.");
        return [.. widths.EnumerateArray().Select(width => Positive("widths", width))];
    }

    private static int Whole(JsonElement json, string name, int fallback) =>
        json.TryGetProperty(name, out var value) ? Positive(name, value) : fallback;

    // A hostile configuration must not ask for terabytes: no published size comes near the bound.
    private static int Positive(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number is >= 1 and <= 1_000_000
            ? number
            : throw new JsonException($"The encoder's {name} is {value}, expected a whole number from 1 to 1000000.");

    private static double Number(JsonElement json, string name, double fallback) =>
        !json.TryGetProperty(name, out var value) ? fallback
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) && number >= 0 ? number
        : throw new JsonException($"The encoder's {name} is {value}, expected a number of at least 0.");
}
