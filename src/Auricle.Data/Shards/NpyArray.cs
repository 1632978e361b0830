using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Auricle.Data;

/// <summary>Matrices of float32 in NumPy's format, as shards hold features.</summary>
public static partial class NpyArray
{
    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8, 1, 0];

    /// <summary>The bytes of a matrix.</summary>
    /// <param name="values"><c>[rows, width]</c>, row-major.</param>
    /// <param name="width">Numbers of a row.</param>
    public static byte[] Write(ReadOnlySpan<float> values, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({values.Length / width}, {width}), }}");
        // The data begin at a multiple of 64 bytes, behind a line break.
        var length = (Magic.Length + 2 + header.Length + 1 + 63) / 64 * 64 - Magic.Length - 2;
        var bytes = new byte[Magic.Length + 2 + length + 4 * values.Length];
        Magic.CopyTo(bytes, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(Magic.Length), (ushort)length);
        Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n", bytes.AsSpan(Magic.Length + 2));
        MemoryMarshal.AsBytes(values).CopyTo(bytes.AsSpan(Magic.Length + 2 + length));
        return bytes;
    }

    /// <summary>A matrix.</summary>
    /// <param name="bytes">What <see cref="Write"/> made, or NumPy of a float32 matrix.</param>
    /// <param name="place">The file, for error messages.</param>
    /// <exception cref="DataSetException">It is no such matrix.</exception>
    public static PackedFeatures Read(ReadOnlySpan<byte> bytes, string place)
    {
        if (bytes.Length < Magic.Length + 2 || !bytes.StartsWith(Magic.AsSpan(0, 6)) || bytes[6] != 1)
            throw new DataSetException(place, $"'{place}' holds features that are no NumPy matrix; pack the set anew.");
        var start = Magic.Length + 2 + BinaryPrimitives.ReadUInt16LittleEndian(bytes[Magic.Length..]);
        var header = start <= bytes.Length ? Shape().Match(Encoding.ASCII.GetString(bytes[(Magic.Length + 2)..start])) : Match.Empty;
        if (!header.Success || !int.TryParse(header.Groups[1].ValueSpan, out var rows) || !int.TryParse(header.Groups[2].ValueSpan, out var width) || width == 0
            || bytes.Length - start != 4L * rows * width)
        {
            throw new DataSetException(place, $"'{place}' holds features that are no whole float32 matrix; pack the set anew.");
        }
        return new PackedFeatures(width, MemoryMarshal.Cast<byte, float>(bytes[start..].ToArray()).ToArray(), []);
    }

    [GeneratedRegex(@"'descr': '<f4', 'fortran_order': False, 'shape': \((\d{1,9}), (\d{1,9})\)")]
    private static partial Regex Shape();
}
