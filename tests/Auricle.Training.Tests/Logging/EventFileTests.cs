using System.Text;

namespace Auricle.Training.Tests;

public sealed class EventFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-events-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void MaskedChecksum_KnownText_UnmasksToItsCrc()
    {
        var unmasked = EventFile.MaskedChecksum("123456789"u8) - 0xA282EAD8;
        Assert.Equal(0xE3069283, (unmasked >> 17) | (unmasked << 15)); // the check value of CRC-32C (RFC 3720)
    }

    [Fact]
    public void Write_Scalars_ReadBackByTheFormatsOwnRules()
    {
        string path;
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        using (var events = EventFile.Create(_folder))
        {
            path = events.FilePath;
            events.Write(3, [new("loss", 2.5), new("val/spider", 0.125)]);
            events.Write(long.MaxValue, [new("loss", double.NaN)]);
        }

        var records = Records(File.ReadAllBytes(path));
        Assert.Equal(3, records.Count);
        Assert.Equal("brain.Event:2", Encoding.UTF8.GetString((byte[])Fields(records[0])[3].Single()));
        foreach (var record in records)
            Assert.InRange(BitConverter.ToDouble((byte[])Fields(record)[1].Single()), before, before + 600);

        var first = Fields(records[1]);
        Assert.Equal(3UL, first[2].Single());
        var values = Fields((byte[])first[5].Single())[1].Select(value => Fields((byte[])value)).ToList();
        Assert.Equal(["loss", "val/spider"], values.Select(value => Encoding.UTF8.GetString((byte[])value[1].Single())));
        Assert.Equal([2.5f, 0.125f], values.Select(value => BitConverter.ToSingle((byte[])value[2].Single())));
        Assert.Equal((ulong)long.MaxValue, Fields(records[2])[2].Single());
    }

    [Fact]
    public void Create_TwiceInOneSecond_GivesTwoFiles()
    {
        using var one = EventFile.Create(_folder);
        using var other = EventFile.Create(_folder);
        Assert.NotEqual(one.FilePath, other.FilePath);
        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(one.FilePath), StringComparison.Ordinal);
    }

    // An independent reading: bit by bit for the checksum, byte by byte for the messages.
    private static List<byte[]> Records(byte[] file)
    {
        var records = new List<byte[]>();
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BitConverter.ToUInt64(file, at);
            Assert.Equal(Masked(file.AsSpan(at, 8)), BitConverter.ToUInt32(file, at + 8));
            records.Add(file[(at + 12)..(at + 12 + length)]);
            Assert.Equal(Masked(records[^1]), BitConverter.ToUInt32(file, at + 12 + length));
            at += 16 + length;
        }
        return records;
    }

    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFF;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }

    private static Dictionary<int, List<object>> Fields(byte[] message)
    {
        var fields = new Dictionary<int, List<object>>();
        var at = 0;
        while (at < message.Length)
        {
            var tag = (int)Varint();
            object value = (tag & 7) switch
            {
                0 => Varint(),
                1 => Bytes(8),
                2 => Bytes((int)Varint()),
                5 => Bytes(4),
                var type => throw new InvalidDataException($"wire type {type}"),
            };
            if (!fields.TryGetValue(tag >> 3, out var list))
                fields[tag >> 3] = list = [];
            list.Add(value);
        }
        return fields;

        byte[] Bytes(int count) => message[at..(at += count)];
        ulong Varint()
        {
            var (value, shift) = (0UL, 0);
            byte next;
            do
            {
                next = message[at++];
                value |= (ulong)(next & 0x7F) << shift;
                shift += 7;
            }
            while (next > 0x7F);
            return value;
        }
    }
}
