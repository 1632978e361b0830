using System.Text.Json.Nodes;
using Auricle.Testing;

namespace Auricle.Text.Tests.Subwords;

/// <summary>A folder of tokenizer files that lasts as long as a test.</summary>
internal sealed class TokenizerFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("auricle-tokenizer-").FullName;

    public static string Published(string name) => Path.Combine(Fixtures.SharedRoot!, "tokenizers", name);

    public string Write(string name, string content)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Writes a published vocabulary as <c>tokenizer.json</c>, laid out as the fast tokenizers save it.</summary>
    public void WriteOneFile(string name)
    {
        var isBpe = name == "roberta";
        var marks = name == "bert-base-uncased" ? ("[CLS]", 101, "[SEP]", 102) : ("<s>", 0, "</s>", 2);
        JsonNode model = isBpe
            ? new JsonObject { ["type"] = "BPE", ["unk_token"] = null, ["continuing_subword_prefix"] = "", ["end_of_word_suffix"] = "" }
            : new JsonObject { ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = 100 };
        model["vocab"] = isBpe ? JsonNode.Parse(File.ReadAllText(Path.Combine(Published(name), "vocab.json"))) : WordList(name);
        if (isBpe)
        {
            // Both spellings of a merge are in use.
            var lines = File.ReadLines(Path.Combine(Published(name), "merges.txt")).Skip(1).Where(line => line.Length > 0);
            model["merges"] = new JsonArray([.. lines.Select((line, i) =>
                i % 2 == 0 ? (JsonNode)line : new JsonArray([.. line.Split(' ').Select(part => (JsonNode)part)]))]);
        }
        string[] special = name switch
        {
            "roberta" => ["<s>", "</s>", "<pad>", "<unk>", "<mask>"],
            "mpnet" => ["<s>", "</s>", "<pad>", "[UNK]", "<mask>"],
            _ => ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"],
        };
        var file = new JsonObject
        {
            ["added_tokens"] = new JsonArray([.. special.Select(token => (JsonNode)new JsonObject
            {
                ["id"] = model["vocab"]![token]!.GetValue<int>(),
                ["content"] = token,
                ["lstrip"] = token == "<mask>",
                ["rstrip"] = false,
            })]),
            ["normalizer"] = isBpe ? null : new JsonObject { ["type"] = "BertNormalizer", ["clean_text"] = true, ["handle_chinese_chars"] = true, ["strip_accents"] = null, ["lowercase"] = true },
            ["pre_tokenizer"] = isBpe ? new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false } : new JsonObject { ["type"] = "BertPreTokenizer" },
            ["post_processor"] = name == "bert-base-uncased" ? BertTemplate() : new JsonObject
            {
                ["type"] = "RobertaProcessing",
                ["sep"] = new JsonArray(marks.Item3, marks.Item4),
                ["cls"] = new JsonArray(marks.Item1, marks.Item2),
            },
            ["model"] = model,
        };
        Write("tokenizer.json", file.ToJsonString());
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static JsonObject WordList(string name)
    {
        var list = new JsonObject();
        foreach (var (index, line) in File.ReadAllText(Path.Combine(Published(name), "vocab.txt")).TrimEnd('\n').Split('\n').Index())
            list[line] = index;
        return list;
    }

    private static JsonNode BertTemplate() => JsonNode.Parse("""
        {
          "type": "TemplateProcessing",
          "single": [{ "SpecialToken": { "id": "[CLS]", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }, { "SpecialToken": { "id": "[SEP]", "type_id": 0 } }],
          "pair": [{ "SpecialToken": { "id": "[CLS]", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }, { "SpecialToken": { "id": "[SEP]", "type_id": 0 } },
            { "Sequence": { "id": "B", "type_id": 1 } }, { "SpecialToken": { "id": "[SEP]", "type_id": 1 } }]
        }
        """)!;
}
