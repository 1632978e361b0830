using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using MessagePack;

namespace Auricle.Torch.Checkpoints;

/// <summary>
/// Reads what Flax (JAX) writes as one file: a tree of maps as msgpack, whose arrays are extensions that hold shape, type and bytes. Tensors are
/// views of the mapped file.
/// </summary>
internal static class FlaxFile
{
    private const string Parameters = "params";
    private const int MaxDepth = 64;

    /// <summary>Whether a file begins as msgpack with a map of names does.</summary>
    public static bool Recognises(ReadOnlySpan<byte> start)
    {
        var key = start.IsEmpty ? -1 : start[0] switch
        {
            // A map of nothing, 0x80, is how pickles begin.
            > 0x80 and <= 0x8f => 1,
            0xde => 3,
            0xdf => 5,
            _ => -1,
        };
        return key > 0 && key < start.Length && start[key] is (>= 0xa0 and <= 0xbf) or 0xd9 or 0xda or 0xdb;
    }

    /// <summary>
    /// The arrays by name: those of the topmost <c>params</c> (a training state holds an optimiser's besides), or all where there is none. Names of
    /// maps one inside the other are joined by dots.
    /// </summary>
    /// <exception cref="WeightsException">The file is damaged.</exception>
    public static Dictionary<string, StoredTensor> Read(MappedFile file)
    {
        var walk = new FlaxWalk(file);
        var reader = new MessagePackReader(MappedSequence.Of(file));
        try
        {
            walk.Visit(ref reader, "", 0);
            if (!reader.End)
                throw walk.Damaged(reader.Consumed, "more follows behind its end");
        }
        // The reader has several ways to say that there are fewer bytes than it was told.
        catch (Exception error) when (error is EndOfStreamException or MessagePackSerializationException or OverflowException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw walk.Damaged(reader.Consumed, "it breaks off or lies about a length", error);
        }
        GC.KeepAlive(file);
        return OfParameters(walk.Tensors);
    }

