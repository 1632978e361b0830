using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace Auricle.Torch.Checkpoints;

/// <summary>The opcodes that push numbers, texts and bytes.</summary>
internal ref partial struct PickleMachine
{
    // Turning digits into a number takes more than linear time; Python has the same bound.
    private const int MaxDigits = 4300;
    private const int MaxIntegerBytes = 4096;

    private bool RunValue(byte opcode)
    {
        PickleValue? value = opcode switch
        {
            (byte)'N' => PickleNone.Instance,
            0x88 => PickleBool.Of(true),
            0x89 => PickleBool.Of(false),
            (byte)'K' => PickleInteger.Of(ReadByte()),
            (byte)'M' => PickleInteger.Of(BinaryPrimitives.ReadUInt16LittleEndian(ReadBytes(2))),
            (byte)'J' => PickleInteger.Of(BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(4))),
            0x8a => ReadLong(1),
            0x8b => ReadLong(4),
            (byte)'I' => ReadDecimal(),
            (byte)'L' => ReadDecimal(),
            (byte)'G' => new PickleFloat(BinaryPrimitives.ReadDoubleBigEndian(ReadBytes(8))),
            (byte)'F' => ReadFloatText(),
            (byte)'X' => new PickleString(ReadText(ReadBlock(4))),
            0x8c => new PickleString(ReadText(ReadBlock(1))),
            0x8d => new PickleString(ReadText(ReadBlock(8))),
            (byte)'V' => new PickleString(ReadRawUnicode()),
            (byte)'B' => new PickleBytes(ReadBlock(4).ToArray()),
            (byte)'C' => new PickleBytes(ReadBlock(1).ToArray()),
            0x8e or 0x96 => new PickleBytes(ReadBlock(8).ToArray()),
            (byte)'T' => FromOldString(ReadBlock(4)),
            (byte)'U' => FromOldString(ReadBlock(1)),
            (byte)'S' => FromOldString(ReadQuoted()),
            _ => null,
        };
        if (value is not null)
            Push(value);
        return value is not null;
    }

    private byte ReadByte() => ReadBytes(1)[0];

    private ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count > _data.Length - _position)
            throw Truncated();
        var bytes = _data.Slice(_position, count);
        _position += count;
        return bytes;
    }

    private long ReadLength(int width)
    {
        var bytes = ReadBytes(width);
        return width switch
        {
            1 => bytes[0],
            4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => Math.Max(BinaryPrimitives.ReadInt64LittleEndian(bytes), -1) is >= 0 and var length ? length : throw Truncated(),
        };
    }

    private ReadOnlySpan<byte> ReadBlock(int width)
    {
        var length = ReadLength(width);
        return length > _data.Length - _position ? throw Truncated() : ReadBytes((int)length);
    }

    private ReadOnlySpan<byte> ReadLine()
    {
        var length = _data[_position..].IndexOf((byte)'\n');
        if (length < 0)
            throw Truncated();
        var line = ReadBytes(length);
        _position++;
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    private readonly string ReadText(ReadOnlySpan<byte> utf8) => Utf8.IsValid(utf8)
        ? Encoding.UTF8.GetString(utf8)
        : throw Error($"a text before byte {_position} is not valid UTF-8; the file is damaged.");

    private PickleInteger ReadLong(int width)
    {
        var bytes = ReadBlock(width);
        return bytes.Length <= MaxIntegerBytes
            ? PickleInteger.Of(new BigInteger(bytes))
            : throw Error($"an integer takes {bytes.Length} bytes, more than {MaxIntegerBytes}; the file is damaged.");
    }

    private PickleValue ReadDecimal()
    {
        var line = ReadLine();
        // Protocol 0 and 1 write truth values as integers with a leading zero.
        if (line.SequenceEqual("01"u8) || line.SequenceEqual("00"u8))
            return PickleBool.Of(line[1] == (byte)'1');
        if (line.EndsWith("L"u8))
            line = line[..^1];
        return line.Length <= MaxDigits
            && BigInteger.TryParse(Encoding.Latin1.GetString(line), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                ? PickleInteger.Of(value)
                : throw Error($"the line before byte {_position} is no integer; the file is damaged.");
    }

    private PickleFloat ReadFloatText()
    {
        var line = ReadLine();
        var text = line.Length <= 400 ? Encoding.Latin1.GetString(line) : "";
        double? value = text switch
        {
            "nan" => double.NaN,
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        };
        return new PickleFloat(value ?? throw Error($"the line before byte {_position} is no number; the file is damaged."));
    }

    private long ReadIndex() => ReadLine() is { Length: <= 18 } line
        && long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw Error($"the line before byte {_position} is no memo index; the file is damaged.");

    // Python 2 did not tell texts from bytes.
    private static PickleValue FromOldString(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? new PickleString(Encoding.UTF8.GetString(bytes)) : new PickleBytes(bytes.ToArray());

    private ReadOnlySpan<byte> ReadQuoted()
    {
        var line = ReadLine();
        if (line.Length < 2 || line[0] != line[^1] || line[0] is not ((byte)'\'' or (byte)'"'))
            throw Error($"the text before byte {_position} has no quotes; the file is damaged.");
        line = line[1..^1];
        return line.Contains((byte)'\\') ? Unescape(line, unicodeOnly: false, out _) : line;
    }

    private string ReadRawUnicode()
    {
        var line = ReadLine();
        Unescape(line, unicodeOnly: true, out var text);
        return text;
    }

    /// <summary>Resolves backslash escapes: of a byte string, or only the <c>\u</c> ones of a raw unicode text.</summary>
    private readonly byte[] Unescape(ReadOnlySpan<byte> line, bool unicodeOnly, out string text)
    {
        var result = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] != (byte)'\\' || i + 1 == line.Length)
            {
                result.Append((char)line[i]);
                continue;
            }
            var kind = (char)line[i + 1];
            var digits = kind switch { 'u' when unicodeOnly => 4, 'U' when unicodeOnly => 8, 'x' when !unicodeOnly => 2, _ => 0 };
            if (digits > 0)
            {
                if (i + 2 + digits > line.Length
                    || !uint.TryParse(line.Slice(i + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                    || code > 0x10FFFF)
                {
                    throw Error($"the text before byte {_position} has a damaged escape; fetch the file again.");
                }
                result.Append(code < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32((int)code));
                i += 1 + digits;
                continue;
            }
            if (unicodeOnly)
            {
                result.Append('\\');
                continue;
            }
            result.Append(kind switch { 'n' => '\n', 'r' => '\r', 't' => '\t', _ => kind });
            i++;
        }
        text = result.ToString();
        return unicodeOnly ? [] : Encoding.Latin1.GetBytes(text);
    }
}
