using Auricle.Cli.Commands;
using Auricle.Cli.Diagnostics;
using Auricle.Torch;

namespace Auricle.Cli.Tests;

[NoLeaks]
[Collection("tensors")]
public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_ThisMachine_FindsWhatTheTestsRunOn()
    {
        _ = TestModel.Numbers;
        var run = await CliRun.InProcess("doctor");
        Assert.Equal(0, run.Code);
        Assert.Contains(run.Lines, line => line.StartsWith("libtorch", StringComparison.Ordinal) && line.Contains(TorchRuntime.Version, StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.StartsWith("native library", StringComparison.Ordinal) && line.Contains("libauricle_native", StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.StartsWith("BLAS", StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.Contains(TestModel.Folder, StringComparison.Ordinal));
    }

    [Fact]
    public void Print_Problems_DecideTheExitCode()
    {
        Assert.Equal(0, Print(new Finding("a", "1")).Code);
        var warning = Print(new Finding("a", "1") { Problem = "Slow; do this." });
        Assert.Equal((0, "a  1\n\nWarning: Slow; do this.\n"), (warning.Code, warning.Out));
        Assert.Equal(1, Print(new Finding("a", "1") { Problem = "Missing; do that.", PreventsCaptioning = true }).Code);
    }

    [Theory]
    [InlineData("/usr/lib/blas/libblas.so.3.11.0", false, null, BlasThreading.Unknown, true, "reference BLAS")]
    [InlineData("/usr/lib/openblas-pthread/libopenblasp-r0.3.21.so", true, "SkylakeX", BlasThreading.OwnThreads, true, "threads of its own")]
    [InlineData("/usr/lib/openblas-openmp/libopenblasp-r0.3.21.so", true, "Haswell", BlasThreading.OpenMp, true, "OPENBLAS_CORETYPE")]
    [InlineData("/usr/lib/openblas-openmp/libopenblasp-r0.3.21.so", true, "Haswell", BlasThreading.OpenMp, false, null)]
    [InlineData("/usr/lib/openblas-openmp/libopenblasp-r0.3.21.so", true, "SkylakeX", BlasThreading.OpenMp, true, null)]
    [InlineData("/opt/mkl/libmkl_rt.so.2", false, null, BlasThreading.Unknown, true, null)]
    internal void Blas_SlowOnes_AreNamedWithTheirRemedy(string path, bool isOpenBlas, string? core, BlasThreading threading, bool hasAvx512, string? part)
    {
        var problem = new BlasInfo(path, isOpenBlas, core, threading).Problem(hasAvx512);
        if (part is null)
            Assert.Null(problem);
        else
            Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void MappedLibraries_KernelList_GivesEachPathOnce()
    {
        var libraries = MappedLibraries.Parse(
        [
            "7f00-7f10 r--p 00000000 08:01 11   /usr/lib/openblas-openmp/libblas.so.3",
            "7f10-7f20 r-xp 00001000 08:01 11   /usr/lib/openblas-openmp/libblas.so.3",
            "7f20-7f30 r-xp 00001000 08:01 12   /usr/lib/my folder/libopenblasp-r0.3.21.so",
            "7f30-7f40 rw-p 00000000 00:00 0    [heap]",
            "7f40-7f50 rw-p 00000000 00:00 0",
        ]);
        Assert.Equal(["/usr/lib/openblas-openmp/libblas.so.3", "/usr/lib/my folder/libopenblasp-r0.3.21.so"], libraries.Paths);
        Assert.Equal("/usr/lib/my folder/libopenblasp-r0.3.21.so", libraries.Find("libopenblas", "libblas"));
        Assert.Null(libraries.Find("libmkl"));
    }

    private static CliRun Print(params Finding[] findings)
    {
        var output = new StringWriter { NewLine = "\n" };
        return new CliRun(DoctorCommand.Print(new Terminal(output, TextWriter.Null), findings), output.ToString(), "");
    }
}
