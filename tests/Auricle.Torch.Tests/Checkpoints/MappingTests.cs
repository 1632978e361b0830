using System.Runtime.CompilerServices;
using Auricle.Torch;
using Auricle.Torch.Checkpoints;

namespace Auricle.Torch.Tests.Checkpoints;

public sealed class MappingTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"auricle-{Guid.NewGuid():N}.safetensors");

    public MappingTests() => SafetensorsFile.Write(_path, [new("a", DType.UInt8, [2], new byte[] { 1, 2 })]);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Mapping_WithoutReferences_IsClosed()
    {
        if (!OperatingSystem.IsLinux())
            return;
        OpenAndForget();
        for (var round = 0; round < 10 && IsMapped(); round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(IsMapped());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OpenAndForget()
    {
        var storage = SafetensorsFile.Read(_path, out _)["a"].Storage;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(IsMapped());
        GC.KeepAlive(storage);
    }

    private bool IsMapped() => File.ReadAllText("/proc/self/maps").Contains(Path.GetFileName(_path), StringComparison.Ordinal);
}
