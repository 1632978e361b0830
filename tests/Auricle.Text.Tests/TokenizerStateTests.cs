using System.Text.Json;
using Auricle.Testing;

namespace Auricle.Text.Tests;

public sealed class TokenizerStateTests
{
    private static readonly string Reference = File.ReadAllText(Path.Combine(Fixtures.Folder("conette"), "tokenizer_state.json"));

    [Fact]
    public void FromJson_ReferenceState_IsWrittenBackUnchanged() =>
        Assert.True(JsonElement.DeepEquals(
            JsonDocument.Parse(Reference).RootElement,
            JsonDocument.Parse(TokenizerState.FromJson(Reference).ToJson()).RootElement));

    [Fact]
    public void FromDictionary_IntegerKeys_EqualsTextKeys()
    {
        var state = TokenizerState.FromJson(Reference);
        var itos = new Dictionary<object, object?>();
        var stoi = new Dictionary<object, object?>();
        var counts = new Dictionary<object, object?>();
        for (var id = 0; id < state.Tokens.Count; id++)
        {
            itos.Add((long)id, state.Tokens[id]);
            stoi.Add(state.Tokens[id], id);
            counts.Add(state.Tokens[id], state.Counts[id]);
        }
        var record = new Dictionary<object, object?>
        {
            ["_type_"] = "txt",
            ["_version_"] = state.Version,
            ["tokenizer"] = new Dictionary<object, object?>
            {
                ["hparams"] = new Dictionary<object, object?> { ["level"] = "word", ["lowercase"] = true, ["punctuation_mode"] = "remove", ["backend"] = "spacy" },
                ["normalize"] = true,
                ["added_special_tokens"] = state.AddedSpecialTokens.Cast<object?>().ToList(),
                ["max_sentence_size"] = state.MaxSentenceSize,
                ["min_sentence_size"] = state.MinSentenceSize,
                ["n_sentences_fit"] = state.FittedSentences,
                ["itos"] = itos,
                ["stoi"] = stoi,
                ["vocab"] = counts,
            },
        };
        Assert.Equal(state.ToJson(), TokenizerState.FromDictionary(record).ToJson());
    }

    [Fact]
    public void State_BeforeFitting_SurvivesJson()
    {
        var state = new CaptionTokenizer(new CaptionTokenizerOptions { PunctuationMode = PunctuationMode.KeepCommaDot, Lowercase = false }).State;
        var restored = TokenizerState.FromJson(state.ToJson());
        Assert.Equal((-1L, long.MaxValue, 0L), (restored.MaxSentenceSize, restored.MinSentenceSize, restored.FittedSentences));
        Assert.Equal(state.Options, restored.Options);
    }

    [Theory]
    [InlineData("[1]", "")]
    [InlineData("{", "")]
    [InlineData("{\"_type_\":\"\\ud800\"}", "")]
    [InlineData("{\"_type_\":\"txt\",\"_type_\":\"txt\"}", "")]
    [InlineData("{}", "_type_")]
    [InlineData("""{"_type_":"bin"}""", "_type_")]
    [InlineData("""{"_type_":"txt","tokenizer":3}""", "tokenizer")]
    public void FromJson_NotAState_NamesTheField(string json, string field) =>
        Assert.Equal(field, Assert.Throws<TokenizerStateException>(() => TokenizerState.FromJson(json)).Field);

    [Theory]
    [InlineData("\"10\": ", "\"999\": ", "tokenizer.itos")]
    [InlineData("\"0\": \"<pad>\"", "\"0\": \"<zero>\"", "tokenizer.itos")]
    [InlineData("\"<pad>\": 0", "\"<pad>\": 1", "tokenizer.stoi")]
    [InlineData("\"word\"", "\"char\"", "tokenizer.hparams.level")]
    [InlineData("\"remove\"", "\"sometimes\"", "tokenizer.hparams.punctuation_mode")]
    [InlineData("\"lowercase\": true", "\"lowercase\": 1", "tokenizer.hparams.lowercase")]
    public void FromJson_DamagedState_NamesTheField(string original, string damaged, string field)
    {
        var at = Reference.IndexOf(original, StringComparison.Ordinal);
        Assert.True(at >= 0);
        var json = Reference.Remove(at, original.Length).Insert(at, damaged);
        Assert.Equal(field, Assert.Throws<TokenizerStateException>(() => TokenizerState.FromJson(json)).Field);
    }
}
