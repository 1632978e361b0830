namespace Auricle.Training.Tests;

public sealed class MetricsLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("auricle-log-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "run", "log.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static MetricsLine Line(long step, params (string, double)[] values) =>
        new(step, step / 10.0, [.. values.Select(value => KeyValuePair.Create(value.Item1, value.Item2))]);

    [Fact]
    public void Write_Lines_AreJsonObjectsOnDiskAtOnce()
    {
        using var log = MetricsLog.Open(Path);
        log.Write(Line(1, ("loss", 2.5), ("lr", 3e-4)));
        log.Write(Line(2, ("loss", double.NaN)));
        Assert.Equal("{\"step\":1,\"epoch\":0.1,\"loss\":2.5,\"lr\":0.0003}\n{\"step\":2,\"epoch\":0.2,\"loss\":\"NaN\"}\n", ReadShared());
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        using (var log = MetricsLog.Open(Path))
            log.Write(Line(7, ("loss", 1.0 / 3), ("worst", double.NegativeInfinity), ("val_spider", 0.25)));
        var line = Assert.Single(MetricsLog.Read(Path));
        Assert.Equal((7, 0.7), (line.Step, line.Epoch));
        Assert.Equal(1.0 / 3, line["loss"]);
        Assert.Equal(double.NegativeInfinity, line["worst"]);
        Assert.Null(line["none"]);
    }

    [Fact]
    public void Open_ToContinue_DropsLaterAndCutLines()
    {
        using (var log = MetricsLog.Open(Path))
        {
            for (var step = 1; step <= 4; step++)
                log.Write(Line(step, ("loss", step)));
        }
        File.AppendAllText(Path, "{\"step\":5,\"ep");
        using (var log = MetricsLog.Open(Path, keepUpTo: 2))
            log.Write(Line(3, ("loss", 30)));
        Assert.Equal([1, 2, 30], MetricsLog.Read(Path).Select(line => line["loss"]!.Value));
    }

    [Fact]
    public void Read_LineThatIsNoJson_NamesIt()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, "{\"step\":1,\"epoch\":0}\nhello\n");
        Assert.Contains("Line 2 of", Assert.Throws<TrainingException>(() => MetricsLog.Read(Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("step")]
    [InlineData("loss")]
    public void Write_NameTwice_Fails(string name)
    {
        using var log = MetricsLog.Open(Path);
        Assert.Throws<ArgumentException>(() => log.Write(Line(1, ("loss", 1), (name, 2))));
    }

    private string ReadShared()
    {
        using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
