using System.Collections;
using System.Runtime.InteropServices;
using System.Text.Json;
using Auricle.Models.Encoders;
using Auricle.Models.Families;
using Auricle.Text;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Models.Systems.Conette;

public sealed partial class ConetteModel
{
    /// <summary>Loads a model.</summary>
    /// <param name="path">
    /// A folder as the hub has it, with <c>config.json</c> and <c>model.safetensors</c> or <c>pytorch_model.bin</c> (or the index
    /// of several such files); or a checkpoint (<c>.ckpt</c>) of the reference's trainer, which needs
    /// <see cref="ModelLoadOptions.EncoderFile"/> and takes its configuration from a <c>config.json</c> beside it if there is one.
    /// </param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">The folder lacks a file.</exception>
    /// <exception cref="ConetteConfigException">The configuration makes no sense.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or do not fit the configuration.</exception>
    /// <exception cref="TokenizerStateException">The tokenizer's record is damaged.</exception>
    public static ConetteModel Load(string path, ModelLoadOptions? options = null) => Load(ModelFiles.Open(path), options ?? new ModelLoadOptions());

    /// <summary>As <see cref="Load(string, ModelLoadOptions?)"/>, from files that were found.</summary>
    public static ConetteModel Load(ModelFiles files, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var config = files.Folder is null && !File.Exists(files.ConfigPath) ? new ConetteConfig() : ConetteConfig.Read(files.RequiredConfigPath);
        var file = files.Weights;
        var stored = ReadWeights(files, options.EncoderFile);
        var tokenizer = new CaptionTokenizer(ReadTokenizer(file, files.Checkpoint, stored, config));
        if (options.LabelsFile is not null)
            config = config with { TagLabels = LabelSets.For(config.Encoder.Tags, options.LabelsFile, null) };
        using var scope = TensorScope.Begin();
        return options.Build(stored, file, ConetteWeights.IsExpected, store => new ConetteModel(config, tokenizer, store, new ConetteParts
        {
            ComputeType = options.Compute,
            MelFilters = stored.TryGetValue(ConetteWeights.MelFilters, out var filters) ? Tensor.From(filters).To(DType.Float32) : null,
            TaskTokens = stored.TryGetValue(ConetteWeights.TaskTokens, out var tokens) ? Array.ConvertAll(Tensor.From(tokens).ToArray<long>(), id => (int)id) : null,
            Unrepeatable = stored.TryGetValue(ConetteWeights.Unrepeatable, out var mask) ? Tensor.From(mask).ToArray<bool>() : null,
        }));
    }

    /// <summary>Whether files hold a CoNeTTE captioner: of the hub, or of the reference's trainer.</summary>
    internal static bool Recognises(ModelFiles files) =>
        files.Has(ConetteWeights.CaptionerPrefix + ConetteWeights.Classifier) || files.Has(ConetteWeights.Classifier) && ConetteWeights.AreFromTrainer(files.Tensors.Keys);

    private static Dictionary<string, StoredTensor> ReadWeights(ModelFiles files, string? encoderFile)
    {
        var isFromTrainer = ConetteWeights.AreFromTrainer(files.Tensors.Keys);
        var stored = isFromTrainer ? ConetteWeights.FromTrainer(files.Tensors) : ConetteWeights.FromHub(files.Tensors);
        if (encoderFile is not null)
        {
            foreach (var (name, tensor) in ConetteWeights.FromEncoder(ModelFiles.Open(encoderFile).Tensors))
            {
                if (name.StartsWith(ConetteWeights.EncoderPrefix, StringComparison.Ordinal))
                    stored[name] = tensor;
            }
        }
        if (!stored.Keys.Any(name => name.StartsWith(ConetteWeights.EncoderPrefix, StringComparison.Ordinal)))
        {
            throw new WeightsException(
                $"The checkpoint '{files.Weights}' holds the captioner without its audio encoder; name the encoder's weights too (--encoder, in the library ModelLoadOptions.EncoderFile; for example convnext_tiny_465mAP_BL_AC_75kit.pth).")
            { File = files.Weights };
        }
        return stored;
    }

