using Auricle.Text.Subwords;

namespace Auricle.Text.Tests.Subwords;

public sealed class SubwordTokenizerTests
{
    private const string Words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ndog\nbark\n##s\n##ing\n.\ncafe\n狗\n";

    [Fact]
    public void Tokenize_SmallVocabulary_TakesTheLongestPieces()
    {
        using var folder = new TokenizerFolder();
        folder.Write("vocab.txt", Words);
        var tokenizer = SubwordTokenizer.Load(folder.Root);
        Assert.Equal(["a", "dog", "bark", "##ing", ".", "cafe", "[UNK]", "狗", "bark", "##s"], tokenizer.Tokenize("A dog barking. CAFÉ cats狗barks"));
        Assert.Equal([2, 5, 6, 3], tokenizer.Encode("a dog").Ids);
        Assert.Equal(["a", "[MASK]", "dog"], tokenizer.Tokenize("a[MASK]dog"));
    }

    [Fact]
    public void Tokenize_SmallMerges_FollowTheirOrder()
    {
        using var folder = new TokenizerFolder();
        folder.Write("vocab.json", """{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"<mask>":4,"a":5,"b":6,"ab":7,"aba":8,"bab":9,"abab":10,"Ġ":11,"Ġab":12}""");
        folder.Write("merges.txt", "#version: 0.2\na b\nab ab\nab a\nĠ ab\n");
        var tokenizer = SubwordTokenizer.Load(folder.Root);
        Assert.Equal(["abab", "a"], tokenizer.Tokenize("ababa"));
        Assert.Equal(["aba", "Ġ", "abab"], tokenizer.Tokenize("aba abab"));
        Assert.Equal(["b", "Ġab", "<unk>"], tokenizer.Tokenize("b abz"));
        Assert.Equal(["a", "<mask>", "b"], tokenizer.Tokenize("a  <mask>b"));
    }

    [Fact]
    public void Encode_LongTexts_AreCutOnTheRight()
    {
        using var folder = new TokenizerFolder();
        folder.Write("vocab.txt", Words);
        var tokenizer = SubwordTokenizer.Load(folder.Root);
        Assert.Equal([2, 5, 6, 3], tokenizer.Encode("a dog bark .", null, 4).Ids);
        var pair = tokenizer.Encode("a dog bark .", "dog a", 7);
        Assert.Equal([2, 5, 6, 3, 6, 5, 3], pair.Ids);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1], pair.Types);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("a", null, 1));
        Assert.Contains("no room for the 2 special tokens", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EncodeBatch_NoTexts_IsEmpty()
    {
        using var folder = new TokenizerFolder();
        folder.Write("vocab.txt", Words);
        var batch = SubwordTokenizer.Load(folder.Root).EncodeBatch([]);
        Assert.Equal((0, 0), (batch.Rows, batch.Ids.Length));
    }

    [Fact]
    public void Load_EmptyFolder_NamesTheFiles()
    {
        using var folder = new TokenizerFolder();
        var error = Assert.Throws<FileNotFoundException>(() => SubwordTokenizer.Load(folder.Root));
        Assert.Contains("vocab.txt, or vocab.json with merges.txt, or tokenizer.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.txt", "a\nb\n", "lacks '[CLS]'")]
    [InlineData("vocab.txt", "a\nb\na\n", "line 3 lists 'a' a second time")]
    [InlineData("vocab.txt", "", "it is empty")]
    [InlineData("tokenizer.json", "<html>", "it is no JSON")]
    [InlineData("tokenizer.json", "{}", "its field 'model' is missing")]
    [InlineData("tokenizer.json", "[]", "its field 'model' is missing")]
    [InlineData("tokenizer.json", """{"model":[]}""", "its field 'model' is a list where an object belongs")]
    [InlineData("tokenizer.json", """{"model":{"vocab":{"a":0,"b":16777215}}}""", "'b' has the id 16777215 in a vocabulary of 2 pieces")]
    [InlineData("tokenizer.json", """{"added_tokens":[{"content":"b","id":2147483647}],"model":{"vocab":{"a":0}}}""", "'b' has the id 2147483647 in a vocabulary of 2")]
    [InlineData("tokenizer.json", """{"added_tokens":[{"content":"b","id":-1}],"model":{"vocab":{"a":0}}}""", "its field 'id' is -1")]
    [InlineData("tokenizer.json", """{"added_tokens":[{"content":"b","id":0}],"model":{"vocab":{"a":0}}}""", "the added token 'b' has the id 0 of another")]
    [InlineData("tokenizer.json", """{"added_tokens":[{"content":null,"id":0}],"model":{"vocab":{"a":0}}}""", "its field 'content' is missing")]
    [InlineData("tokenizer.json", """{"added_tokens":99999999999999999999,"model":{"vocab":{"a":0}}}""", "its field 'added_tokens' is a number where a list belongs")]
    [InlineData("tokenizer.json", """{"model":{"vocab":{"a":0,"a":1}}}""", "Duplicate property")]
    [InlineData("tokenizer.json", """{"model":{"type":"\ud800","vocab":{"a":0}}}""", "half a surrogate pair")]
    [InlineData("tokenizer.json", """{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","unk_token":"a","vocab":{"a":0},"merges":[["a",null]]}}""", "is no pair")]
    [InlineData("tokenizer.json", """{"pre_tokenizer":{"type":"BertPreTokenizer"},"normalizer":{"type":"BertNormalizer","lowercase":1},"model":{"vocab":{"a":0}}}""", "its field 'lowercase' is a number where true or false belongs")]
    [InlineData("tokenizer.json", """{"pre_tokenizer":{"type":"BertPreTokenizer"},"normalizer":{"type":"BertNormalizer"},"post_processor":{"type":"BertProcessing","cls":[null,1],"sep":["a",0]},"model":{"vocab":{"[UNK]":0}}}""", "its field 'cls' begins with no token")]
    [InlineData("tokenizer.json", """{"model":{"type":"Unigram","vocab":{"a":0}}}""", "its model is of kind 'Unigram'")]
    [InlineData("tokenizer.json", """{"model":{"type":"WordPiece","vocab":{"a":0}}}""", "its pre_tokenizer is of kind 'nothing'")]
    [InlineData("tokenizer.json", """{"model":{"type":"WordPiece","vocab":{"a":0,"b":0}}}""", "'b' has the id 0, which is no number of its own")]
    [InlineData("tokenizer.json", """{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","unk_token":"a","vocab":{"a":0},"merges":["a"]}}""", "is no pair")]
    [InlineData("tokenizer.json", """{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""", "lacks the piece")]
    public void Load_DamagedFile_SaysWhatIsWrong(string name, string content, string expected)
    {
        using var folder = new TokenizerFolder();
        var path = folder.Write(name, content);
        var error = Assert.Throws<TokenizerFileException>(() => SubwordTokenizer.Load(folder.Root));
        Assert.Equal(path, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BrokenMerges_SaysWhichLine()
    {
        using var folder = new TokenizerFolder();
        folder.Write("vocab.json", """{"<s>":0}""");
        folder.Write("merges.txt", "a b c\n");
        var error = Assert.Throws<TokenizerFileException>(() => SubwordTokenizer.Load(folder.Root));
        Assert.Contains("the line 'a b c' is no pair", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vocabulary_IdOutside_Throws()
    {
        using var folder = new TokenizerFolder();
        var vocabulary = SubwordVocabulary.ReadLines(folder.Write("vocab.txt", Words));
        Assert.Equal("a", vocabulary[5]);
        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary[vocabulary.Count]);
    }
}
