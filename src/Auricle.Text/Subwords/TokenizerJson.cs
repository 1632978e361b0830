using System.Text.Json;
using Auricle.Reading;

namespace Auricle.Text.Subwords;

/// <summary>Reads a <c>tokenizer.json</c>, the one-file form of a tokenizer.</summary>
internal sealed class TokenizerJson
{
    // The largest published files have some 30 MB.
    private const int LargestFile = 256 << 20;

    private const int LongestWord = 1 << 16;

    private readonly string _path;
    private readonly JsonElement _root;

    private TokenizerJson(string path, JsonElement root) => (_path, _root) = (path, root);

    /// <exception cref="TokenizerFileException">The file is no JSON.</exception>
    public static JsonDocument Parse(string path) => JsonText.Parse(WholeFile.Read(path, LargestFile, Fault(path)), Fault(path));

    /// <exception cref="TokenizerFileException">The file cannot be read or is no text.</exception>
    public static string ReadText(string path) => WholeFile.ReadText(path, LargestFile, Fault(path));

    private static Func<FileProblem, Exception> Fault(string path) => problem =>
        new TokenizerFileException(path, $"it {problem.What}; {problem.Remedy ?? "fetch the file again"}.", problem.Inner);

    public static SubwordTokenizer Read(string path)
    {
        using var document = Parse(path);
        return new TokenizerJson(path, document.RootElement).Read();
    }

    private SubwordTokenizer Read()
    {
        var added = Items(_root, "added_tokens", isRequired: false).Select(ReadAdded).ToArray();
        var model = Required(_root, "model", JsonValueKind.Object);
        var vocabulary = SubwordVocabulary.FromJson(_path, Required(model, "vocab", JsonValueKind.Object), added);
        // Older files leave the kind out; only one of the two has merges.
        var kind = Text(model, "type") ?? (model.Member("merges") is null ? "WordPiece" : "BPE");
        return kind switch
        {
            "WordPiece" => ReadWordPiece(model, vocabulary, added),
            "BPE" => ReadBpe(model, vocabulary, added),
            _ => throw Unsupported("model", kind),
        };
    }

    private WordPieceTokenizer ReadWordPiece(JsonElement model, SubwordVocabulary vocabulary, AddedToken[] added)
    {
        Expect("pre_tokenizer", "BertPreTokenizer");
        Expect("normalizer", "BertNormalizer");
        var normalizer = Required(_root, "normalizer", JsonValueKind.Object);
        var options = new WordPieceOptions
        {
            Lowercase = Flag(normalizer, "lowercase") ?? true,
            StripAccents = Flag(normalizer, "strip_accents"),
            SplitIdeographs = Flag(normalizer, "handle_chinese_chars") ?? true,
            CleanText = Flag(normalizer, "clean_text") ?? true,
            MaximumWordLength = model.Member("max_input_chars_per_word") is null ? 100 : Integer(model, "max_input_chars_per_word", LongestWord),
            ContinuationPrefix = Text(model, "continuing_subword_prefix") ?? "##",
        };
        return new WordPieceTokenizer(vocabulary, ReadTemplate(added, Text(model, "unk_token") ?? "[UNK]"), options, added, _path);
    }

    private ByteLevelBpeTokenizer ReadBpe(JsonElement model, SubwordVocabulary vocabulary, AddedToken[] added)
    {
        Expect("pre_tokenizer", "ByteLevel");
        if (_root.Member("normalizer") is { } normalizer)
            throw Unsupported("normalizer", Text(normalizer, "type"));
        if (Text(model, "continuing_subword_prefix") is { Length: > 0 } || Text(model, "end_of_word_suffix") is { Length: > 0 })
            throw Unsupported("model", "BPE with a prefix or suffix of pieces");
        var merges = Items(model, "merges").Select(ReadMerge);
        var unknown = Text(model, "unk_token") ?? added.Select(token => token.Content).FirstOrDefault(content => content == "<unk>");
        return new ByteLevelBpeTokenizer(
            vocabulary, merges, ReadTemplate(added, unknown), added, Flag(Required(_root, "pre_tokenizer", JsonValueKind.Object), "add_prefix_space") ?? false, _path);
    }

