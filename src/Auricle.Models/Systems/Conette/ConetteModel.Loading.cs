using System.Collections;
using System.Runtime.InteropServices;
using System.Text.Json;
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
    /// <see cref="ConetteLoadOptions.EncoderFile"/> and takes its configuration from a <c>config.json</c> beside it if there is one.
    /// </param>
    /// <param name="options">How to load it.</param>
    /// <exception cref="FileNotFoundException">The folder lacks a file.</exception>
    /// <exception cref="ConetteConfigException">The configuration makes no sense.</exception>
    /// <exception cref="WeightsException">The weights cannot be read or do not fit the configuration.</exception>
    /// <exception cref="TokenizerStateException">The tokenizer's record is damaged.</exception>
    public static ConetteModel Load(string path, ConetteLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ConetteLoadOptions();
        var file = ModelFolder.FindWeights(path);
        var configFile = Directory.Exists(path)
            ? ModelFolder.FindConfig(path)
            : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, ModelFolder.ConfigFile);
        var config = File.Exists(configFile) ? ConetteConfig.Read(configFile) : new ConetteConfig();

        var checkpoint = Checkpoint.Open(file);
        var stored = ReadWeights(file, checkpoint, options.EncoderFile);
        var tokenizer = new CaptionTokenizer(ReadTokenizer(file, checkpoint, stored, config));
        using var scope = TensorScope.Begin();
        var store = WeightStore.Load(stored, file, options.IsTrainable, options.Device);
        try
        {
            var model = new ConetteModel(config, tokenizer, store, new ConetteParts
            {
                ComputeType = PrecisionSupport.Resolve(options.Precision, options.Device),
                MelFilters = stored.TryGetValue(ConetteWeights.MelFilters, out var filters) ? Tensor.From(filters).To(DType.Float32) : null,
                TaskTokens = stored.TryGetValue(ConetteWeights.TaskTokens, out var tokens) ? Array.ConvertAll(Tensor.From(tokens).ToArray<long>(), id => (int)id) : null,
                Unrepeatable = stored.TryGetValue(ConetteWeights.Unrepeatable, out var mask) ? Tensor.From(mask).ToArray<bool>() : null,
            });
            store.ThrowIfMismatched(ConetteWeights.IsExpected);
            return model;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private static Dictionary<string, StoredTensor> ReadWeights(string file, Checkpoint checkpoint, string? encoderFile)
    {
        var isFromTrainer = ConetteWeights.AreFromTrainer(checkpoint.Tensors.Keys);
        var stored = isFromTrainer ? ConetteWeights.FromTrainer(checkpoint.Tensors) : ConetteWeights.FromHub(checkpoint.Tensors);
        if (encoderFile is not null)
        {
            foreach (var (name, tensor) in ConetteWeights.FromEncoder(Checkpoint.Open(encoderFile).Tensors))
            {
                if (name.StartsWith(ConetteWeights.EncoderPrefix, StringComparison.Ordinal))
                    stored[name] = tensor;
            }
        }
        if (!stored.Keys.Any(name => name.StartsWith(ConetteWeights.EncoderPrefix, StringComparison.Ordinal)))
        {
            throw new WeightsException(
                $"The checkpoint '{file}' holds the captioner without its audio encoder; name the encoder's weights too (ConetteLoadOptions.EncoderFile, for example convnext_tiny_465mAP_BL_AC_75kit.pth).")
            { File = file };
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

    /// <summary>Writes this model so that <see cref="Load"/> reads it: <c>config.json</c> with the tokenizer's record, and <c>model.safetensors</c>.</summary>
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
