using System.Text;
using Auricle.Testing;

namespace Auricle.Evaluation.Tests;

public sealed class SpiceParserTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-parser-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Train_FewCaptions_LearnsThem()
    {
        string[][] sentences = [["a", "loud", "cat", "meows"]];
        var parses = SpiceData.Tiny.ParseEach(sentences)[0];
        Assert.Equal(2, parses.Count);
        Assert.All(parses.Append(SpiceData.Tiny.Parse(sentences)[0]), member =>
        {
            Assert.Equal(["DT", "JJ", "NN", "VBZ"], member.Tags);
            Assert.Equal([3, 3, 4, 0], member.Heads);
            Assert.Equal(["det", "amod", "nsubj", "root"], member.Relations);
        });
    }

    [Fact]
    public void Train_SameSeed_GivesTheSameFile()
    {
        Assert.Equal(Save(SpiceData.Train(1), "a"), Save(SpiceData.Tiny, "b"));
        Assert.NotEqual(Save(SpiceData.Train(2), "c"), Save(SpiceData.Tiny, "b"));
    }

    [Fact]
    public void Train_NoCaptions_IsRefused() => Assert.Throws<ArgumentException>(() => SpiceParserTrainer.Train([], new SpiceParserOptions()));

    [Fact]
    public void Load_SavedParser_ParsesAlike()
    {
        Save(SpiceData.Tiny, "parser");
        var loaded = SpiceParser.Load(Path.Combine(_folder, "parser"));
        string[][] sentences = [["a", "dog", "barks"], ["unheard", "words", "sing", "in", "cats"], []];
        var expected = SpiceData.Tiny.Parse(sentences);
        var actual = loaded.Parse(sentences);
        for (var i = 0; i < sentences.Length; i++)
        {
            Assert.Equal(expected[i].Tags, actual[i].Tags);
            Assert.Equal(expected[i].Heads, actual[i].Heads);
            Assert.Equal(expected[i].Relations, actual[i].Relations);
        }
        Assert.Equal(SpiceData.Tiny.Lemmas, loaded.Lemmas);
        Assert.Equal(Save(SpiceData.Tiny, "parser"), Save(loaded, "again"));
    }

    [Fact]
    public void Parse_LongSentence_KeepsEveryWord()
    {
        string[] words = [.. Enumerable.Range(0, 250).Select(i => i % 3 == 0 ? "dog" : "barks")];
        var parse = SpiceData.Tiny.Parse([words])[0];
        Assert.Equal(words, parse.Tokens);
        Assert.Equal((250, 250), (parse.Tags.Count, parse.Relations.Count));
        Assert.All(parse.Heads.Select((head, i) => (head, word: i + 1)), arc =>
            Assert.True(arc.head >= 0 && arc.head <= 250 && arc.head != arc.word));
    }

    [Fact]
    public void Load_CutOrStrangeFile_IsRefusedInOneSentence()
    {
        var bytes = Save(SpiceData.Tiny, "parser");
        var flipped = bytes.ToArray();
        flipped[bytes.Length / 3] ^= 0x55;
        byte[][] files = [[], bytes[..4], bytes[..8], bytes[..12], bytes[..(bytes.Length / 2)], bytes[..^20],
            Encoding.ASCII.GetBytes("{\"not\":\"a parser\"}"), [.. bytes.AsSpan(0, 8), .. new byte[400]]];
        foreach (var file in files)
        {
            var path = Path.Combine(_folder, "hostile");
            File.WriteAllBytes(path, file);
            var error = Assert.Throws<MetricDataException>(() => SpiceParser.Load(path));
            Assert.StartsWith($"'{path}' is no caption parser or is cut short", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
        var damaged = Path.Combine(_folder, "damaged");
        File.WriteAllBytes(damaged, flipped);
        Assert.True(Record.Exception(() => SpiceParser.Load(damaged)) is null or MetricDataException);
    }

    [Theory]
    [InlineData("\"Width\":16", "\"Width\":17")]
    [InlineData("\"Width\":16", "\"Width\":4096")]
    [InlineData("\"Members\":2", "\"Members\":-1")]
    [InlineData("\"Members\":2", "\"Members\":60")]
    [InlineData("\"Tags\":[", "\"Togs\":[")]
    public void Load_MadeUpHeader_IsRefused(string from, string to)
    {
        Save(SpiceData.Tiny, "parser");
        var path = Path.Combine(_folder, "parser");
        SpiceFile.EditHeader(path, header => header.Contains(from, StringComparison.Ordinal) ? header.Replace(from, to, StringComparison.Ordinal)
            : throw new InvalidOperationException(header));
        Assert.Throws<MetricDataException>(() => SpiceParser.Load(path));
    }

    [Fact]
    public void Load_MissingFile_NamesIt() =>
        Assert.Contains("no-such-parser", Assert.Throws<FileNotFoundException>(() => SpiceParser.Load("no-such-parser")).Message,
            StringComparison.Ordinal);

    [SharedFact]
    public void Default_HeldOutClips_AgreesWithOriginalProgram()
    {
        var clips = SpiceHeldOut.OfScores(SpiceData.ScoresPath).Clips;
        var clotho = SpiceHeldOut.OfClotho(
            Path.Combine(Fixtures.SharedRoot!, "data", "clotho-captions", "evaluation_captions.csv"), SpiceTreebank.Load(SpiceData.TreebankFolder),
                SpiceData.Words).Clips;
        var agreement = SpiceHeldOut.Compare(new Spice(SpiceData.Words), [.. clips, .. clotho]);
        Assert.True(agreement.Correlation >= 0.92, $"{agreement}");
        Assert.True(Math.Abs(agreement.Corpus - agreement.OriginalCorpus) < 0.004, $"{agreement}");
    }

    [SharedFact]
    public void Default_HeldOutCaptions_AreParsedMostlyRight()
    {
        var heldOut = SpiceHeldOut.OfScores(SpiceData.ScoresPath).Captions;
        var sentences = SpiceTreebank.Load(SpiceData.TreebankFolder).Where(sentence => heldOut.Contains(sentence.Caption)).ToArray();
        var parses = SpiceParser.Default.Parse([.. sentences.Select(sentence => sentence.Tokens)]);
        var (words, tags, arcs) = (0, 0, 0);
        foreach (var (sentence, parse) in sentences.Zip(parses))
        {
            for (var i = 0; i < sentence.Tokens.Count; i++)
            {
                words++;
                tags += parse.Tags[i] == sentence.Tags[i] ? 1 : 0;
                arcs += parse.Heads[i] == sentence.Heads[i] && parse.Relations[i] == sentence.Relations[i] ? 1 : 0;
            }
        }
        Assert.InRange((double)tags / words, 0.94, 1);
        Assert.InRange((double)arcs / words, 0.84, 1);
    }

    private byte[] Save(SpiceParser parser, string name)
    {
        var path = Path.Combine(_folder, name);
        parser.Save(path);
        return File.ReadAllBytes(path);
    }
}
