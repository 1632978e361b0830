using System.Text.Json;
using Auricle.Testing;
using Auricle.Text.Subwords;

namespace Auricle.Text.Tests.Subwords;

/// <summary>The published vocabularies against the ids of the reference's tokenizers.</summary>
public sealed class TokenizerVectorTests
{
    private const int FixedLength = 32;

    public static TheoryData<string, string> Sets => new()
    {
        { "bert-base-uncased", "bert/tokenizer_uncased.json" },
        { "mpnet", "mpnet/tokenizer.json" },
        { "roberta", "roberta/tokenizer.json" },
    };

    [SharedTheory]
    [MemberData(nameof(Sets))]
    public void Encode_EveryVector_EqualsReference(string vocabulary, string vectors) => AssertVectors(Published(vocabulary), Read(vectors));

    [SharedTheory]
    [MemberData(nameof(Sets))]
    public void Load_OneFileForm_EqualsReference(string vocabulary, string vectors)
    {
        using var folder = new TokenizerFolder();
        folder.WriteOneFile(vocabulary);
        AssertVectors(SubwordTokenizer.Load(folder.Root), Read(vectors));
    }

    [SharedFact]
    public void Encode_WithoutLowerCasing_EqualsReference()
    {
        using var folder = new TokenizerFolder();
        File.Copy(Path.Combine(TokenizerFolder.Published("bert-base-uncased"), "vocab.txt"), Path.Combine(folder.Root, "vocab.txt"));
        File.WriteAllText(Path.Combine(folder.Root, "tokenizer_config.json"), """{ "do_lower_case": false, "tokenizer_class": "BertTokenizer" }""");
        AssertVectors(SubwordTokenizer.Load(folder.Root), Read("bert/tokenizer_uncased_vocab_no_lowercase.json"));
    }

    [Fact]
    public void ByteCharacters_OfEveryByte_EqualReference()
    {
        var expected = Read("roberta/tokenizer.json").GetProperty("byte_encoder").EnumerateObject()
            .OrderBy(entry => int.Parse(entry.Name, System.Globalization.CultureInfo.InvariantCulture)).Select(entry => entry.Value.GetString());
        Assert.Equal(expected, ByteLevelBpeTokenizer.ByteCharacters.Select(character => character.ToString()));
    }

    [SharedTheory]
    [InlineData("bert-base-uncased", new long[] { 101, 7592, 102, 2088, 999, 102 }, new long[] { 0, 0, 0, 1, 1, 1 })]
    [InlineData("mpnet", new long[] { 0, 7596, 2, 2, 2092, 1003, 2 }, new long[] { 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("roberta", new long[] { 0, 31414, 2, 2, 8331, 328, 2 }, new long[] { 0, 0, 0, 0, 0, 0, 0 })]
    public void Encode_Pair_PutsTheTemplateBetween(string vocabulary, long[] ids, long[] types)
    {
        var pair = Published(vocabulary).Encode("Hello", "world!");
        Assert.Equal(ids, pair.Ids.Select(id => (long)id));
        Assert.Equal(types, pair.Types.Select(type => (long)type));
    }

    [SharedFact]
    public void Encode_VeryLongWord_Ends()
    {
        var random = new Random(1);
        var word = string.Concat(Enumerable.Range(0, 20_000).Select(_ => (char)('a' + random.Next(26))));
        Assert.Equal(word, string.Concat(Published("roberta").Tokenize(word)));
        Assert.Equal(["[UNK]"], Published("bert-base-uncased").Tokenize(word));
    }

    private static SubwordTokenizer Published(string vocabulary) => SubwordTokenizer.Load(TokenizerFolder.Published(vocabulary));

    private static JsonElement Read(string file)
    {
        var parts = file.Split('/');
        return JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder(parts[0]), parts[1]))).RootElement;
    }

    private static void AssertVectors(SubwordTokenizer tokenizer, JsonElement set)
    {
        var count = 0;
        foreach (var vector in set.GetProperty("vectors").EnumerateArray())
        {
            var text = vector.GetProperty("text").GetString()!;
            Assert.Equal(Texts(vector.GetProperty("tokens")), tokenizer.Tokenize(text));
            Assert.Equal(Numbers(vector.GetProperty("ids")), tokenizer.Encode(text).Ids.Select(id => (long)id));
            var padded = tokenizer.EncodeBatch([text], FixedLength, padToMaximum: true);
            Assert.Equal(Numbers(vector.GetProperty("padded32_ids")), padded.Ids);
            Assert.Equal(Numbers(vector.GetProperty("padded32_mask")), padded.Mask);
            count++;
        }
        Assert.NotEqual(0, count);
        var batch = set.GetProperty("batch_longest");
        var encoded = tokenizer.EncodeBatch(Texts(batch.GetProperty("texts")));
        Assert.Equal(batch.GetProperty("input_ids").EnumerateArray().SelectMany(Numbers), encoded.Ids);
        Assert.Equal(batch.GetProperty("attention_mask").EnumerateArray().SelectMany(Numbers), encoded.Mask);
        Assert.Equal(batch.GetProperty("input_ids").GetArrayLength(), encoded.Rows);
        Assert.All(encoded.Types, type => Assert.Equal(0, type));
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    private static long[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt64())];
}
