using Auricle.Torch.Native;

namespace Auricle.Torch;

/// <summary>The state of libtorch in this process: threads, version, random numbers.</summary>
public static unsafe class TorchRuntime
{
    /// <summary>
    /// The threads of one operation called from this thread. Set it at start: libtorch's own default depends on which
    /// library was loaded first and may be one. Threads started later begin with the processor's count.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public static int Threads
    {
        get => NativeMethods.aur_get_threads();
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            NativeMethods.Check(NativeMethods.aur_set_threads(value));
        }
    }

    /// <summary>The version of libtorch, for example <c>1.13.1</c>.</summary>
    public static string Version => Description("version=") ?? "unknown";

    /// <summary>Whether this libtorch can use a GPU that is present.</summary>
    public static bool HasCuda => Description("cuda=") == "1";

    /// <summary>Whether this libtorch multiplies matrices with Intel's MKL.</summary>
    internal static bool HasMkl => Description("mkl=") == "1";

    /// <summary>Starts the generator of the processor's random numbers at a seed.</summary>
    public static void Seed(ulong seed) => NativeMethods.Check(NativeMethods.aur_manual_seed(seed));

    /// <summary>The state of that generator, to continue from later.</summary>
    public static byte[] RandomState
    {
        get
        {
            nint result = 0;
            NativeMethods.Check(NativeMethods.aur_get_random_state(&result));
            using var state = Tensor.Take(result);
            return state.ToArray<byte>();
        }
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            using var state = Tensor.From<byte>(value, value.Length);
            NativeMethods.Check(NativeMethods.aur_set_random_state(state.Handle));
        }
    }

    private static string Describe() => NativeMethods.ReadText(&NativeMethods.aur_describe);

    private static string? Description(string key) =>
        Describe().Split('\n').FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..];
}
