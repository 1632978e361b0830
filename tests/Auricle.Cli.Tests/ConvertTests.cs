using System.Text.Json;
using Auricle.Models.Families;
using Auricle.Torch.Checkpoints;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class ConvertTests
{
    [Fact]
    public async Task Convert_TorchFile_IsTheSameModel()
    {
        using var folder = new TestFolder();
        var source = HashClap.WriteMs2023(folder.Root);
        var target = folder.At("new/clap.safetensors");
        var run = await CliRun.InProcess("convert", source, target);
        Assert.Equal(0, run.Code);
        Assert.StartsWith("CLAP: ", Assert.Single(run.Lines), StringComparison.Ordinal);
        Assert.Empty(run.Error);
        var (before, after) = (ModelFiles.Open(source).Tensors, SafetensorsFile.Read(target, out _));
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        foreach (var (name, tensor) in before)
            Assert.Equal(Bytes(tensor), Bytes(after[name]));
        async Task<string> Info(string path) => JsonDocument.Parse((await CliRun.InProcess("info", path, "--json")).Out).RootElement.GetProperty("parts").GetRawText();
        Assert.Equal(await Info(source), await Info(target));
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(target)!));
    }

    [Fact]
    public async Task Convert_Folder_SaysWhatElseBelongsToTheModel()
    {
        using var folder = new TestFolder();
        _ = TestModel.Numbers;
        var run = await CliRun.InProcess("convert", TestModel.Name, folder.At("alone.safetensors"));
        Assert.Equal(0, run.Code);
        Assert.Contains("config.json", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        File.Copy(Path.Combine(TestModel.Folder, "config.json"), folder.At("config.json"));
        run = await CliRun.InProcess("convert", TestModel.Folder, folder.At("model.safetensors"));
        Assert.Equal(0, run.Code);
        Assert.Empty(run.Error);
        Assert.Equal("CoNeTTE", ModelFamily.Of(ModelFiles.Open(folder.Root)).Name);
    }

    [Fact]
    public async Task Convert_BadRequests_AreRefusedInASentence()
    {
        using var folder = new TestFolder();
        var source = HashClap.WriteMs2023(folder.Root);
        var strange = folder.Text("strange.safetensors", "no tensors");
        async Task Refused(int code, string words, params string[] args)
        {
            var run = await CliRun.InProcess(["convert", .. args]);
            Assert.Equal(code, run.Code);
            Assert.Contains(words, run.Error, StringComparison.Ordinal);
            Assert.Empty(run.Out);
        }
        await Refused(2, "does not end in .safetensors", source, folder.At("clap.pth"));
        await Refused(2, "is a folder", source, Directory.CreateDirectory(folder.At("folder.safetensors")).FullName);
        await Refused(2, "There is no", folder.At("absent.pt"), folder.At("out.safetensors"));
        await Refused(1, "known checkpoint", strange, folder.At("out.safetensors"));
        File.CreateSymbolicLink(folder.At("link.safetensors"), source);
        await Refused(2, "used twice", source, folder.At("link.safetensors"));
        File.CreateSymbolicLink(folder.At("full.safetensors"), "/dev/full");
        await Refused(2, "is no file", source, folder.At("full.safetensors"));
        Assert.False(File.Exists(folder.At("out.safetensors")));
    }

    private static byte[] Bytes(StoredTensor tensor)
    {
        var bytes = new byte[tensor.ByteLength];
        tensor.CopyTo(bytes);
        return bytes;
    }
}
