using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Google.Protobuf;

namespace Auricle.Training;

/// <summary>
/// Scalars in TensorBoard's format: records of TensorFlow's TFRecord framing, each an <c>Event</c> message
/// (<c>tensorflow/core/util/event.proto</c>) with a <c>Summary</c> (<c>summary.proto</c>).
/// </summary>
public sealed class EventFile : IDisposable
{
    private const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5; // fields of Event
    private const int SummaryValue = 1; // field of Summary
    private const int Tag = 1, SimpleValue = 2; // fields of Summary.Value
    private readonly FileStream _file;

    private EventFile(FileStream file) => _file = file;

    /// <summary>The file that is written.</summary>
    public string FilePath => _file.Name;

    /// <summary>Starts a new event file in a folder, under a name that TensorBoard looks for and reads in order of time.</summary>
    public static EventFile Create(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        var start = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        FileStream? file = null;
        for (var number = 0; file is null; number++)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture,
                $"events.out.tfevents.{start:d10}.{Environment.MachineName}.{Environment.ProcessId}.{number}"));
            if (!File.Exists(path))
                file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        }
        var events = new EventFile(file);
        events.WriteRecord(message =>
        {
            message.WriteTag(FileVersion, WireFormat.WireType.LengthDelimited);
            message.WriteString("brain.Event:2");
        });
        return events;
    }

    /// <summary>Writes the scalars of one step, as one event, and hands them to the disk.</summary>
    public void Write(long step, IReadOnlyList<KeyValuePair<string, double>> scalars)
    {
        ArgumentNullException.ThrowIfNull(scalars);
        var summary = Message(message =>
        {
            foreach (var (tag, scalar) in scalars)
            {
                message.WriteTag(SummaryValue, WireFormat.WireType.LengthDelimited);
                message.WriteBytes(Message(value =>
                {
                    value.WriteTag(Tag, WireFormat.WireType.LengthDelimited);
                    value.WriteString(tag);
                    value.WriteTag(SimpleValue, WireFormat.WireType.Fixed32);
                    value.WriteFloat((float)scalar);
                }));
            }
        });
        WriteRecord(message =>
        {
            message.WriteTag(Step, WireFormat.WireType.Varint);
            message.WriteInt64(step);
            message.WriteTag(Summary, WireFormat.WireType.LengthDelimited);
            message.WriteBytes(summary);
        });
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>The CRC-32C of some bytes, masked as TFRecord wants it, since a CRC over bytes that hold their own CRC is weak.</summary>
    internal static uint MaskedChecksum(ReadOnlySpan<byte> bytes)
    {
        const uint MaskDelta = 0xA282EAD8;
        var crc = uint.MaxValue;
        foreach (var value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + MaskDelta;
    }

    private void WriteRecord(Action<CodedOutputStream> write)
    {
        var data = Message(message =>
        {
            message.WriteTag(WallTime, WireFormat.WireType.Fixed64);
            message.WriteDouble((DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds);
            write(message);
        }).Span;

        // length, its checksum, the data, its checksum
        var record = new byte[sizeof(ulong) + sizeof(uint) + data.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedChecksum(record.AsSpan(0, 8)));
        data.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), MaskedChecksum(data));
        _file.Write(record);
        _file.Flush();
    }

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var message = new CodedOutputStream(buffer, leaveOpen: true))
            write(message);
        return ByteString.CopyFrom(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }
}
