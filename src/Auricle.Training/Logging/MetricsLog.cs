using System.Buffers;
using System.Text.Json;

namespace Auricle.Training;

/// <summary>
/// The log of a run as JSON lines: one object a line with <c>step</c>, <c>epoch</c> and the measurements, on the disk as
/// soon as it is written. What JSON has no number for is written as <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>.
/// </summary>
public sealed class MetricsLog : IDisposable
{
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _buffer = new();

    private MetricsLog(FileStream file) => _file = file;

    /// <summary>Opens a log to append to; the file is created where missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keepUpTo">
    /// The step a run continues from: later lines, and a last line that a crash cut short, are dropped first.
    /// <see langword="null"/> keeps every line.
    /// </param>
    public static MetricsLog Open(string path, long? keepUpTo = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (keepUpTo is { } last && File.Exists(path))
        {
            var kept = Read(path).Where(line => line.Step <= last).ToList();
            AtomicFile.Write(path, stream =>
            {
                var buffer = new ArrayBufferWriter<byte>();
                foreach (var line in kept)
                    Format(line, buffer);
                stream.Write(buffer.WrittenSpan);
            });
        }
        return new MetricsLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read));
    }

    /// <summary>Appends a line.</summary>
    /// <exception cref="ArgumentException">Two measurements have one name, or one is called <c>step</c> or <c>epoch</c>.</exception>
    public void Write(MetricsLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var names = new HashSet<string> { "step", "epoch" };
        foreach (var (name, _) in line.Values)
        {
            if (!names.Add(name))
                throw new ArgumentException($"The log line of step {line.Step} has '{name}' twice; give every measurement its own name.", nameof(line));
        }
        _buffer.ResetWrittenCount();
        Format(line, _buffer);
        _file.Write(_buffer.WrittenSpan);
        _file.Flush();
    }

    /// <summary>Reads a log; a last line that is incomplete is left out.</summary>
    /// <exception cref="TrainingException">Another line is no JSON object with a step.</exception>
    public static IReadOnlyList<MetricsLine> Read(string path)
    {
        var text = File.ReadAllText(path);
        var lines = text.Split('\n');
        var parsed = new List<MetricsLine>(lines.Length);
        for (var i = 0; i < lines.Length - 1; i++)
        {
            try
            {
                parsed.Add(Parse(lines[i]));
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                throw new TrainingException($"Line {i + 1} of '{path}' is no log line: {error.Message.TrimEnd('.')}; remove the line.", innerException: error);
            }
        }
        return parsed;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static void Format(MetricsLine line, ArrayBufferWriter<byte> buffer)
    {
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", line.Step);
            Number("epoch", line.Epoch);
            foreach (var (name, value) in line.Values)
                Number(name, value);
            json.WriteEndObject();

            void Number(string name, double value)
            {
                if (double.IsFinite(value))
                    json.WriteNumber(name, value);
                else
                    json.WriteString(name, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
            }
        }
        buffer.Write("\n"u8);
    }

    private static MetricsLine Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        var values = new List<KeyValuePair<string, double>>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name is not ("step" or "epoch"))
                values.Add(KeyValuePair.Create(property.Name, Number(property.Value)));
        }
        return new MetricsLine(root.GetProperty("step").GetInt64(), Number(root.GetProperty("epoch")), values);

        static double Number(JsonElement value) => value.ValueKind != JsonValueKind.String ? value.GetDouble() : value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text => throw new FormatException($"'{text}' is no number"),
        };
    }
}
