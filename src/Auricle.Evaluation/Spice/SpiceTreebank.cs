using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Evaluation;

/// <summary>One parsed caption to learn from.</summary>
/// <param name="Caption">Its text.</param>
/// <param name="Tokens">Its words.</param>
/// <param name="Tags">The Penn tag of each word.</param>
/// <param name="Lemmas">The dictionary form of each word.</param>
/// <param name="Heads">The head of each word, from 1; 0 is the root.</param>
/// <param name="Relations">The basic relation of each word to its head.</param>
/// <param name="Tuples">The tuples SPICE takes from the whole caption.</param>
public sealed record TreebankSentence(string Caption, IReadOnlyList<string> Tokens, IReadOnlyList<string> Tags, IReadOnlyList<string> Lemmas,
    IReadOnlyList<int> Heads,
    IReadOnlyList<string> Relations, IReadOnlyList<IReadOnlyList<string>> Tuples);

/// <summary>Captions as SPICE's own parser reads them, to train the parser of <see cref="Spice"/> on.</summary>
public static class SpiceTreebank
{
    /// <summary>Name of the file in a folder of parses.</summary>
    public const string FileName = "parses.jsonl";

    /// <summary>Reads <c>parses.jsonl</c>: one JSON object a line with <c>caption</c>, <c>tokens</c>, <c>tags</c>, <c>lemmas</c> and
    /// <c>basic_dependencies</c>, each a list of sentences, and <c>tuples</c>.</summary>
    /// <param name="folder">The folder that holds the file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="MetricDataException">A line is not of that form.</exception>
    public static IReadOnlyList<TreebankSentence> Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There are no parsed captions at '{path}'; give the folder that holds {FileName}.", path);
        var result = new List<TreebankSentence>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                using var document = JsonText.Parse(line, problem => new MetricDataException($"'{path}' {problem.What}; fetch the file again.", problem.Inner), number);
                result.AddRange(Read(document.RootElement));
            }
            catch (Exception error) when (
                error is KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
            {
                throw new MetricDataException($"Line {number} of '{path}' is no parsed caption: {error.Message}", error);
            }
        }
        return result;
    }

    private static IEnumerable<TreebankSentence> Read(JsonElement item)
    {
        var caption = item.GetProperty("caption").GetString() ?? "";
        var sentences = item.GetProperty("tokens");
        string[][] tuples = [.. item.GetProperty("tuples").EnumerateArray().Select(Texts)];
        for (var i = 0; i < sentences.GetArrayLength(); i++)
        {
            var tokens = Texts(sentences[i]);
            var tags = Texts(item.GetProperty("tags")[i]);
            var lemmas = Texts(item.GetProperty("lemmas")[i]);
            var heads = new int[tokens.Length];
            var relations = new string[tokens.Length];
            foreach (var arc in item.GetProperty("basic_dependencies")[i].EnumerateArray())
            {
                var word = arc[2].GetInt32() - 1;
                heads[word] = arc[1].GetInt32();
                relations[word] = arc[0].GetString() ?? "";
            }
            if (tags.Length != tokens.Length || lemmas.Length != tokens.Length || relations.Contains(null)
                || heads.Any(head => head < 0 || head > tokens.Length))
                throw new FormatException($"sentence {i + 1} lacks a tag, a lemma or a head of some word.");
            yield return new TreebankSentence(caption, tokens, tags, lemmas, heads, relations, tuples);
        }
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetString() ?? "")];
}