    private static TokenizerState ReadTokenizer(string file, Checkpoint checkpoint, Dictionary<string, StoredTensor> stored, ConetteConfig config)
    {
        if (stored.TryGetValue(ConetteWeights.ExtraState, out var extra))
        {
            var bytes = new byte[extra.ByteLength];
            extra.CopyTo(bytes);
            if (PickleReader.Read(bytes) is PickleDict states && states.TryGetValue(ConetteWeights.CaptionerPrefix + ConetteWeights.TokenizerState, out var state))
                return TokenizerState.FromDictionary(Plain(state) as IDictionary ?? new Hashtable());
        }
        if (FindTokenizerState(checkpoint.Root) is { } plain)
            return TokenizerState.FromDictionary(plain);
        return config.TokenizerState is { ValueKind: JsonValueKind.Object } json
            ? TokenizerState.FromJson(json)
            : throw new WeightsException($"Neither '{file}' nor its configuration holds the tokenizer's record; fetch a checkpoint with '{ConetteWeights.ExtraState}' or a config.json with 'tokenizer_state'.") { File = file };
    }

    /// <summary>The record that a trainer's checkpoint keeps among its weights.</summary>
    private static IDictionary? FindTokenizerState(PickleValue? root)
    {
        if (root is not PickleDict dictionary)
            return null;
        foreach (var name in new[] { ConetteWeights.TokenizerState, ConetteWeights.CaptionerPrefix + ConetteWeights.TokenizerState })
        {
            if (dictionary.TryGetValue(name, out var state))
                return Plain(state) as IDictionary;
        }
        return dictionary.TryGetValue("state_dict", out var weights) ? FindTokenizerState(weights) : null;
    }

    private static object? Plain(PickleValue value) => value switch
    {
        PickleString text => text.Value,
        PickleInteger integer => (long)integer.Value,
        PickleBool flag => flag.Value,
        PickleFloat number => number.Value,
        PickleList list => list.Items.Select(Plain).ToList(),
        PickleTuple tuple => tuple.Items.Select(Plain).ToList(),
        PickleDict dictionary => PlainDictionary(dictionary),
        _ => null,
    };

    private static Dictionary<object, object?> PlainDictionary(PickleDict dictionary)
    {
        var result = new Dictionary<object, object?>();
        foreach (var (key, item) in dictionary.Items)
        {
            if (Plain(key) is { } plain)
                result[plain] = Plain(item);
        }
        return result;
    }

    /// <summary>Writes this model so that <see cref="Load(string, ModelLoadOptions?)"/> reads it: <c>config.json</c> with the tokenizer's record, and <c>model.safetensors</c>.</summary>
    /// <param name="folder">Where to; made if it does not exist.</param>
    /// <param name="storage">The element type of matrices and kernels: float32, or float16 or bfloat16 for half the size. Vectors stay float32.</param>
    public void Save(string folder, DType storage = DType.Float32)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (storage is not (DType.Float32 or DType.Float16 or DType.BFloat16))
            throw new ArgumentOutOfRangeException(nameof(storage), storage, $"Weights cannot be stored as {storage}; choose Float32, Float16 or BFloat16.");
        Directory.CreateDirectory(folder);
        using (var record = JsonDocument.Parse(Tokenizer.State.ToJson()))
            (Config with { TokenizerState = record.RootElement.Clone() }).Write(Path.Combine(folder, "config.json"));
        var entries = Weights.Entries.Select(weight => Entry(weight, storage)).ToList();
        if (_tasks.Mode != CaptionTaskMode.None)
            entries.Add(new SafetensorsEntry(ConetteWeights.TaskTokens, DType.Int64, [_taskTokens.Length], Bytes(Array.ConvertAll(_taskTokens, id => (long)id))));
        entries.Add(new SafetensorsEntry(ConetteWeights.Unrepeatable, DType.Bool, [_unrepeatable.Length], Bytes(_unrepeatable)));
        SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"), entries, new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static SafetensorsEntry Entry(Weight weight, DType storage) => SafetensorsExport.Entry(
        weight.Name, weight.Tensor, weight.Tensor.Dimensions > 1 && !weight.IsBuffer ? storage : DType.Float32);

    private static byte[] Bytes<T>(T[] values) where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();
}
