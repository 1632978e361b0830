using Auricle.Fetching;

namespace Auricle.Data;

/// <summary>A file that a data set's authors publish.</summary>
/// <param name="Path">Where it lies in the set's folder.</param>
/// <param name="Address">Where it is published.</param>
/// <param name="Split">The split it belongs to, if to one.</param>
/// <param name="Hash">Its published hash, where there is one.</param>
public sealed record DataSource(string Path, Uri Address, string? Split = null, FileHash? Hash = null)
{
    private const string Clotho = "https://zenodo.org/records/4783391/files/";
    private const string AudioCaps = "https://raw.githubusercontent.com/cdjkim/audiocaps/master/";
    private const string AudioSet = "https://storage.googleapis.com/us_audioset/youtube_corpus/v1/csv/";

    /// <summary>Whether what it holds is unpacked into the set's folder, after which it is removed.</summary>
    public bool IsArchive => Path.EndsWith(".7z", StringComparison.Ordinal) || Path.EndsWith(".zip", StringComparison.Ordinal) || Path.EndsWith(".tar.gz", StringComparison.Ordinal);

    internal static IReadOnlyList<DataSource> Of(string name) => name switch
    {
        "clotho" =>
        [
            .. ClothoSplit("development", "d4090b39ce9f2491908eebf4d5b09bae", "170d20935ecfdf161ce1bb154118cda5", "c8b05bc7acdb13895bb3c6a29608667e"),
            .. ClothoSplit("validation", "5879e023032b22a2c930aaa0528bead4", "2e010427c56b1ce6008b0f03f41048ce", "7dba730be08bada48bd15dc4e668df59"),
            .. ClothoSplit("evaluation", "1b16b9e57cf7bdb7f13a13802aeb57e2", "13946f054d4e1bf48079813aac61bf77", "4569624ccadf96223f19cb59fe4f849f"),
        ],
        "audiocaps" => [.. Tables("dataset", ["train", "val", "test"])],
        "audiocaps-v2" => [.. Tables("dataset2.0", ["train", "val", "test"])],
        "macs" => [new("MACS.yaml", new("https://zenodo.org/records/5114771/files/MACS.yaml?download=1"), null, FileHash.Of(HashKind.Md5, "23fcb2ebd0b109094034ef9e87972256"))],
        "esc50" => [new("ESC-50-master.zip", new("https://github.com/karolpiczak/ESC-50/archive/refs/heads/master.zip"))],
        "urbansound8k" => [new("UrbanSound8K.tar.gz", new("https://zenodo.org/records/1203745/files/UrbanSound8K.tar.gz?download=1"), null, FileHash.Of(HashKind.Md5, "9aa69802bbf37fb986f71ec1483a196e"))],
        "audioset" =>
        [
            new("balanced_train_segments.csv", new(AudioSet + "balanced_train_segments.csv"), "balanced_train"),
            new("unbalanced_train_segments.csv", new(AudioSet + "unbalanced_train_segments.csv"), "unbalanced_train"),
            new("eval_segments.csv", new(AudioSet + "eval_segments.csv"), "eval"),
            new("class_labels_indices.csv", new(AudioSet + "class_labels_indices.csv")),
        ],
        _ => [],
    };

    private static IEnumerable<DataSource> ClothoSplit(string split, string captions, string metadata, string sounds)
    {
        DataSource File(string name, string md5) => new(name, new Uri($"{Clotho}{name}?download=1"), split, FileHash.Of(HashKind.Md5, md5));
        return [File($"clotho_captions_{split}.csv", captions), File($"clotho_metadata_{split}.csv", metadata), File($"clotho_audio_{split}.7z", sounds)];
    }

    private static IEnumerable<DataSource> Tables(string folder, string[] splits) =>
        splits.Select(split => new DataSource($"{folder}/{split}.csv", new Uri($"{AudioCaps}{folder}/{split}.csv"), split));
}