    // Newer files hold two strings, older ones a single string with a blank.
    private (string Left, string Right) ReadMerge(JsonElement merge)
    {
        IReadOnlyList<string?> parts = merge.ValueKind switch
        {
            JsonValueKind.Array => merge.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.String ? part.GetString() : null).ToArray(),
            JsonValueKind.String => merge.GetString()!.Split(' '),
            _ => [],
        };
        return parts is [{ } left, { } right] ? (left, right) : throw new TokenizerFileException(
            _path, $"the merge {SubwordVocabulary.Shorten(merge.GetRawText())} is no pair; fetch the file again.");
    }

    private AddedToken ReadAdded(JsonElement token) => new(
        RequiredText(token, "content"), Integer(token, "id", int.MaxValue), Flag(token, "lstrip") ?? false, Flag(token, "rstrip") ?? false);

    private SubwordTemplate ReadTemplate(AddedToken[] added, string? unknown)
    {
        var template = new SubwordTemplate
        {
            Unknown = unknown,
            Padding = _root.Member("padding") is { } padding
                ? Text(padding, "pad_token") : added.Select(token => token.Content).FirstOrDefault(content => content is "[PAD]" or "<pad>"),
        };
        if (_root.Member("post_processor") is not { } processor)
            return template;
        switch (Text(processor, "type"))
        {
            case "ByteLevel":
                return template;
            case "BertProcessing":
                return template with { Before = [Mark(processor, "cls")], Between = [Mark(processor, "sep")],
                    After = [Mark(processor, "sep")], SecondType = 1 };
            case "RobertaProcessing":
                return template with { Before = [Mark(processor, "cls")], Between = [Mark(processor, "sep"), Mark(processor, "sep")],
                    After = [Mark(processor, "sep")] };
            case "TemplateProcessing":
                var single = ReadSequence(processor, "single");
                var pair = ReadSequence(processor, "pair");
                var first = single.FindIndex(part => part.IsText);
                var second = pair.FindLastIndex(part => part.IsText);
                if (first < 0 || pair.FindIndex(part => part.IsText) != first || second == first)
                    throw Unsupported("post_processor", "TemplateProcessing without one text in 'single' and two in 'pair'");
                return template with
                {
                    Before = Names(single[..first]),
                    After = Names(single[(first + 1)..]),
                    Between = Names(pair.GetRange(first + 1, second - first - 1)),
                    SecondType = pair[second].Type,
                };
            case var kind:
                throw Unsupported("post_processor", kind);
        }
    }

    // A token and its id.
    private string Mark(JsonElement processor, string name) => Items(processor, name) is [{ ValueKind: JsonValueKind.String } token, ..]
        ? token.GetString()!
        : throw Wrong(name, "begins with no token");

    private static string[] Names(List<Part> parts) => [.. parts.Select(part => part.Token!)];

    private List<Part> ReadSequence(JsonElement processor, string name) => [.. Items(processor, name).Select(item =>
        item.Member("SpecialToken") is { } token
            ? new Part(RequiredText(token, "id"), Integer(token, "type_id", int.MaxValue))
            : new Part(null, Integer(Required(item, "Sequence", JsonValueKind.Object), "type_id", int.MaxValue)))];

    private void Expect(string part, string kind)
    {
        var found = _root.Member(part) is { } element ? Text(element, "type") : "nothing";
        if (found != kind)
            throw Unsupported(part, found);
    }

    private TokenizerFileException Unsupported(string part, string? kind) =>
        new(_path, $"its {part} is of kind '{SubwordVocabulary.Shorten(kind ?? "nothing")}', which is not supported; use a BERT, MPNet, RoBERTa or GPT-2 tokenizer.");

    private JsonElement Required(JsonElement element, string name, JsonValueKind kind) => element.Member(name) is { } value
        ? value.ValueKind == kind ? value : throw Wrong(name, $"is {Named(value.ValueKind)} where {Named(kind)} belongs")
        : throw Wrong(name, "is missing");

    private JsonElement[] Items(JsonElement element, string name, bool isRequired = true) =>
        isRequired || element.Member(name) is not null ? [.. Required(element, name, JsonValueKind.Array).EnumerateArray()] : [];

    private string? Text(JsonElement element, string name) => element.Member(name) is null ? null : RequiredText(element, name);

    private string RequiredText(JsonElement element, string name) => Required(element, name, JsonValueKind.String).GetString()!;

    private int Integer(JsonElement element, string name, int most) =>
        Required(element, name, JsonValueKind.Number) is var value && value.TryGetInt32(out var number) && number >= 0 && number <= most
            ? number
            : throw Wrong(name, $"is {SubwordVocabulary.Shorten(value.GetRawText())}, but a whole number from 0 to {most} belongs there");

    private bool? Flag(JsonElement element, string name) => element.Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True or JsonValueKind.False } value => value.GetBoolean(),
        { } value => throw Wrong(name, $"is {Named(value.ValueKind)} where true or false belongs"),
    };

    private static string Named(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private TokenizerFileException Wrong(string name, string what) => new(_path, $"its field '{name}' {what}; fetch the file again.");

    private sealed record Part(string? Token, int Type)
    {
        public bool IsText => Token is null;
    }
}
