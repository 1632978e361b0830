using System.Text;
using Auricle.Evaluation;
using Auricle.Models.Encoders.Text;
using Auricle.Models.Systems.Conette;
using Auricle.Text;
using Auricle.Text.Subwords;
using Auricle.Training;

namespace Auricle.Fuzz.Targets;

/// <summary>A reader of a file of text, which refuses with an exception of ours.</summary>
/// <param name="name">What the command line calls it.</param>
/// <param name="read">Reads the file at a path.</param>
/// <param name="fileName">What the file is called, where the reader cares.</param>
/// <param name="seeds">Well-formed texts.</param>
internal sealed class TextTarget(string name, Action<string> read, string fileName, params string[] seeds) : FuzzTarget, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("auricle-fuzz-");

    /// <summary>One target for each reader of text.</summary>
    public static IEnumerable<TextTarget> All() =>
    [
        new(
            "captions", path =>
            {
                try
                {
                    CaptionFile.ReadCandidates(path);
                }
                finally
                {
                    CaptionFile.ReadReferences(path);
                }
            },
            "captions",
            "file,rank,caption\na.wav,1,a dog\na.wav,2,\"rain, wind\"\n",
            "audiocap_id,youtube_id,start_time,caption\n1,--aO5cdqSAg,30,a dog\n",
            "file_name,caption_1,caption_2\na.wav,\"a \"\"dog\"\"\",x\n",
            "[{\"file\": \"a.wav\", \"caption\": \"a dog\"}]",
            "{\"file\": \"a.wav\", \"captions\": [\"x\", {\"caption\": \"y\"}], \"segments\": []}\n{\"fname\": \"b.wav\", \"caption_1\": \"x\"}\n",
            "{\"a.wav\": [\"a dog\", \"b\"], \"b.wav\": \"\\u0072ain\"}",
            "{\"images\": [{\"id\": 1, \"file_name\": \"a\"}], \"annotations\": [{\"image_id\": 1, \"caption\": \"x\"}]}",
            "{\"num_captions_per_audio\": 1, \"data\": [{\"id\": \"1\", \"caption\": \"x\", \"duration\": 3.5}]}"),
        new("labels", path => LabelFile.Read(path), "labels.csv", "filename,fold,category\na.wav,1,dog\nb.wav,2,rain\n"),
        new("scores", path => ScoreFile.Read(path, ["a", "b"], GivenScores.Names), "scores.csv", "file,spice\na.wav,0.5\nb.wav,0.25\n"),
        new(
            "config", path => ConetteConfig.Read(path), "config.json",
            "{\"task_mode\": \"ds_src\", \"nhead\": 8, \"d_model\": 256, \"betas\": [0.9, 0.999], \"task_names\": [\"a\"], \"encoder\": {\"type\": \"convnext\", \"depths\": [1, 1], \"widths\": [8, 16]}}",
            "{\"task_mode\": \"none\", \"encoder\": {\"type\": \"cnn\", \"tags\": 2, \"log_mel\": {\"mel_bands\": 64}}, \"tag_labels\": [\"a\", \"b\"]}",
            "{\"encoder\": {\"type\": \"htsat\", \"heads\": [4, 8, 16, 32], \"log_mel\": {\"hop_length\": 320}}}"),
        new(
            "text-config", path => TextEncoderConfig.Read(path), "config.json",
            "{\"model_type\": \"bert\", \"vocab_size\": 30522, \"hidden_size\": 768, \"num_attention_heads\": 12, \"layer_norm_eps\": 1e-12}",
            "{\"model_type\": \"mpnet\", \"relative_attention_num_buckets\": 32, \"pad_token_id\": 1}"),
        new(
            "tokenizer-json", path => SubwordTokenizer.Load(path).Encode("A dog barks, loudly!"), "tokenizer.json",
            "{\"padding\": {\"pad_token\": \"[PAD]\"}, \"added_tokens\": [{\"id\": 0, \"content\": \"[PAD]\"}], \"normalizer\": {\"type\": \"BertNormalizer\", \"lowercase\": true}, "
                + "\"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"}, \"post_processor\": {\"type\": \"BertProcessing\", \"sep\": [\"[SEP]\", 3], \"cls\": [\"[CLS]\", 2]}, "
                + "\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"vocab\": {\"[PAD]\": 0, \"[UNK]\": 1, \"[CLS]\": 2, \"[SEP]\": 3, \"a\": 4, \"##s\": 5}}}",
            "{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"model\": {\"type\": \"BPE\", \"unk_token\": \"<unk>\", \"vocab\": {\"<unk>\": 0, \"a\": 1, \"ab\": 2, \"b\": 3}, \"merges\": [\"a b\", [\"ab\", \"a\"]]}}"),
        new(
            "tokenizer-state", path => new CaptionTokenizer(TokenizerState.FromJson(Encoding.UTF8.GetString(File.ReadAllBytes(path)))).Encode("a dog", addBeginEnd: true, UnknownTokenPolicy.UseUnknown), "state.json",
            CaptionTokenizer.Fit(["a dog barks"]).State.ToJson()),
        new(
            "recipe", path => RecipeReader.FromFile(path).Section("run").Text("name", ""), "recipe.yaml",
            "run: {name: x, seed: 1}\noptimizer:\n  lr: 1e-3\nwidths: [1, 2]\n", "a: &a {b: 1}\nc: *a\n? d\n: \"\\u0065\"\n", "x: |\n  text\n  more\n..."),
    ];

    public override string Name => name;

    public override IEnumerable<byte[]> Seeds() => seeds.Select(Encoding.UTF8.GetBytes);

    public override void Run(ReadOnlySpan<byte> input)
    {
        var path = Path.Combine(_folder.FullName, fileName);
        File.WriteAllBytes(path, input);
        read(path);
    }

    public override bool IsRefusal(Exception error) => error is AuricleException;

    public void Dispose() => _folder.Delete(recursive: true);
}
