using System.Text.Json;
using Auricle.Testing;

namespace Auricle.Text.Tests;

public sealed class CaptionTokenizerTests
{
    private static readonly JsonElement Vectors = Json("tokenizer_vectors.json");

    private static JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder("conette"), file))).RootElement;

    private static CaptionTokenizer Built(string file = "tokenizer_state.json") => new(TokenizerState.FromJson(Json(file)));

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    private static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];

    [Fact]
    public void Encode_EveryVector_GivesReferenceTextTokensAndIds()
    {
        var tokenizer = Built("tokenizer_state_before_build.json");
        foreach (var vector in Vectors.GetProperty("encode").EnumerateArray())
        {
            var caption = vector.GetProperty("caption").GetString()!;
            Assert.Equal(vector.GetProperty("normalized").GetString(), CaptionNormalizer.Normalize(caption));
            Assert.Equal(Texts(vector.GetProperty("tokens")), tokenizer.Tokenize(caption));
            Assert.Equal(Integers(vector.GetProperty("ids_unk")), tokenizer.Encode(caption, false, UnknownTokenPolicy.UseUnknown));
            Assert.Equal(Integers(vector.GetProperty("ids_bos_eos_unk")), tokenizer.Encode(caption, true, UnknownTokenPolicy.UseUnknown));
            Assert.Equal(vector.GetProperty("detokenized").GetString(), CaptionTokenizer.Join(tokenizer.Tokenize(caption)));
        }
    }

    [Fact]
    public void Encode_ThrowPolicy_ThrowsExactlyForUnknownWords()
    {
        var tokenizer = Built("tokenizer_state_before_build.json");
        foreach (var vector in Vectors.GetProperty("encode").EnumerateArray())
        {
            var caption = vector.GetProperty("caption").GetString()!;
            var error = Record.Exception(() => tokenizer.Encode(caption, false, UnknownTokenPolicy.Throw));
            if (vector.GetProperty("known").GetBoolean())
                Assert.Null(error);
            else
                Assert.Equal(caption, Assert.IsType<UnknownTokenException>(error).Caption);
        }
    }

    [Fact]
    public void Join_EveryVector_GivesReferenceText()
    {
        foreach (var vector in Vectors.GetProperty("decode").EnumerateArray())
        {
            var tokens = Texts(vector.GetProperty("tokens"));
            Assert.Equal(vector.GetProperty("text").GetString(), CaptionTokenizer.Join(tokens));
            Assert.Equal(vector.GetProperty("text_keep_special").GetString(), CaptionTokenizer.Join(tokens, keepSpecial: true));
        }
    }

    [Fact]
    public void Decode_EncodedKnownCaption_GivesDetokenizedText()
    {
        var tokenizer = Built();
        foreach (var vector in Vectors.GetProperty("encode").EnumerateArray().Where(vector => vector.GetProperty("known").GetBoolean()))
        {
            var ids = tokenizer.Encode(vector.GetProperty("caption").GetString()!, true, UnknownTokenPolicy.Throw);
            Assert.Equal(vector.GetProperty("detokenized").GetString(), tokenizer.Decode(ids));
            Assert.Equal(vector.GetProperty("detokenized").GetString(), tokenizer.Decode(Array.ConvertAll(ids, id => (long)id)));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void Decode_IdOutsideVocabulary_Throws(long id) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Built().Decode([id]));

    [Fact]
    public void EncodeBatch_EveryPaddingVector_GivesReferenceTokens()
    {
        var tokenizer = Built("tokenizer_state_before_build.json");
        foreach (var vector in Vectors.GetProperty("padding").EnumerateArray())
        {
            var field = vector.GetProperty("padding");
            var padding = field.ValueKind switch
            {
                JsonValueKind.Null => CaptionPadding.None,
                JsonValueKind.Number => CaptionPadding.To(field.GetInt32()),
                _ => field.GetString() == "batch" ? CaptionPadding.Batch : CaptionPadding.Corpus,
            };
            var batch = tokenizer.EncodeBatch(Texts(vector.GetProperty("captions")), vector.GetProperty("add_bos_eos").GetBoolean(), UnknownTokenPolicy.Throw, padding);
            Assert.Equal(
                vector.GetProperty("tokens").EnumerateArray().Select(Texts),
                batch.Select(ids => ids.Select(id => tokenizer.Vocabulary[id]).ToArray()));
        }
    }

    [Theory]
    [InlineData("remove", PunctuationMode.Remove)]
    [InlineData("keep", PunctuationMode.Keep)]
    [InlineData("keep_comma", PunctuationMode.KeepComma)]
    [InlineData("keep_comma_dot", PunctuationMode.KeepCommaDot)]
    [InlineData("keep_hyphen", PunctuationMode.KeepHyphen)]
    public void Tokenize_PunctuationMode_KeepsTheReferenceMarks(string name, PunctuationMode mode)
    {
        var vectors = Vectors.GetProperty("punctuation_modes");
        var tokenizer = new CaptionTokenizer(new CaptionTokenizerOptions { PunctuationMode = mode });
        var expected = vectors.GetProperty("tokens").GetProperty(name).EnumerateArray().Select(Texts);
        Assert.Equal(expected, Texts(vectors.GetProperty("inputs")).Select(tokenizer.Tokenize));
    }

    [Fact]
    public void Fit_ReferenceCorpus_GivesReferenceState()
    {
        var tokenizer = CaptionTokenizer.Fit(Texts(Vectors.GetProperty("fit_corpus")));
        // As text, so that the order of the words counts too.
        Assert.Equal(Json("tokenizer_state_before_build.json").GetRawText().Where(c => !char.IsWhiteSpace(c)), tokenizer.State.ToJson().Where(c => !char.IsWhiteSpace(c)));
    }

    [Fact]
    public void AddTokensTo_FittedTokenizer_AppendsTaskTokensOnce()
    {
        var tokenizer = Built("tokenizer_state_before_build.json");
        var fitted = tokenizer.Vocabulary.Count;
        var tasks = CaptionTasks.Published;
        var ids = tasks.AddTokensTo(tokenizer);
        Assert.Equal(Enumerable.Range(fitted, tasks.Names.Count), ids);
        Assert.Equal(ids, tasks.AddTokensTo(tokenizer));
        Assert.True(JsonElement.DeepEquals(Json("tokenizer_state.json"), JsonDocument.Parse(tokenizer.State.ToJson()).RootElement));
    }

    [Fact]
    public void ForbidRepetitionMask_EachMode_FollowsTheStopWords()
    {
        var tokenizer = Built();
        Assert.All(tokenizer.ForbidRepetitionMask(RepetitionMode.None), Assert.False);
        Assert.All(tokenizer.ForbidRepetitionMask(RepetitionMode.All), Assert.True);
        var mask = tokenizer.ForbidRepetitionMask(RepetitionMode.ContentWords);
        Assert.Equal(tokenizer.Vocabulary.Count, mask.Length);
        foreach (var (token, mayRepeat) in new[] { ("a", true), ("the", true), ("is", true), ("man", false), ("<eos>", false), ("<bos_clotho>", false), ("n't", false) })
        {
            Assert.True(tokenizer.Vocabulary.TryGetId(token, out var id));
            Assert.Equal(mayRepeat, !mask[id]);
        }
    }

    [Fact]
    public void ForbidRepetitionMask_ContentWords_EqualsCheckpointBuffer()
    {
        var bytes = File.ReadAllBytes(Path.Combine(Fixtures.Folder("conette"), "buffers.safetensors"));
        var headerLength = (int)BitConverter.ToInt64(bytes, 0);
        var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength)).RootElement;
        var offsets = Integers(header.EnumerateObject().Single(tensor => tensor.Name.EndsWith("forbid_rep_mask", StringComparison.Ordinal)).Value.GetProperty("data_offsets"));
        var buffer = bytes[(8 + headerLength + offsets[0])..(8 + headerLength + offsets[1])];
        Assert.Equal(buffer.Select(value => value != 0), Built().ForbidRepetitionMask(RepetitionMode.ContentWords));
    }

    [Fact]
    public void StopWords_English_Has179Words() => Assert.Equal(179, StopWords.English.Count);
}
