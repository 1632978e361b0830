using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Auricle.Testing;

/// <summary>A float32 tensor to save.</summary>
/// <param name="Name">Its name, dots included.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Its values, row-major.</param>
public sealed record TorchEntry(string Name, long[] Shape, float[] Values);

/// <summary>Writes files as <c>torch.save</c> does, so that tests can lay out published checkpoints.</summary>
public static class TorchZip
{
    /// <summary>Writes a map of texts and numbers with a map of tensors in it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fields">Texts, numbers, truth values and maps of these in the outer map.</param>
    /// <param name="stateName">The name of the inner map; <see langword="null"/> where the tensors are the outer map itself.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="isPair">Whether the map is the first of a pair, whose second is an empty one: an optimiser's state in place of which nothing is kept.</param>
    public static void Write(string path, IReadOnlyDictionary<string, object> fields, string? stateName, IReadOnlyList<TorchEntry> tensors, bool isPair = false)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        var pickle = new PickleText();
        if (isPair)
            pickle.BeginTuple();
        pickle.BeginMap();
        foreach (var (name, value) in fields)
        {
            pickle.Text(name);
            pickle.Value(value);
        }
        if (stateName is not null)
        {
            pickle.Text(stateName);
            pickle.BeginMap();
        }
        for (var i = 0; i < tensors.Count; i++)
        {
            pickle.Text(tensors[i].Name);
            pickle.Tensor(i, tensors[i]);
        }
        if (stateName is not null)
            pickle.EndMap();
        pickle.EndMap();
        if (isPair)
        {
            pickle.BeginMap();
            pickle.EndMap();
            pickle.EndTuple();
        }
        Add(archive, "data.pkl", pickle.Finish());
        for (var i = 0; i < tensors.Count; i++)
            Add(archive, $"data/{i}", MemoryMarshal.AsBytes<float>(tensors[i].Values));
        Add(archive, "version", "3\n"u8);
    }

    private static void Add(ZipArchive archive, string name, ReadOnlySpan<byte> bytes)
    {
        using var stream = archive.CreateEntry("archive/" + name, CompressionLevel.NoCompression).Open();
        stream.Write(bytes);
    }

    /// <summary>The few instructions of pickle protocol 2 that such a file needs.</summary>
    private sealed class PickleText
    {
        private readonly List<byte> _code = [0x80, 2];

        public void BeginTuple() => _code.Add((byte)'(');

        public void EndTuple() => _code.Add((byte)'t');

        public void BeginMap() => _code.AddRange("}("u8);

        public void EndMap() => _code.Add((byte)'u');

        public void Text(string text)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            _code.Add((byte)'X');
            _code.AddRange(BitConverter.GetBytes(utf8.Length));
            _code.AddRange(utf8);
        }

        public void Number(int value)
        {
            _code.Add((byte)'J');
            _code.AddRange(BitConverter.GetBytes(value));
        }

        public void Value(object value)
        {
            switch (value)
            {
                case string text:
                    Text(text);
                    break;
                case int number:
                    Number(number);
                    break;
                case double number:
                    _code.Add((byte)'G');
                    var bytes = BitConverter.GetBytes(number);
                    Array.Reverse(bytes);
                    _code.AddRange(bytes);
                    break;
                case bool flag:
                    _code.Add(flag ? (byte)0x88 : (byte)0x89);
                    break;
                default:
                    BeginMap();
                    foreach (var (name, inner) in (IReadOnlyDictionary<string, object>)value)
                    {
                        Text(name);
                        Value(inner);
                    }
                    EndMap();
                    break;
            }
        }

        public void Tensor(int key, TorchEntry entry)
        {
            _code.AddRange("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
            Text("storage");
            _code.AddRange("ctorch\nFloatStorage\n"u8);
            Text(key.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Text("cpu");
            Number(entry.Values.Length);
            _code.AddRange("tQ"u8);
            Number(0);
            Tuple(entry.Shape);
            var strides = new long[entry.Shape.Length];
            var stride = 1L;
            for (var i = strides.Length - 1; i >= 0; i--)
            {
                strides[i] = stride;
                stride *= entry.Shape[i];
            }
            Tuple(strides);
            _code.Add(0x89); // False
            _code.AddRange("ccollections\nOrderedDict\n)RtR"u8);
        }

        public byte[] Finish()
        {
            _code.Add((byte)'.');
            return [.. _code];
        }

        private void Tuple(long[] values)
        {
            _code.Add((byte)'(');
            foreach (var value in values)
                Number((int)value);
            _code.Add((byte)'t');
        }
    }
}
