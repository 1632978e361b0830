using System.Globalization;
using Auricle.Testing;
using Auricle.Text.Subwords;

namespace Auricle.Benchmarks;

/// <summary>Times the subword tokenizers with published vocabularies on Clotho's development captions, on one thread.</summary>
internal static class TokenizerSpeed
{
    public static void Print(int rounds)
    {
        var shared = Fixtures.SharedRoot ?? throw new DirectoryNotFoundException("Tokenizers are timed with the vocabularies in ../shared, which is not there.");
        var captions = File.ReadLines(Path.Combine(shared, "data", "clotho-captions", "development_captions.csv")).Skip(1).SelectMany(line => line.Split(',').Skip(1)).ToArray();
        string[] names = ["bert-base-uncased", "mpnet", "roberta"];
        var tokenizers = Array.ConvertAll(names, name => SubwordTokenizer.Load(Path.Combine(shared, "tokenizers", name)));
        var tokens = new long[names.Length];
        var times = Timing.InTurn(rounds, [.. Enumerable.Range(0, names.Length).Select(i => (Action)(() => tokens[i] = captions.Sum(caption => tokenizers[i].Encode(caption).Ids.Length)))]);
        for (var i = 0; i < names.Length; i++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{names[i],-18} {tokens[i],9:n0} tokens of {captions.Length:n0} captions: best {tokens[i] / times[i].Min(time => time.Wall) / 1000:f2} million a second by the clock, {tokens[i] / times[i].Min(time => time.Processor) / 1000:f2} by processor time"));
        }
    }
}
