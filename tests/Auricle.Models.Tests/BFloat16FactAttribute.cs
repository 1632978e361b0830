using Auricle.Models;
using Xunit;

namespace Auricle.Models.Tests;

/// <summary>A test that computes in bfloat16: skipped, and reported so, where the engine refuses to.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BFloat16FactAttribute : FactAttribute
{
    /// <summary>Marks the test as skipped where bfloat16 cannot be multiplied.</summary>
    public BFloat16FactAttribute() => Skip = PrecisionSupport.BFloat16Refusal;
}
