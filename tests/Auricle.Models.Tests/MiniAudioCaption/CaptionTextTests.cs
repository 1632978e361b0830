using System.Text.Json;
using Auricle.Models.Systems.MiniAudioCaption;
using Auricle.Testing;
using Auricle.Text.Subwords;

namespace Auricle.Models.Tests.MiniAudioCaption;

public sealed class CaptionTextTests
{
    [Fact]
    public void Normalise_PublishedVectors_AreEqual()
    {
        foreach (var entry in Vectors("encode"))
            Assert.Equal(entry.GetProperty("normalised").GetString(), MiniAudioCaptionText.Normalise(entry.GetProperty("text").GetString()!));
    }

    [SharedFact]
    public void Encode_PublishedVectors_AreEqual()
    {
        var text = Text();
        var entries = Vectors("encode");
        var batch = text.Encode([.. entries.Select(entry => entry.GetProperty("text").GetString()!)]);
        Assert.Equal(entries.SelectMany(entry => Ids(entry)).Select(id => (long)id), batch.Ids);
        foreach (var entry in entries)
        {
            Assert.Equal(entry.GetProperty("tokens").EnumerateArray().Select(piece => piece.GetString()), text.Tokenizer.Tokenize(MiniAudioCaptionText.Normalise(entry.GetProperty("text").GetString()!)));
            Assert.Equal(entry.GetProperty("decoded").GetString(), text.Decode(Ids(entry)));
        }
    }

    [SharedFact]
    public void Decode_PublishedVectors_AreEqual()
    {
        var text = Text();
        foreach (var entry in Vectors("decode"))
            Assert.Equal(entry.GetProperty("decoded").GetString(), text.Decode(Ids(entry)));
    }

    private static MiniAudioCaptionText Text() => new(SubwordTokenizer.Load(Path.Combine(Fixtures.SharedRoot!, "tokenizers", "bert-base-uncased")));

    private static List<JsonElement> Vectors(string kind)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("llama-caption"), "text_vectors.json")));
        return [.. document.RootElement.Clone().GetProperty(kind).EnumerateArray()];
    }

    private static IEnumerable<int> Ids(JsonElement entry) => entry.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32());
}
