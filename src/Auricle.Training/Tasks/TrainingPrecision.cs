using Auricle.Models;

namespace Auricle.Training;

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
