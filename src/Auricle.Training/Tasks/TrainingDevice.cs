using Auricle.Models;
using Auricle.Torch;

namespace Auricle.Training;

/// <summary>Reads from a recipe where a model is trained.</summary>
internal static class TrainingDevice
{
    /// <summary>The key <c>run.device</c>: auto (a GPU where this libtorch has one), cpu or cuda.</summary>
    public static Device Read(RecipeReader recipe)
    {
        var run = recipe.Section("run");
        var choice = run.Choice("device", "auto", ["auto", "cpu", "cuda"]);
        if (choice == "cuda" && !TorchRuntime.HasCuda)
        {
            run.Reject("device", $"cpu or auto, since libtorch {TorchRuntime.Version} finds no CUDA device here");
            return Device.Cpu;
        }
        return Device.Choose(Enum.Parse<DeviceChoice>(choice, ignoreCase: true));
    }
}

/// <summary>Reads the element type of an encoder's convolutions from a recipe.</summary>
internal static class TrainingPrecision
{
    /// <summary>The key <c>precision</c> of a section: auto (bfloat16 where the processor has it), float32 or bfloat16.</summary>
    public static Precision Read(RecipeReader section) => section.Choice("precision", "auto", ["auto", "float32", "bfloat16"]) switch
    {
        "float32" => Precision.Float32,
        "bfloat16" => Precision.BFloat16,
        _ => Precision.Auto,
    };
}
