using System.Text;
using System.Text.RegularExpressions;
using Auricle.Text;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Models.Encoders.Text;

/// <summary>The sizes of a <see cref="WordTower"/>.</summary>
public sealed record WordTowerConfig
{
    /// <summary>The stems it knows, separated by blanks.</summary>
    public string Words { get; init; } = "";

    /// <summary>The width of a word's vector.</summary>
    public int WordWidth { get; init; } = 160;

    /// <summary>Vectors that pairs of neighbouring words, and letters of unknown ones, share by their hash.</summary>
    public int Buckets { get; init; } = 8192;

    /// <summary>The width of the hidden layer.</summary>
    public int Hidden { get; init; } = 512;

    /// <summary>Checks the numbers of a configuration file.</summary>
    internal void Check(ConfigRules rules)
    {
        rules.Within("word_width", WordWidth, 1, ConfigRules.WidestLayer);
        rules.Within("buckets", Buckets, 1, 1 << 24);
        rules.Within("hidden", Hidden, 1, ConfigRules.WidestLayer);
    }
}

/// <summary>
/// A small text encoder without order: vectors of words, of neighbouring pairs and of the letters of unknown words are averaged by an
/// attention that each vector has of its own, and two layers follow. Words are taken by their stems. Inference is safe for concurrent use.
/// </summary>
public sealed partial class WordTower
{
    private const int LongestText = 128;
    private const int ShortestGram = 3;
    private const int LongestGram = 5;

    private readonly Lazy<Dictionary<string, int>> _places;
    private readonly Tensor _vectors, _attention;
    private readonly Linear _skip, _hidden, _output;

    /// <summary>Loads or initialises the tower.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="weights">Where its weights are.</param>
    /// <param name="width">The size of a text's vector.</param>
    public WordTower(WordTowerConfig config, Weights weights, int width)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        var words = config.Words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Words = words.Length;
        _places = new(() =>
        {
            var places = new Dictionary<string, int>(words.Length, StringComparer.Ordinal);
            foreach (var word in words)
                places.TryAdd(word, places.Count + 1);
            return places;
        });
        _vectors = weights.Get("vectors", [1 + words.Length + config.Buckets, config.WordWidth], parameter =>
        {
            parameter.NormalInPlace(0, 0.1);
            parameter.Select(0, 0).ZeroInPlace();
        });
        _attention = weights.Get("attention", [1 + words.Length + config.Buckets, 1], Initialisers.Zeros);
        _skip = new Linear(weights / "skip", config.WordWidth, width);
        _hidden = new Linear(weights / "hidden", config.WordWidth, config.Hidden);
        _output = new Linear(weights / "output", config.Hidden, width);
    }

    /// <summary>The sizes.</summary>
    public WordTowerConfig Config { get; }

    /// <summary>The stems it knows.</summary>
    public int Words { get; }

    /// <summary>The stems of a text in their order.</summary>
    public static IEnumerable<string> Stems(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return WordPattern().Matches(text.Normalize(NormalizationForm.FormKC).ToLowerInvariant()).Select(match => EnglishStemmer.Stem(match.Value));
    }

    /// <summary>The vectors of texts.</summary>
    /// <param name="texts">At least one.</param>
    /// <param name="random">In training, decides which words are left out and which are taken for unknown; <see langword="null"/> to predict.</param>
    /// <param name="leftOut">The share of words that are left out in training, and half of it of those taken for unknown.</param>
    /// <returns>[texts, width].</returns>
    public Tensor Forward(IReadOnlyList<string> texts, SplitMix64? random = null, double leftOut = 0.15)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using var scope = TensorScope.Begin();
        var rows = texts.Select(text => Tokens(text, random, leftOut)).ToArray();
        var longest = Math.Max(1, rows.Max(row => row.Count));
        var ids = new long[rows.Length * longest];
        for (var i = 0; i < rows.Length; i++)
            rows[i].CopyTo(ids, i * longest);
        var tokens = Tensor.From<long>(ids, rows.Length, longest).On(_vectors.Device);
        var vectors = _vectors.Embedding(tokens, paddingIdx: 0);                                     // [texts, tokens, word width]
        var attention = _attention.Embedding(tokens, paddingIdx: 0).Squeeze(2).MaskedFill(tokens.Eq(0), -1e4).Softmax(1);
        var mean = attention.Unsqueeze(1).Matmul(vectors).Squeeze(1);                               // [texts, word width]
        var hidden = _hidden.Forward(mean).Gelu().Dropout(0.1, random is not null);
        return scope.Keep(_skip.Forward(mean).Add(_output.Forward(hidden)));
    }

    private List<long> Tokens(string text, SplitMix64? random, double leftOut)
    {
        var tokens = new List<long>();
        string? last = null;
        foreach (var stem in Stems(text).Take(LongestText))
        {
            if (random?.Chance(leftOut) == true)
                continue;
            if (_places.Value.TryGetValue(stem, out var place) && random?.Chance(leftOut / 2) != true)
                tokens.Add(place);
            else
                AddLetters(stem, tokens);
            if (last is not null)
                tokens.Add(Bucket($"{last} {stem}"));
            last = stem;
        }
        return tokens;
    }

    private void AddLetters(string word, List<long> tokens)
    {
        var marked = $"<{word}>";
        for (var length = ShortestGram; length <= LongestGram; length++)
        {
            for (var start = 0; start + length <= marked.Length; start++)
                tokens.Add(Bucket(marked.Substring(start, length)));
        }
    }

    // FNV-1a over UTF-16 units.
    private long Bucket(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var unit in text)
            hash = (hash ^ unit) * 1099511628211UL;
        return 1 + Words + (long)((hash ^ (hash >> 32)) % (ulong)Config.Buckets);
    }

    [GeneratedRegex(@"[\p{L}\p{Nd}]+(?:'[\p{L}]+)?")]
    private static partial Regex WordPattern();
}