    private static Dictionary<string, StoredTensor> OfParameters(Dictionary<string, StoredTensor> all)
    {
        string? prefix = null;
        var depth = int.MaxValue;
        foreach (var name in all.Keys)
        {
            var parts = name.Split('.');
            var place = Array.IndexOf(parts, Parameters);
            if (place < 0 || place >= depth || place == parts.Length - 1)
                continue;
            depth = place;
            prefix = string.Join('.', parts.Take(place + 1)) + ".";
        }
        return prefix is null ? all : all.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value, StringComparer.Ordinal);
    }

    /// <summary>One way through the tree. What is no array is passed over, so that memory is spent for arrays only.</summary>
    private sealed class FlaxWalk(MappedFile file)
    {
        private const string Chunked = "__msgpack_chunked_array__";
        private const sbyte Array = 1;
        private const sbyte ArrayScalar = 3;

        // A long name above many arrays would be repeated for each of them.
        private long _budget = (64 * file.Length) + 65536;

        public Dictionary<string, StoredTensor> Tensors { get; } = new(StringComparer.Ordinal);

        public WeightsException Damaged(long place, string problem, Exception? cause = null) => CheckpointError.Create(
            file.Path, $"it is a msgpack of {file.Length} bytes, and at byte {place} {problem}; fetch it again, or save it with flax.serialization once more.", cause);

        public void Visit(ref MessagePackReader reader, string name, int depth)
        {
            _budget -= 1 + name.Length;
            if (_budget < 0)
                throw Damaged(reader.Consumed, "its maps expand to far more names than it has bytes");
            if (depth > MaxDepth)
                throw Damaged(reader.Consumed, $"its maps are nested more than {MaxDepth} deep");
            switch (reader.NextMessagePackType)
            {
                case MessagePackType.Map:
                    VisitMap(ref reader, name, depth);
                    break;
                case MessagePackType.Array:
                    var count = reader.ReadArrayHeader();
                    for (var i = 0; i < count; i++)
                        Visit(ref reader, Join(name, i.ToString(CultureInfo.InvariantCulture)), depth + 1);
                    break;
                case MessagePackType.Extension:
                    if (ReadExtension(ref reader) is { } tensor)
                        Add(name, tensor, reader.Consumed);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        private void VisitMap(ref MessagePackReader reader, string name, int depth)
        {
            var count = reader.ReadMapHeader();
            for (var i = 0; i < count; i++)
            {
                var key = ReadKey(ref reader);
                if (i == 0 && key == Chunked)
                {
                    if (reader.NextMessagePackType is MessagePackType.Map or MessagePackType.Array)
                        throw Damaged(reader.Consumed, $"'{Chunked}' is neither true nor false");
                    reader.Skip();
                    Add(name, ReadChunks(ref reader, count - 1), reader.Consumed);
                    return;
                }
                Visit(ref reader, Join(name, key), depth + 1);
            }
        }

        private string ReadKey(ref MessagePackReader reader) => reader.NextMessagePackType switch
        {
            MessagePackType.String => reader.ReadString()!,
            MessagePackType.Integer => reader.ReadInt64().ToString(CultureInfo.InvariantCulture),
            var other => throw Damaged(reader.Consumed, $"a map has a key of type {other}, where Flax writes texts"),
        };

        /// <summary>An array that was too large for one piece: its shape, and pieces of its elements in order.</summary>
        private StoredTensor ReadChunks(ref MessagePackReader reader, int entries)
        {
            long[]? shape = null;
            var chunks = new SortedDictionary<int, StoredTensor>();
            for (var i = 0; i < entries; i++)
            {
                switch (ReadKey(ref reader))
                {
                    case "shape":
                        shape = ReadShape(ref reader);
                        break;
                    case "chunks" when reader.NextMessagePackType == MessagePackType.Map:
                        var count = reader.ReadMapHeader();
                        for (var chunk = 0; chunk < count; chunk++)
                        {
                            var key = ReadKey(ref reader);
                            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var place) || reader.NextMessagePackType != MessagePackType.Extension
                                || ReadExtension(ref reader) is not { Shape.Count: 1 } tensor || !chunks.TryAdd(place, tensor))
                                throw Damaged(reader.Consumed, $"piece '{CheckpointError.Shorten(key)}' of an array is none");
                        }
                        break;
                    case var key:
                        throw Damaged(reader.Consumed, $"an array in pieces has an unknown part '{CheckpointError.Shorten(key)}'");
                }
            }
            if (shape is null || chunks.Count == 0 || chunks.Keys.Last() != chunks.Count - 1)
                throw Damaged(reader.Consumed, "an array in pieces lacks its shape or a piece");
            if (chunks.Values.Sum(chunk => chunk.ElementCount) != StoredTensor.CountElements(file.Path, shape))
                throw Damaged(reader.Consumed, $"the pieces of an array of shape [{string.Join(", ", shape)}] have {chunks.Values.Sum(chunk => chunk.ElementCount)} elements together");
            return StoredTensor.Join([.. chunks.Values]).Reshape(shape);
        }

        private StoredTensor? ReadExtension(ref MessagePackReader reader)
        {
            var header = reader.ReadExtensionFormatHeader();
            var start = reader.Consumed;
            if (header.TypeCode is not (Array or ArrayScalar))
            {
                reader.ReadRaw(header.Length);
                return null;
            }
            if (reader.ReadArrayHeader() != 3)
                throw Damaged(start, "an array has other parts than shape, type and bytes");
            var shape = ReadShape(ref reader);
            var name = reader.NextMessagePackType == MessagePackType.Binary
                ? System.Text.Encoding.UTF8.GetString(reader.ReadBytes()!.Value.ToArray())
                : reader.ReadString() ?? "";
            var type = ElementType.FromTorch(name) ?? new ElementType(name, 0, null);
            var length = reader.ReadBytes()?.Length ?? 0;
            if (reader.Consumed != start + header.Length)
                throw Damaged(start, $"an array claims {header.Length} bytes but takes {reader.Consumed - start}");
            var count = StoredTensor.CountElements(file.Path, shape);
            if (type.Size > 0 && (Int128)count * type.Size != length)
                throw Damaged(start, $"an array of shape [{string.Join(", ", shape)}] and type {type.Name} has {length} bytes");
            return StoredTensor.Create(file.Path, type, shape, null, 0, new TensorStorage(file, reader.Consumed - length, length));
        }

        /// <summary>Sizes, as a list or as a map from numbers that Flax makes of tuples.</summary>
        private long[] ReadShape(ref MessagePackReader reader)
        {
            var isMap = reader.NextMessagePackType == MessagePackType.Map;
            var rank = isMap ? reader.ReadMapHeader() : reader.ReadArrayHeader();
            if (rank > StoredTensor.MaxRank)
                throw Damaged(reader.Consumed, $"an array has {rank} dimensions, more than {StoredTensor.MaxRank}");
            var shape = new long[rank];
            for (var i = 0; i < rank; i++)
            {
                if (isMap && ReadKey(ref reader) != i.ToString(CultureInfo.InvariantCulture))
                    throw Damaged(reader.Consumed, "the sizes of an array are out of order");
                shape[i] = reader.ReadInt64();
            }
            return shape;
        }

        private void Add(string name, StoredTensor tensor, long place)
        {
            if (!Tensors.TryAdd(name, tensor))
                throw Damaged(place, $"two arrays have the name '{CheckpointError.Shorten(name)}'");
        }

        private static string Join(string name, string part) => name.Length == 0 ? part : $"{name}.{part}";
    }

    /// <summary>A mapped file as the reader takes it: pieces of memory one behind the other, since one ends at 2 GiB.</summary>
    private sealed class MappedSequence : ReadOnlySequenceSegment<byte>
    {
        private const int PieceLength = 1 << 30;

        private MappedSequence(MappedFile file, long offset)
        {
            RunningIndex = offset;
            Memory = new Piece(file, offset, (int)Math.Min(PieceLength, file.Length - offset)).Memory;
        }

        public static ReadOnlySequence<byte> Of(MappedFile file)
        {
            var first = new MappedSequence(file, 0);
            var last = first;
            for (long offset = PieceLength; offset < file.Length; offset += PieceLength)
            {
                var next = new MappedSequence(file, offset);
                last.Next = next;
                last = next;
            }
            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }

        private sealed unsafe class Piece(MappedFile file, long offset, int length) : MemoryManager<byte>
        {
            public override Span<byte> GetSpan() => MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(file.Span(offset, length)), length);

            public override MemoryHandle Pin(int elementIndex = 0) => new((void*)(file.Address(offset) + elementIndex), default, this);

            public override void Unpin()
            {
                // The pages stay where they are.
            }

            protected override void Dispose(bool disposing)
            {
                // The mapping closes itself.
            }
        }
    }
}
