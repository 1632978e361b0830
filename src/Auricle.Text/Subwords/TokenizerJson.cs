using System.Text.Json;

namespace Auricle.Text.Subwords;

/// <summary>Reads a <c>tokenizer.json</c>, the one-file form of a tokenizer.</summary>
internal sealed class TokenizerJson
{
    private readonly string _path;
    private readonly JsonElement _root;

    private TokenizerJson(string path, JsonElement root) => (_path, _root) = (path, root);

    /// <exception cref="TokenizerFileException">The file is no JSON.</exception>
    public static JsonDocument Parse(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException error)
        {
            throw new TokenizerFileException(path, $"it is no JSON ({error.Message.TrimEnd('.')}); fetch the file again.", error);
        }
    }

    public static SubwordTokenizer Read(string path)
    {
        using var document = Parse(path);
        return new TokenizerJson(path, document.RootElement).Read();
    }

    private SubwordTokenizer Read()
    {
        try
        {
            var added = Member(_root, "added_tokens") is { ValueKind: JsonValueKind.Array } list
                ? list.EnumerateArray().Select(ReadAdded).ToArray() : [];
            var model = _root.GetProperty("model");
            var vocabulary = SubwordVocabulary.FromJson(_path, model.GetProperty("vocab"), added);
            // Older files leave the kind out; only one of the two has merges.
            var kind = Text(model, "type") ?? (Member(model, "merges") is null ? "WordPiece" : "BPE");
            return kind switch
            {
                "WordPiece" => ReadWordPiece(model, vocabulary, added),
                "BPE" => ReadBpe(model, vocabulary, added),
                _ => throw Unsupported("model", kind),
            };
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new TokenizerFileException(
                _path, $"a field is missing or of another kind ({error.Message.TrimEnd('.')}); fetch the file again.", error);
        }
    }

    private WordPieceTokenizer ReadWordPiece(JsonElement model, SubwordVocabulary vocabulary, AddedToken[] added)
    {
        Expect("pre_tokenizer", "BertPreTokenizer");
        Expect("normalizer", "BertNormalizer");
        var normalizer = _root.GetProperty("normalizer");
        var options = new WordPieceOptions
        {
            Lowercase = Flag(normalizer, "lowercase") ?? true,
            StripAccents = Flag(normalizer, "strip_accents"),
            SplitIdeographs = Flag(normalizer, "handle_chinese_chars") ?? true,
            CleanText = Flag(normalizer, "clean_text") ?? true,
            MaximumWordLength = Member(model, "max_input_chars_per_word")?.GetInt32() ?? 100,
            ContinuationPrefix = Text(model, "continuing_subword_prefix") ?? "##",
        };
        return new WordPieceTokenizer(vocabulary, ReadTemplate(added, Text(model, "unk_token") ?? "[UNK]"), options, added, _path);
    }

    private ByteLevelBpeTokenizer ReadBpe(JsonElement model, SubwordVocabulary vocabulary, AddedToken[] added)
    {
        Expect("pre_tokenizer", "ByteLevel");
        if (Member(_root, "normalizer") is { } normalizer)
            throw Unsupported("normalizer", Text(normalizer, "type"));
        if (Text(model, "continuing_subword_prefix") is { Length: > 0 } || Text(model, "end_of_word_suffix") is { Length: > 0 })
            throw Unsupported("model", "BPE with a prefix or suffix of pieces");
        var merges = model.GetProperty("merges").EnumerateArray().Select(ReadMerge);
        var unknown = Text(model, "unk_token") ?? added.Select(token => token.Content).FirstOrDefault(content => content == "<unk>");
        return new ByteLevelBpeTokenizer(
            vocabulary, merges, ReadTemplate(added, unknown), added, Flag(_root.GetProperty("pre_tokenizer"), "add_prefix_space") ?? false, _path);
    }

    // Newer files hold two strings, older ones a single string with a blank.
    private (string Left, string Right) ReadMerge(JsonElement merge)
    {
        var parts = merge.ValueKind == JsonValueKind.Array
            ? [.. merge.EnumerateArray().Select(part => part.GetString()!)]
            : merge.GetString()!.Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1]) : throw new TokenizerFileException(
            _path, $"the merge {merge.GetRawText()} is no pair; fetch the file again.");
    }

    private static AddedToken ReadAdded(JsonElement token) => new(
        token.GetProperty("content").GetString()!, token.GetProperty("id").GetInt32(),
        Flag(token, "lstrip") ?? false, Flag(token, "rstrip") ?? false);

    private SubwordTemplate ReadTemplate(AddedToken[] added, string? unknown)
    {
        var template = new SubwordTemplate
        {
            Unknown = unknown,
            Padding = Member(_root, "padding") is { } padding
                ? Text(padding, "pad_token") : added.Select(token => token.Content).FirstOrDefault(content => content is "[PAD]" or "<pad>"),
        };
        if (Member(_root, "post_processor") is not { } processor)
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
                var single = ReadSequence(processor.GetProperty("single"));
                var pair = ReadSequence(processor.GetProperty("pair"));
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

    private static string Mark(JsonElement processor, string name) => processor.GetProperty(name)[0].GetString()!;

    private static string[] Names(List<Part> parts) => [.. parts.Select(part => part.Token!)];

    private static List<Part> ReadSequence(JsonElement sequence) => [.. sequence.EnumerateArray().Select(item =>
        item.TryGetProperty("SpecialToken", out var token)
            ? new Part(token.GetProperty("id").GetString()!, token.GetProperty("type_id").GetInt32())
            : new Part(null, item.GetProperty("Sequence").GetProperty("type_id").GetInt32()))];

    private void Expect(string part, string kind)
    {
        var found = Member(_root, part) is { } element ? Text(element, "type") : "nothing";
        if (found != kind)
            throw Unsupported(part, found);
    }

    private TokenizerFileException Unsupported(string part, string? kind) =>
        new(_path, $"its {part} is of kind '{kind}', which is not supported; use a BERT, MPNet, RoBERTa or GPT-2 tokenizer.");

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value : null;

    private static string? Text(JsonElement element, string name) => Member(element, name)?.GetString();

    private static bool? Flag(JsonElement element, string name) => Member(element, name)?.GetBoolean();

    private sealed record Part(string? Token, int Type)
    {
        public bool IsText => Token is null;
    }
}
