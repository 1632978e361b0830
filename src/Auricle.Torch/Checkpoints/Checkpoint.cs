using System.Buffers.Binary;
using System.Globalization;

namespace Auricle.Torch.Checkpoints;

/// <summary>A checkpoint file of any supported kind, recognised by its content.</summary>
public sealed class Checkpoint
{
    private static readonly string[] StateNames = ["state_dict", "model", "model_state_dict"];

    private Checkpoint(IReadOnlyDictionary<string, StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata, PickleValue? root)
    {
        Tensors = tensors;
        Metadata = metadata;
        Root = root;
    }

    /// <summary>
    /// The weights by name. Of a pickle they are those under <c>state_dict</c>, else <c>model</c>, else
    /// <c>model_state_dict</c>, else the root itself; of a Flax file those under the topmost <c>params</c>, else all. Nested containers give dotted
    /// names, and what is no tensor is left out.
    /// </summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The texts stored in a safetensors file or index; empty for other files.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The whole saved object of a pickle; <see langword="null"/> for other files.</summary>
    public PickleValue? Root { get; }

    /// <summary>
    /// Opens safetensors, a sharded index, a file of <c>torch.save</c> (also Lightning's), a plain pickle, or a Flax file of msgpack. The tensors
    /// stay in the mapped file; nothing has to be closed.
    /// </summary>
    /// <exception cref="WeightsException">The file cannot be read, is damaged, or is of another kind.</exception>
    public static Checkpoint Open(string path) => Open(path, isPart: false);

    /// <param name="path">The file.</param>
    /// <param name="isPart">Whether an index named it; then it cannot be an index itself, or reading would never end.</param>
    private static Checkpoint Open(string path, bool isPart)
    {
        var file = MappedFile.Open(path);
        var start = file.Rest(0);
        start = start[..Math.Min(start.Length, 256)];
        var text = start.TrimStart(" \t\r\n\uFEFF"u8);
        Checkpoint result;
        if (IsSafetensors(start, file.Length))
            result = new Checkpoint(SafetensorsFile.Read(file, out var metadata), metadata, null);
        else if (start.StartsWith(TorchFile.ZipMagic) || start.StartsWith(TorchFile.LegacyMagic))
            result = FromPickle(TorchFile.Read(file), file);
        else if (start[0] == 0x80)
            result = FromPickle(PickleReader.Read(file.Rest(0), path, null, out _), file);
        else if (FlaxFile.Recognises(start))
            result = new Checkpoint(FlaxFile.Read(file), new Dictionary<string, string>(), null);
        else if (text.StartsWith("{"u8) && !isPart)
            result = new Checkpoint(SafetensorsFile.ReadSharded(path, part => Open(part, isPart: true).Tensors, out var texts), texts, null);
        else if (text.StartsWith("<"u8))
            throw CheckpointError.Create(path, "it is a web page, not the file behind it; fetch it from the link for the raw file.");
        else if (text.StartsWith("version https://git-lfs"u8))
            throw CheckpointError.Create(path, "it is a Git LFS pointer, not the file itself; run 'git lfs pull'.");
        else
            throw CheckpointError.Create(path, $"its first bytes, {Convert.ToHexString(start[..Math.Min(start.Length, 8)])}, are those of no known checkpoint; it may be cut short, so fetch it again.");
        GC.KeepAlive(file);
        return result;
    }

    private static bool IsSafetensors(ReadOnlySpan<byte> start, long length) =>
        start.Length > 8 && start[8] == (byte)'{' && BinaryPrimitives.ReadInt64LittleEndian(start) is > 0 and < int.MaxValue && length > 8;

    private static Checkpoint FromPickle(PickleValue root, MappedFile file)
    {
        foreach (var name in StateNames)
        {
            if (ItemsOf(root)?.TryGetValue(name, out var state) == true && Flatten(state, file) is { Count: > 0 } nested)
                return new Checkpoint(nested, new Dictionary<string, string>(), root);
        }
        return new Checkpoint(Flatten(root, file), new Dictionary<string, string>(), root);
    }

    private static PickleDict? ItemsOf(PickleValue value) => value as PickleDict ?? (value as PickleObject)?.Items;

    private static Dictionary<string, StoredTensor> Flatten(PickleValue root, MappedFile file)
    {
        var walk = new StateWalk(file);
        walk.Visit(root, "");
        return walk.Tensors;
    }

    /// <summary>Names the tensors of nested containers.</summary>
    private sealed class StateWalk(MappedFile file)
    {
        private readonly HashSet<PickleValue> _path = [];

        // Containers may share parts, so that a small file could spell very many or very long names.
        private long _budget = (64 * file.Length) + 65536;

        public Dictionary<string, StoredTensor> Tensors { get; } = [];

        public void Visit(PickleValue value, string name)
        {
            _budget -= 1 + name.Length;
            if (_budget < 0)
                throw CheckpointError.Create(file.Path, "its containers expand to far more names than it has bytes; the file is hostile.");
            if (value is PickleTensor tensor)
            {
                if (!Tensors.TryAdd(name, tensor.Tensor))
                    throw CheckpointError.Create(file.Path, $"two tensors have the name '{CheckpointError.Shorten(name)}'; the file is damaged.");
                return;
            }
            if (value is not (PickleDict or PickleObject or PickleList or PickleTuple) || !_path.Add(value))
                return;
            if (_path.Count > PickleReader.MaxDepth)
                throw CheckpointError.Create(file.Path, $"its containers are nested more than {PickleReader.MaxDepth} deep; the file is hostile.");
            var prefix = name.Length == 0 ? "" : name + ".";
            foreach (var (key, item) in ItemsOf(value)?.Items ?? [])
            {
                if (key is PickleString or PickleInteger)
                    Visit(item, prefix + key);
            }
            var elements = (value as PickleList)?.Items ?? (value as PickleTuple)?.Items ?? [];
            for (var i = 0; i < elements.Count; i++)
                Visit(elements[i], prefix + i.ToString(CultureInfo.InvariantCulture));
            _path.Remove(value);
        }
    }
}

/// <summary>Words the errors of this folder in one way.</summary>
internal static class CheckpointError
{
    /// <param name="file">The file, or <see langword="null"/> where the bytes came from memory.</param>
    /// <param name="sentence">What is wrong, with values and remedy; it continues the sentence "Cannot read …:".</param>
    /// <param name="innerException">The cause, where another library reported it.</param>
    public static WeightsException Create(string? file, string sentence, Exception? innerException = null) =>
        new($"Cannot read {(file is null ? "the pickle" : $"checkpoint '{file}'")}: {sentence}", innerException) { File = file };

    /// <summary>Keeps a foreign, possibly hostile name short enough for a message.</summary>
    public static string Shorten(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");
}
