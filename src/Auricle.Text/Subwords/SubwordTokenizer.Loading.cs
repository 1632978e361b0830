using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Text.Subwords;

public abstract partial class SubwordTokenizer
{
    private const string WordList = "vocab.txt";
    private const string PieceList = "vocab.json";
    private const string MergeList = "merges.txt";
    private const string OneFile = "tokenizer.json";
    private const string Settings = "tokenizer_config.json";

    /// <summary>
    /// Reads a tokenizer as it lies beside a published model: <c>vocab.txt</c> (BERT; MPNet, whose list begins with
    /// <c>&lt;s&gt;</c>), else <c>vocab.json</c> with <c>merges.txt</c> (RoBERTa; GPT-2, whose list has
    /// <c>&lt;|endoftext|&gt;</c> and no <c>&lt;s&gt;</c>), else <c>tokenizer.json</c>. A
    /// <c>tokenizer_config.json</c> beside a word list says whether letters are lower-cased.
    /// </summary>
    /// <param name="path">The folder, or a <c>vocab.txt</c> or <c>tokenizer.json</c> itself.</param>
    /// <exception cref="FileNotFoundException">There are no such files.</exception>
    /// <exception cref="TokenizerFileException">They are damaged or of a kind that is not supported.</exception>
    public static SubwordTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
            return Path.GetExtension(path) == ".json" ? TokenizerJson.Read(path) : ReadWordPiece(path);
        var words = Path.Combine(path, WordList);
        if (File.Exists(words))
            return ReadWordPiece(words);
        if (File.Exists(Path.Combine(path, PieceList)) && File.Exists(Path.Combine(path, MergeList)))
            return ReadByteLevel(path);
        var file = Path.Combine(path, OneFile);
        return File.Exists(file) ? TokenizerJson.Read(file) : throw new FileNotFoundException(
            $"There is no tokenizer in '{path}'; {WordList}, or {PieceList} with {MergeList}, or {OneFile} belongs there: fetch it from where the model came from.", file);
    }

    /// <summary>Whether a folder has the files that <see cref="Load"/> reads.</summary>
    public static bool IsIn(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new[] { WordList, PieceList, OneFile }.Any(name => File.Exists(Path.Combine(folder, name)));
    }

    /// <summary>Copies the files that <see cref="Load"/> reads into a folder.</summary>
    /// <param name="path">As <see cref="Load"/> takes it.</param>
    /// <param name="folder">Where to; it must exist.</param>
    public static void Copy(string path, string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (File.Exists(path))
            File.Copy(path, Path.Combine(folder, Path.GetExtension(path) == ".json" ? OneFile : WordList), overwrite: true);
        var besides = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        string[] names = File.Exists(path) ? [Settings] : [WordList, PieceList, MergeList, OneFile, Settings];
        foreach (var name in names.Where(name => File.Exists(Path.Combine(besides, name))))
            File.Copy(Path.Combine(besides, name), Path.Combine(folder, name), overwrite: true);
    }

    /// <summary>
    /// Writes a word list for <see cref="Load"/> that holds every word of some texts, and the letters to spell others with: for a model
    /// that is trained on few texts, where a published list would be mostly words that it never meets.
    /// </summary>
    /// <param name="texts">The texts.</param>
    /// <param name="folder">Where the list goes; it must exist.</param>
    public static void FitWordList(IEnumerable<string> texts, string folder)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var words = new SortedSet<string>(StringComparer.Ordinal);
        var letters = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            foreach (var word in WordPieceTokenizer.Words(text, new WordPieceOptions()))
            {
                words.Add(word);
                letters.UnionWith(word.EnumerateRunes().Select(rune => rune.ToString()));
            }
        }
        words.UnionWith(letters);
        string[] special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
        words.ExceptWith(special);
        File.WriteAllText(Path.Combine(folder, WordList),
            string.Join('\n', [.. special, .. words, .. letters.Select(letter => new WordPieceOptions().ContinuationPrefix + letter).Where(piece => !words.Contains(piece))]) + "\n");
    }

    private static WordPieceTokenizer ReadWordPiece(string path)
    {
        var vocabulary = SubwordVocabulary.ReadLines(path);
        var options = new WordPieceOptions();
        var settings = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Settings);
        if (File.Exists(settings))
        {
            using var document = TokenizerJson.Parse(settings);
            options = options with
            {
                Lowercase = Flag(document.RootElement, "do_lower_case") ?? options.Lowercase,
                StripAccents = Flag(document.RootElement, "strip_accents"),
                SplitIdeographs = Flag(document.RootElement, "tokenize_chinese_chars") ?? options.SplitIdeographs,
            };
        }
        // MPNet's list is BERT's, [CLS] and [SEP] included, with RoBERTa's marks put in front.
        return new WordPieceTokenizer(vocabulary, vocabulary[0] == "<s>" ? SubwordTemplate.Mpnet : SubwordTemplate.Bert, options, null, path);
    }

    private static ByteLevelBpeTokenizer ReadByteLevel(string folder)
    {
        var path = Path.Combine(folder, MergeList);
        var merges = new List<(string, string)>();
        foreach (var line in TokenizerJson.ReadText(path).Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (line.Length == 0 || (merges.Count == 0 && line.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            var parts = line.Split(' ');
            if (parts.Length != 2)
                throw new TokenizerFileException(path, $"the line '{line}' is no pair of pieces; fetch the file again.");
            merges.Add((parts[0], parts[1]));
        }
        var vocabulary = SubwordVocabulary.ReadJson(Path.Combine(folder, PieceList));
        var isGpt = vocabulary.TryGetId(SubwordTemplate.EndOfText, out _) && !vocabulary.TryGetId("<s>", out _);
        return new ByteLevelBpeTokenizer(vocabulary, merges, isGpt ? SubwordTemplate.Gpt : SubwordTemplate.Roberta, path: folder);
    }

    private static bool? Flag(JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : null;
}
