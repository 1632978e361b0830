using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Auricle.Audio;
using Auricle.Models;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class EmbedTests
{
    [Fact]
    public async Task Embed_EveryFormat_HoldsTheSameVectors()
    {
        using var folder = new TestFolder();
        string[] files = [folder.Noise("=a.wav", seed: 1), folder.Noise("b.wav", 2, seed: 2)];
        using var embedder = SoundEmbedder.Load(TestModel.Folder);
        var expected = files.SelectMany(file => embedder.EmbedFile(file).Vector).ToArray();
        foreach (var format in (string[])["npy", "jsonl", "csv", "parquet"])
        {
            var output = folder.At($"out.{format}");
            var run = await Embed([.. files, "-o", output]);
            Assert.Equal((0, "2 embedded, 0 failed, 0 left out."), (run.Code, run.ErrorLines.Single()));
            var (names, numbers) = format switch
            {
                "npy" => ReadNpy(output, embedder.Width),
                "jsonl" => ReadJson(output),
                "csv" => ReadCsv(output),
                _ => await ReadParquet(output, embedder.Width),
            };
            Assert.Equal(files, names);
            Assert.Equal(expected.Length, numbers.Length);
            Assert.All(expected.Zip(numbers), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        }
        Assert.Equal(["=a.wav", "b.wav", "out.csv", "out.json", "out.jsonl", "out.npy", "out.parquet"], Directory.EnumerateFiles(folder.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Embed_Frames_HaveTheirTimes()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("a.wav", 3);
        using var embedder = SoundEmbedder.Load(TestModel.Folder);
        var expected = embedder.EmbedFrames(AudioFile.Load(file, 32000)).Frames;
        Assert.True(expected.Times.Length > 1);
        Assert.All(Enumerable.Range(0, expected.Times.Length), i => Assert.Equal(1, Length(expected.At(i)), 1e-5));
        foreach (var format in (string[])["npy", "parquet", "csv"])
            Assert.Equal(0, (await Embed(file, "--frames", "-o", folder.At($"out.{format}"))).Code);
        var rows = JsonDocument.Parse(File.ReadAllBytes(folder.At("out.json"))).RootElement.GetProperty("rows");
        Assert.Equal(expected.Times, rows.EnumerateArray().Select(row => row.GetProperty("time").GetDouble()));
        Assert.Equal(expected.Times.Length, ReadNpy(folder.At("out.npy"), embedder.FrameWidth).Names.Length);
        Assert.Equal(expected.Times.Length, (await ReadParquet(folder.At("out.parquet"), embedder.FrameWidth)).Names.Length);
        Assert.StartsWith("file,time,v0,", File.ReadLines(folder.At("out.csv")).First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embed_WithoutNormalising_KeepsTheModelsLength()
    {
        using var folder = new TestFolder();
        var file = folder.Noise("a.wav");
        var whole = JsonDocument.Parse((await Embed(file)).Out).RootElement.GetProperty("vector").EnumerateArray().Select(number => number.GetSingle()).ToArray();
        var raw = JsonDocument.Parse((await Embed(file, "--no-normalise")).Out).RootElement.GetProperty("vector").EnumerateArray().Select(number => number.GetSingle()).ToArray();
        Assert.Equal(1, Length(whole), 1e-5);
        Assert.NotEqual(1, Length(raw), 1e-3);
        Assert.All(whole.Zip(raw), pair => Assert.Equal(pair.First * Length(raw), pair.Second, 1e-4));
    }

    [Fact]
    public async Task Embed_BadFile_IsReportedAndLeavesNoRow()
    {
        using var folder = new TestFolder();
        var run = await Embed(folder.Noise("a.wav"), folder.Text("b.wav", "no sound"), "-o", folder.At("out.npy"));
        Assert.Equal((1, "1 embedded, 1 failed, 0 left out."), (run.Code, run.ErrorLines[^1]));
        Assert.Single(ReadNpy(folder.At("out.npy"), 32).Names);
        var none = await Embed(folder.At("b.wav"), "-o", folder.At("none.npy"));
        Assert.Equal(1, none.Code);
        Assert.Empty(Directory.EnumerateFiles(folder.Root, "none*").Concat(Directory.EnumerateFiles(folder.Root, ".auricle*")));
    }

    [Fact]
    public async Task Embed_Texts_FromTheLineAndAFile()
    {
        using var folder = new TestFolder();
        var model = HashClap.WriteMs2023(folder.Root);
        string[] common = ["embed", "--model", model, "--tokenizer", folder.At("gpt2")];
        var run = await CliRun.InProcess([.. common, "--text", "a dog", "--text-file", folder.Text("texts.txt", "rain\n\nloud \"rain\"\n")]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        var texts = run.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["a dog", "rain", "loud \"rain\""], texts.Select(text => text.GetProperty("text").GetString()));
        var sound = await CliRun.InProcess([.. common, folder.Noise("a.wav")]);
        Assert.Equal(texts[0].GetProperty("vector").GetArrayLength(), JsonDocument.Parse(sound.Out).RootElement.GetProperty("vector").GetArrayLength());
        var blank = await CliRun.InProcess([.. common, "--text-file", folder.Text("blank.txt", "\n \n")]);
        Assert.Equal((2, "no line with text"), (blank.Code, blank.Error.Contains("no line with text", StringComparison.Ordinal) ? "no line with text" : blank.Error));
    }

    [Theory]
    [InlineData("nothing", "Nothing is given")]
    [InlineData("both kinds", "Sounds and texts are given", "a.wav", "--text", "rain")]
    [InlineData("frames of texts", "--frames is for sounds", "--text", "rain", "--frames")]
    [InlineData("a model without words", "embeds text", "--text", "rain")]
    [InlineData("a matrix on the screen", "name one with --output", "a.wav", "-f", "npy")]
    [InlineData("over an input", "used twice", "a.wav", "-f", "npy", "-o", "a.wav")]
    [InlineData("empty text", "--text is given an empty value", "--text", "")]
    [InlineData("no texts", "cannot be read", "--text-file", "none.txt")]
    public async Task Embed_WhatMakesNoSense_IsOneSentence(string what, string message, params string[] args)
    {
        using var folder = new TestFolder();
        folder.Noise("a.wav");
        var run = await Embed([.. args.Select(arg => arg.Contains('.', StringComparison.Ordinal) ? folder.At(arg) : arg)]);
        Assert.True(run.Code == 2, what);
        Assert.Contains(message, run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void EmbedFiles_AloneOrInBatches_AreTheSame()
    {
        using var folder = new TestFolder();
        string[] files =
        [
            folder.Noise("a.wav", 1, seed: 1), folder.Noise("b.wav", 2, seed: 2), folder.Noise("c.wav", 1, seed: 3), folder.Noise("d.wav", 0.1, seed: 4),
            folder.Noise("e.wav", SoundEmbedder.LongestWhole + 10, seed: 5),
        ];
        var clap = HashClap.WriteMs2023(folder.Root);
        foreach (var (name, tokenizer) in ((string, string?)[])[(TestModel.Folder, null), (SmallEncoder.Write(folder.At("encoder.safetensors")), null), (clap, folder.At("gpt2"))])
        {
            using var embedder = SoundEmbedder.Load(name, new AudioModelOptions { Tokenizer = tokenizer, Precision = Precision.Float32 });
            var alone = files.Select(file => embedder.EmbedFile(file).Vector).ToArray();
            var together = embedder.EmbedFiles(files, new EmbedOptions { BatchSize = 8 }).Select(outcome => outcome.Result!.Vector).ToArray();
            var memory = files.Select(file => embedder.Embed(AudioFile.Load(file, 16000)).Vector).ToArray();
            for (var i = 0; i < files.Length; i++)
            {
                Assert.All(alone[i].Zip(together[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
                Assert.All(alone[i].Zip(memory[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            }
        }
    }

    private static double Length(ReadOnlySpan<float> vector)
    {
        var sum = 0.0;
        foreach (var value in vector)
            sum += value * value;
        return Math.Sqrt(sum);
    }

    private static (string[] Names, float[] Numbers) ReadNpy(string path, int width)
    {
        var bytes = File.ReadAllBytes(path);
        var header = 10 + bytes[8] + 256 * bytes[9];
        Assert.Equal(0, header % 64);
        var rows = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(path, ".json"))).RootElement.GetProperty("rows").EnumerateArray().ToArray();
        Assert.StartsWith(
            $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows.Length}, {width}), }}", Encoding.ASCII.GetString(bytes, 10, header - 10), StringComparison.Ordinal);
        var numbers = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(header)).ToArray();
        Assert.Equal(rows.Length * width, numbers.Length);
        return ([.. rows.Select(row => row.GetProperty("file").GetString()!)], numbers);
    }

    private static (string[] Names, float[] Numbers) ReadJson(string path)
    {
        var lines = File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        return ([.. lines.Select(line => line.GetProperty("file").GetString()!)], [.. lines.SelectMany(line => line.GetProperty("vector").EnumerateArray().Select(number => number.GetSingle()))]);
    }

    private static (string[] Names, float[] Numbers) ReadCsv(string path)
    {
        var records = Outputs.CsvText.Read(File.ReadAllBytes(path), out _).Skip(1).ToArray();
        return ([.. records.Select(record => record.Fields[0])], [.. records.SelectMany(record => record.Fields.Skip(1).Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)))]);
    }

    private static async Task<(string[] Names, float[] Numbers)> ReadParquet(string path, int width)
    {
        using var stream = File.OpenRead(path);
        var read = await Parquet.Serialization.ParquetSerializer.DeserializeUntypedAsync(stream);
        Assert.Contains("vector", read.Schema.Fields.Select(field => field.Name));
        var rows = read.Data.ToArray();
        var numbers = rows.Select(row => ((System.Collections.IEnumerable)row["vector"]!).Cast<float>().ToArray()).ToArray();
        Assert.All(numbers, row => Assert.Equal(width, row.Length));
        return ([.. rows.Select(row => (string)row["file"]!)], [.. numbers.SelectMany(row => row)]);
    }

    private static Task<CliRun> Embed(params string[] args)
    {
        _ = TestModel.Numbers;
        return CliRun.InProcess(["embed", "--model", TestModel.Name, .. args]);
    }
}
