using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Families;

/// <summary>The files of a model: one checkpoint, or a folder with configuration and weights. Each is opened when it is first asked for.</summary>
public sealed partial class ModelFiles
{
    /// <summary>The name of a model's configuration.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The names that weights have in a folder, in the order in which they are taken.</summary>
    public static IReadOnlyList<string> WeightFiles { get; } =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

    /// <summary>Writes weights into a folder, where they are found under the first of <see cref="WeightFiles"/>.</summary>
    /// <param name="folder">Where to; made if it does not exist.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="nameOf">The name in the file; a weight's own by default.</param>
    internal static void WriteWeights(string folder, IEnumerable<Weight> weights, Func<string, string>? nameOf = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        SafetensorsFile.Write(System.IO.Path.Combine(folder, WeightFiles[0]), weights.Select(weight => SafetensorsExport.Entry(nameOf is null ? weight.Name : nameOf(weight.Name), weight.Tensor)));
    }

    private readonly Lazy<Checkpoint> _checkpoint;
    private readonly Lazy<IReadOnlyDictionary<string, StoredTensor>> _tensors;
    private readonly Lazy<JsonObject?> _config;

    private ModelFiles(string path, string? folder, string weights)
    {
        Path = path;
        Folder = folder;
        Weights = weights;
        _checkpoint = new(() => Checkpoint.Open(weights));
        _tensors = new(() => TensorNames.WithoutWrappers(Checkpoint.Tensors));
        _config = new(ReadConfig);
    }

    /// <summary>The file or folder, as it was named.</summary>
    public string Path { get; }

    /// <summary>The folder; <see langword="null"/> where a single file was named.</summary>
    public string? Folder { get; }

    /// <summary>The file with the weights, or the index of several.</summary>
    public string Weights { get; }

    /// <summary>The configuration in the folder, or beside the file; it need not exist.</summary>
    public string ConfigPath => System.IO.Path.Combine(Folder ?? System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, ConfigFile);

    /// <summary>The configuration, which must be there.</summary>
    /// <exception cref="FileNotFoundException">It is not.</exception>
    public string RequiredConfigPath => File.Exists(ConfigPath)
        ? ConfigPath
        : throw new FileNotFoundException($"The model folder '{Folder ?? Path}' has no {ConfigFile}; fetch it from where the weights came from.", ConfigPath);

    /// <summary>The configuration of a folder; <see langword="null"/> for a file, and where the folder has none.</summary>
    /// <exception cref="ModelException">It is no JSON object.</exception>
    public JsonObject? Config => _config.Value;

    /// <summary>The checkpoint.</summary>
    /// <exception cref="WeightsException">It cannot be read.</exception>
    public Checkpoint Checkpoint => _checkpoint.Value;

    /// <summary>The tensors of the checkpoint, without what training frameworks put before all of their names.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors.Value;

    /// <summary>Finds the files of a model.</summary>
    /// <param name="path">A checkpoint, a folder with one of <see cref="WeightFiles"/>, or one that Lightning trained into.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder has no weights.</exception>
    public static ModelFiles Open(string path) => TryOpen(path) ?? throw (Directory.Exists(path)
        ? new FileNotFoundException($"The model folder '{path}' has no weights; one of {string.Join(", ", WeightFiles)} belongs there.", path)
        : new FileNotFoundException($"There is no model at '{path}'; give a checkpoint, or a folder with {ConfigFile} and weights.", path));

    /// <summary>As <see cref="Open"/>, or <see langword="null"/> where there is nothing.</summary>
    public static ModelFiles? TryOpen(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
            return new ModelFiles(path, null, path);
        return (WeightFiles.Select(name => System.IO.Path.Combine(path, name)).FirstOrDefault(File.Exists) ?? OfTraining(path)) is { } weights
            ? new ModelFiles(path, path, weights)
            : null;
    }

    /// <summary>
    /// The checkpoint of a folder that Lightning trained into: the best, by the measure in its name (<c>epoch_3-0.28.ckpt</c>), else
    /// <c>last.ckpt</c>, else the only one.
    /// </summary>
    private static string? OfTraining(string folder)
    {
        if (!Directory.Exists(folder))
            return null;
        var files = Directory.GetFiles(folder, "*.ckpt");
        var best = files.Select(file => (File: file, Name: BestName().Match(System.IO.Path.GetFileName(file)))).Where(item => item.Name.Success)
            .OrderByDescending(item => double.Parse(item.Name.Groups[1].Value, CultureInfo.InvariantCulture)).Select(item => item.File).FirstOrDefault();
        var last = System.IO.Path.Combine(folder, "last.ckpt");
        return best ?? (File.Exists(last) ? last : files is [var only] ? only : null);
    }

    // The measure stands behind the last hyphen; a file that would have had a taken name ends with -v1 and so on.
    [GeneratedRegex(@"^epoch_.*-(\d+(?:\.\d+)?)(?:-v\d+)?\.ckpt$")]
    private static partial Regex BestName();

    /// <summary>Whether a tensor has this name.</summary>
    public bool Has(string name) => Tensors.ContainsKey(name);

    /// <summary>Whether the name of a tensor begins like this.</summary>
    public bool HasBelow(string prefix) => Tensors.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>The size of the weights in bytes, all parts of an index together.</summary>
    public long WeightBytes => WeightParts.Sum(file => new FileInfo(file).Length);

    /// <summary>A SHA-256 over weights and configuration, in hexadecimal digits.</summary>
    /// <param name="profile">Which of the published implementations is followed, where one was asked for.</param>
    /// <param name="encoder">The file of an encoder that lies apart, if there is one.</param>
    /// <exception cref="ModelException">A file cannot be read.</exception>
    public string Fingerprint(string? profile, string? encoder)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        all.AppendData(Encoding.UTF8.GetBytes(profile ?? ""));
        foreach (var path in (string?[])[.. WeightParts.Order(StringComparer.Ordinal), Folder is not null && File.Exists(ConfigPath) ? ConfigPath : null, encoder])
        {
            if (path is null)
                continue;
            try
            {
                using var file = File.OpenRead(path);
                all.AppendData(SHA256.HashData(file));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new ModelException($"The file '{path}' cannot be read to know the model by its content ({error.Message.Split(" : '")[0].TrimEnd('.')}); check its permissions.", error);
            }
        }
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    private IEnumerable<string> WeightParts => Weights.EndsWith(".json", StringComparison.Ordinal)
        ? Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Weights))!)
            .Where(file => System.IO.Path.GetExtension(file) == System.IO.Path.GetExtension(Weights.Replace(".index.json", "", StringComparison.Ordinal)))
        : [Weights];

    private JsonObject? ReadConfig()
    {
        if (Folder is null || !File.Exists(ConfigPath))
            return null;
        using var document = Models.ConfigFile.Read(
            ConfigPath, JsonValueKind.Object, (problem, inner) => new ModelException($"The configuration '{ConfigPath}' cannot be used: {problem}", inner));
        return JsonObject.Create(document.RootElement.Clone());
    }
}
