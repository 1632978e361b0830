using System.Collections.Frozen;
using System.IO.Compression;
using Auricle.Reading;

namespace Auricle.Evaluation;

/// <summary>
/// The English language data METEOR scores with: synonyms, irregular forms, function words, prefixes that keep their dot, and optionally paraphrases.
/// </summary>
public sealed class MeteorResources
{
    private const string Synsets = "english.synsets";
    private const string Exceptions = "english.exceptions";
    private const int LargestFile = 64 << 20;

    // Of a paraphrase table: words compress to a quarter, not to a hundredth.
    private const long LargestRatio = 100;

    private static readonly (string Suffix, string Ending)[] SuffixRules =
    [
        ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"), ("ies", "y"),
        ("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""),
        ("er", ""), ("est", ""), ("er", "e"), ("est", "e"),
    ];

    private readonly Dictionary<string, string> _synsets;
    private readonly Dictionary<string, string[]> _bases;
    private readonly FrozenSet<string> _functionWords;

    private MeteorResources(string[] prefixes, string[] functionWords, string[] synsets, string[] exceptions, string? paraphrases)
    {
        Normalizer = new MeteorNormalizer(prefixes);
        _functionWords = functionWords.ToFrozenSet(StringComparer.Ordinal);
        _synsets = new(synsets.Length / 2, StringComparer.Ordinal);
        for (var i = 0; i < synsets.Length; i += 2)
            _synsets[synsets[i]] = synsets[i + 1];
        _bases = exceptions.Chunk(2)
            .SelectMany(pair => pair[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(form => (Form: form, Base: pair[0])))
            .GroupBy(item => item.Form, item => item.Base, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        Paraphrases = paraphrases is null ? MeteorParaphrases.None : ReadParaphrases(paraphrases);
    }

    /// <summary>Whether a paraphrase table was given; published METEOR figures used one.</summary>
    public bool HasParaphrases => Paraphrases.LongestPhrase > 0;

    internal MeteorNormalizer Normalizer { get; }

    internal MeteorParaphrases Paraphrases { get; }

    /// <summary>Reads the data files.</summary>
    /// <param name="folder">Folder with <c>english.synsets</c>, <c>english.exceptions</c>, <c>english.function.words</c> and <c>english.nonbreaking.prefixes</c>.</param>
    /// <param name="paraphrases">
    /// File of a paraphrase table in its original form, plain or gzip (<c>paraphrase-en.gz</c>): lines of probability, phrase and paraphrase in turn; or <see langword="null"/> for none.
    /// </param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="MetricDataException">A file is incomplete.</exception>
    public static MeteorResources Load(string folder, string? paraphrases = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new MeteorResources(
            Lines(folder, "english.nonbreaking.prefixes"), Lines(folder, "english.function.words"), Pairs(folder, Synsets),
            Pairs(folder, Exceptions), paraphrases);
    }

    /// <summary>
    /// Finds the data without being told where: made from the WordNet 3.0 in <c>AURICLE_WORDNET</c>, in <c>dict</c> of <c>WNHOME</c> or where
    /// Debian's package <c>wordnet-base</c> puts it, and kept in <c>auricle/meteor</c> of the user's cache.
    /// </summary>
    /// <param name="paraphrases">As in <see cref="Load"/>.</param>
    /// <returns>What reads the data, or <see langword="null"/> where there is no WordNet.</returns>
    public static Func<MeteorResources>? Find(string? paraphrases = null)
    {
        var cache = Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder
                ? folder
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "auricle", "meteor");
        var isKept = File.Exists(Path.Combine(cache, Synsets)) && File.Exists(Path.Combine(cache, Exceptions));
        return WordNet.Find() is { } wordNet ? () => FromWordNet(wordNet, cache, paraphrases)
            : isKept ? () => FromWordNet("", cache, paraphrases)
            : null;
    }

    /// <summary>Makes the data from an installed WordNet 3.0; results equal those of METEOR's own files.</summary>
    /// <param name="wordNet">Folder with WordNet's <c>index.*</c> and <c>*.exc</c> files.</param>
    /// <param name="cache">Folder in which what was made is kept, so that the next time is quicker; <see langword="null"/> keeps nothing.</param>
    /// <param name="paraphrases">As in <see cref="Load"/>.</param>
    /// <exception cref="MetricDataException">The files are not those of WordNet 3.0, or the paraphrase table is cut short.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static MeteorResources FromWordNet(string wordNet, string? cache = null, string? paraphrases = null)
    {
        ArgumentNullException.ThrowIfNull(wordNet);
        var synsets = Cached(cache, Synsets, () => WordNet.Synsets(wordNet));
        var exceptions = Cached(cache, Exceptions, () => WordNet.Exceptions(wordNet));
        return new MeteorResources(Embedded("meteor-prefixes.txt"), Embedded("meteor-function-words.txt"), synsets, exceptions, paraphrases);
    }

    private static string[] Cached(string? folder, string file, Func<string[]> make)
    {
        if (folder is not null && File.Exists(Path.Combine(folder, file)))
            return Pairs(folder, file);
        var lines = make();
        if (folder is null)
            return lines;
        try
        {
            // Written whole or not at all, for another process may be looking for it.
            Directory.CreateDirectory(folder);
            var half = Path.Combine(folder, $"{file}.{Environment.ProcessId}");
            File.WriteAllLines(half, lines);
            File.Move(half, Path.Combine(folder, file), overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Where nothing can be kept it is made anew each time.
        }
        return lines;
    }

    private static string[] Embedded(string name)
    {
        using var reader = new StreamReader(typeof(MeteorResources).Assembly.GetManifestResourceStream($"Auricle.Evaluation.{name}")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    internal bool IsFunctionWord(string word) => _functionWords.Contains(word);

    /// <summary>Numbers of the synonym sets that hold the word as it is written.</summary>
    internal int[] SynsetsOf(string word) =>
        _synsets.TryGetValue(word, out var numbers) ? [.. numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)] : [];

    /// <summary>The dictionary forms of an irregular form; none where the word is not irregular.</summary>
    internal string[] IrregularBasesOf(string word) => _bases.GetValueOrDefault(word, []);

    /// <summary>The dictionary forms of an inflected word; the word itself where it is too short to cut, none where no rule leads to a known word.</summary>
    internal string[] BasesOf(string word)
    {
        if (_bases.TryGetValue(word, out var bases))
            return bases;
        if (word.Length <= 2 || word.EndsWith("ss", StringComparison.Ordinal))
            return [word];
        var ending = word.EndsWith("ful", StringComparison.Ordinal) ? "ful" : "";
        var body = word[..^ending.Length];
        foreach (var (suffix, replacement) in SuffixRules)
        {
            if (!body.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            var candidate = string.Concat(body.AsSpan(0, body.Length - suffix.Length), replacement);
            if (_synsets.ContainsKey(candidate))
                return [candidate + ending];
        }
        return [];
    }

    private static string[] Lines(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path)
            ? ReadLines(path)
            : throw new FileNotFoundException($"METEOR's data file '{path}' does not exist; point to the folder that holds METEOR's English data.", path);
    }

    /// <summary>The lines of a file of language data.</summary>
    internal static string[] ReadLines(string path)
    {
        var lines = WholeFile.ReadText(path, LargestFile, problem => new MetricDataException(
            $"'{path}' {problem.What}; {problem.Remedy ?? "fetch the file again"}.", problem.Inner)).ReplaceLineEndings("\n").Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }

    /// <summary>The lines of a file in which a word and its values take one line each.</summary>
    private static string[] Pairs(string folder, string file)
    {
        var lines = Lines(folder, file);
        var odd = file == Synsets ? OddLine(lines) : -1;
        if (odd >= 0)
            throw new MetricDataException(
                $"Line {odd + 1} of '{Path.Combine(folder, file)}' holds no numbers of synonym sets; fetch the file again, or remove it where it lies in a cache.");
        return lines.Length % 2 == 0
            ? lines
            : throw new MetricDataException($"METEOR's data file '{Path.Combine(folder, file)}' has {lines.Length} lines, but a word and its values take two each; the file is cut short.");
    }

    // The numbers stand in every second line.
    private static int OddLine(string[] lines)
    {
        for (var line = 1; line < lines.Length; line += 2)
        {
            foreach (var part in lines[line].AsSpan().Split(' '))
            {
                var number = lines[line].AsSpan(part);
                if (number.Length > 9 || number.ContainsAnyExceptInRange('0', '9'))
                    return line;
            }
        }
        return -1;
    }

    private static MeteorParaphrases ReadParaphrases(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"The paraphrase table '{path}' does not exist; give the path of paraphrase-en.gz or leave it out.", path);
        using var file = File.OpenRead(path);
        var isCompressed = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        var limit = Math.Max(LargestFile, LargestRatio * file.Length);
        // Counted as it is decompressed: a single line may go on for ever.
        using var content = new LimitedStream(isCompressed ? new GZipStream(file, CompressionMode.Decompress) : file, limit, () => new MetricDataException(
            $"The paraphrase table '{path}' holds more than {limit} bytes; check that it is the right file."));
        using var reader = new StreamReader(content);
        try
        {
            return MeteorParaphrases.Read(reader, path);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw new MetricDataException($"The paraphrase table '{path}' cannot be read ({error.Message.TrimEnd('.')}); fetch the file again.", error);
        }
    }
}
