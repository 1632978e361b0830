using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Auricle.Cli.Commands;
using Auricle.Cli.Fetching;
using Auricle.Models.Hub;
using Auricle.Torch;
using Auricle.Torch.Layers;

namespace Auricle.Cli.Diagnostics;

/// <summary>Looks at everything captioning depends on.</summary>
internal static class Doctor
{
    /// <summary>Examines this process and machine.</summary>
    public static IReadOnlyList<Finding> Examine()
    {
        var findings = new List<Finding>
        {
            new("Auricle", AuricleInfo.Version),
            new(".NET", $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})"),
            new("processor", $"{ProcessorInfo.PhysicalCores} physical cores, {(ProcessorInfo.HasAvx512 ? "with" : "without")} AVX-512"),
        };
        findings.AddRange(Torch());
        findings.AddRange(Decoders());
        findings.AddRange(Models());
        return findings;
    }

    private static IEnumerable<Finding> Torch()
    {
        Finding? missing = null;
        var version = "";
        try
        {
            version = TorchRuntime.Version;
        }
        catch (TorchNotFoundException error)
        {
            missing = new Finding("libtorch", "not loaded") { Problem = error.Message, PreventsCaptioning = true };
        }
        if (missing is not null)
        {
            yield return missing;
            yield break;
        }
        var libraries = MappedLibraries.Read();
        yield return new Finding("native library", libraries.Find("libauricle_native") ?? "loaded, path unknown");
        yield return new Finding("libtorch", $"{version}{(libraries.Find("libtorch_cpu") is { } path ? $" ({path})" : "")}");

        var blas = BlasInfo.Find(libraries);
        yield return new Finding("BLAS", blas?.ToString() ?? "part of libtorch") { Problem = blas?.Problem(ProcessorInfo.HasAvx512) };
        yield return new Finding("products", MatrixProduct.Description);

        var policy = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY");
        yield return new Finding("threads", $"{ProcessorInfo.PhysicalCores} for each operation, unless --threads says otherwise")
        {
            Problem = string.Equals(policy, "active", StringComparison.OrdinalIgnoreCase)
                ? "OMP_WAIT_POLICY is 'active', so that waiting threads take time from working ones; unset it or set it to passive."
                : null,
        };
        yield return new Finding("CUDA", TorchRuntime.HasCuda ? "available" : "none; everything runs on the processor");
    }

    private static IEnumerable<Finding> Decoders()
    {
        var sndFile = SndFileVersion();
        var ffmpeg = FfmpegVersion();
        var nothing = sndFile is null && ffmpeg is null;
        yield return new Finding("libsndfile", sndFile ?? "not found")
        {
            Problem = sndFile is null ? "libsndfile is missing, so that every file is decoded by ffmpeg, slower; run: apt-get install libsndfile1." : null,
            PreventsCaptioning = nothing,
        };
        yield return new Finding("ffmpeg", ffmpeg ?? "not found")
        {
            Problem = ffmpeg is null ? "ffmpeg is missing, so that m4a, mp4, webm and other containers cannot be read; run: apt-get install ffmpeg." : null,
            PreventsCaptioning = nothing,
        };
    }

    private static IEnumerable<Finding> Models()
    {
        var models = ModelCatalog.List();
        foreach (var model in models)
            yield return new Finding("model", $"{model.Name} ({model.Path})");
        foreach (var cached in ModelStore.Cached())
        {
            yield return new Finding("cache", $"{cached.Name}, {ModelsCommand.Text(cached)} ({cached.Path})")
            {
                Problem = cached.UnfinishedBytes > 0 ? $"{cached.Name} is not fetched to its end; auricle models pull goes on with it, auricle models remove frees the room."
                    : cached.OutdatedBytes > 0 ? $"{cached.Name} has {FetchReport.Size(cached.OutdatedBytes)} of earlier revisions that no branch or tag stands for any more; remove it and pull it again to free them."
                    : null,
            };
        }
        if (models.All(model => model.Name != ModelCatalog.DefaultModel))
        {
            yield return new Finding("model", $"{ModelCatalog.DefaultModel} not found")
            {
                Problem = $"The model {ModelCatalog.DefaultModel} is in none of {string.Join(", ", ModelCatalog.Folders)}; "
                    + "copy it there from the repository's folder models, or set AURICLE_MODELS.",
                PreventsCaptioning = models.Count == 0,
            };
        }
    }

    private static unsafe string? SndFileVersion()
    {
        if (!NativeLibrary.TryLoad("libsndfile.so.1", out var handle) && !NativeLibrary.TryLoad("sndfile", typeof(Doctor).Assembly, null, out handle))
            return null;
        return NativeLibrary.TryGetExport(handle, "sf_version_string", out var version)
            ? Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)version)())
            : "version unknown";
    }

    private static string? FfmpegVersion()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ffmpeg", "-version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var line = process.StandardOutput.ReadLine();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? line?.Split(" Copyright")[0] : null;
        }
        catch (Win32Exception)
        {
            return null;   // no such program
        }
    }
}

/// <summary>One line of <c>auricle doctor</c>.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Value">What was found.</param>
internal sealed record Finding(string Subject, string Value)
{
    /// <summary>What is wrong and what to do, in one sentence; <see langword="null"/> where nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether nothing can be captioned because of it.</summary>
    public bool PreventsCaptioning { get; init; }
}
