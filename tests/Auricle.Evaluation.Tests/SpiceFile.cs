using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Auricle.Evaluation.Tests;

/// <summary>Takes parser files apart to make hostile ones.</summary>
internal static class SpiceFile
{
    private const int MagicLength = 8;

    /// <summary>Rewrites the JSON header of a parser's file.</summary>
    public static void EditHeader(string path, Func<string, string> edit)
    {
        var bytes = File.ReadAllBytes(path);
        using var content = new MemoryStream();
        using (var compressed = new BrotliStream(new MemoryStream(bytes[MagicLength..]), CompressionMode.Decompress))
            compressed.CopyTo(content);
        var all = content.ToArray();
        var length = BinaryPrimitives.ReadInt32LittleEndian(all);
        var header = Encoding.UTF8.GetBytes(edit(Encoding.UTF8.GetString(all, 4, length)));
        using var file = File.Create(path);
        file.Write(bytes.AsSpan(0, MagicLength));
        using var target = new BrotliStream(file, CompressionLevel.Fastest);
        target.Write(BitConverter.GetBytes(header.Length));
        target.Write(header);
        target.Write(all.AsSpan(4 + length));
    }
}
