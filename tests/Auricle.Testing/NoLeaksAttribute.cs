using System.Reflection;
using Auricle.Torch;
using Xunit;
using Xunit.Sdk;

namespace Auricle.Testing;

/// <summary>
/// Fails a test that leaves native tensors behind. Test classes that touch tensors carry it, and belong to the
/// collection <c>tensors</c> so that none runs while another counts.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NoLeaksAttribute : BeforeAfterTestAttribute
{
    private long _before;

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest) => _before = Tensor.LiveCount;

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest)
    {
        // What a test creates once for the whole class (a fixture) is counted before the first test of the class.
        Assert.Equal(_before, Tensor.LiveCount);
    }
}
